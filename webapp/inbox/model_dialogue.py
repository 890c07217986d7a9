"""Talking with the model about a mail or a question, until it has said something that can be used."""

import time
from typing import NamedTuple

from webapp.config import current
from webapp.enrichment.settings import settings_of
from webapp.llm.answers import Unusable, read_json
from webapp.llm.budgets import Budget, ModelFailed
from webapp.llm.client import BYTES_A_TOKEN, LEAST_OUT, ask, tokens_of
from webapp.llm.turns import corrected, used_tools

from . import prompts
from .settings import settings_of as inbox_settings_of

WRONG_ANSWERS = 3  # until it is given up
AT_ONCE = 4  # tools that one turn may call
ANSWER_SECONDS = 15  # that are kept for the last answer
TOOL_BYTES = 8000  # of what the calls of one turn give


class Limits(NamedTuple):
    """What one mail or question may use, in the words of budgets.Budget; a day's are those of the workspace."""

    calls_per_company: int
    tokens_per_company: int
    seconds_per_company: int
    cost_per_company: int | None
    tokens_per_day: int
    cost_per_day: int | None


def is_on(workspace):
    """Whether the model is asked about mails in a workspace (or the one with this id): there is an endpoint, and nobody
    has switched it off.
    """
    return current().llm and inbox_settings_of(workspace).asks_model


def budget_of(workspace_id, purpose, reference, thing, *, calls, tokens, seconds):
    """The Budget of one `thing` ("a mail"), within what the workspace may use in a day."""
    day = settings_of(workspace_id)
    limits = Limits(calls, tokens, seconds, day.cost_per_company, day.tokens_per_day, day.cost_per_day)
    return Budget(workspace_id, limits, purpose=purpose, reference=reference, thing=thing)


def converse(messages, form, budget, run=None):
    """The model's answer to `messages`, as an instance of `form` (a pydantic model). run(call, most) answers a ToolCall
    of those in prompts.TOOLS with up to `most` bytes. Raises ModelFailed.
    """
    tools, wrong = prompts.tool_definitions() if run else (), 0
    while True:
        if tools and _is_last(messages, tools, budget):
            tools = ()
            messages.append({"role": "user", "content": prompts.CLOSE})
        reply = ask(messages, budget=budget, tools=tools)
        if reply.calls and tools and not reply.refused:
            most = _room(messages, budget) // len(reply.calls[:AT_ONCE])
            messages += used_tools(reply, lambda call, most=most: run(call, most), AT_ONCE)
            continue
        try:
            return read_json(reply, form)
        except Unusable as problem:
            wrong += 1
            if wrong == WRONG_ANSWERS or not budget.calls_left:
                raise ModelFailed(f"The model {problem}.") from None
            messages += corrected(reply, prompts.CORRECTION.format(problem=problem))


def _is_last(messages, tools, budget):
    """Whether the next answer has to be the last: another turn with a tool would not fit."""
    next_turn = tokens_of(messages, tools) + TOOL_BYTES // BYTES_A_TOKEN + LEAST_OUT
    out_of_time = budget.deadline - time.monotonic() < ANSWER_SECONDS
    return budget.calls_left <= 1 or 2 * next_turn > budget.tokens_left or out_of_time


def _room(messages, budget):
    """How many bytes the tools of one turn may give; half of what is left, as in JSON a text is longer."""
    tokens = budget.tokens_left - tokens_of(messages) - 2 * LEAST_OUT
    return min(TOOL_BYTES, max(0, tokens) * BYTES_A_TOKEN // 2)
