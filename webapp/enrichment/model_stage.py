"""The stage that asks a language model: it reads pages by four tools and says what it found, and where that stands.

What it says is believed only as far as it can be shown: a quote that is not in the text that was fetched of its address
makes a claim unsupported, and what pages order the model to do ends at what the tools do.
"""

import json
import time

from webapp import config
from webapp.llm.answers import Unusable
from webapp.llm.budgets import Budget, ModelFailed
from webapp.llm.client import BYTES_A_TOKEN, LEAST_OUT, ask, tokens_of
from webapp.llm.turns import corrected, used_tools

from . import prompts, quotes
from .answers import read_answer
from .claims import Claim, StageFailed
from .tools import PAGE_BYTES, Toolbox, key_of

WRONG_ANSWERS = 3  # of a company, until it is given up
AT_ONCE = 4  # tools that one turn may call
ANSWER_SECONDS = 12  # that are kept for the last answer: pages are read before
PAGES_SHARE = 0.15  # of a company's tokens, for pages that were read before the model is asked
OWN, FOREIGN, EXCERPT, UNSUPPORTED = 75, 60, 45, 20  # the most confidence, by where the quote stands


def look_up(subject, reader, *, fields, settings, workspace, reference):
    """Add what the model finds of `fields` to subject.claims, and to subject.unsupported what it cannot show. Raises
    StageFailed. `workspace`: one, or its id. `settings`: an EnrichmentSettings. What it used is in ModelCalls of
    `reference`.
    """
    if not config.current().llm:
        raise StageFailed("No model endpoint is configured.")
    limits = {"purpose": "enrichment", "reference": reference, "deadline": reader.deadline}
    budget = Budget(workspace, settings, **limits)
    toolbox, before = Toolbox(subject, reader), reader.deadline
    reader.deadline = budget.deadline - min(ANSWER_SECONDS, budget.seconds_left / 4)
    try:
        facts = _converse(_first_messages(subject, fields, toolbox, settings), toolbox, budget)
    except ModelFailed as failure:
        raise StageFailed(str(failure)) from None
    finally:
        reader.deadline = before
    for fact in facts:
        if fact["field"] in fields and fact["value"]:
            _keep(fact, subject, toolbox)


def _first_messages(subject, fields, toolbox, settings):
    """What the model is told at first: the company, the fields, and as much of the pages as there is room for."""
    room, pages = int(settings.tokens_per_company * PAGES_SHARE) * BYTES_A_TOKEN, []
    for page in {page.url: page for page in [*subject.pages, *toolbox.reader.pages]}.values():
        if (told := toolbox.take(page, min(PAGE_BYTES, room))) and told["text"]:
            pages.append(told)
            room -= len(told["text"].encode())
    company = {"name": subject.name, "domain": subject.domain, "country": subject.country}
    asked = {"company": company, "fields": prompts.fields_of(fields), "pages": pages}
    return [
        {"role": "system", "content": prompts.SYSTEM},
        {"role": "user", "content": json.dumps(asked, ensure_ascii=False)},
    ]


def _converse(messages, toolbox, budget):
    """The facts of the model's answer. Raises ModelFailed."""
    tools, wrong = prompts.tool_definitions(), 0
    while True:
        if tools and _is_last(messages, tools, toolbox, budget):
            tools = ()
            if len(messages) > 2:
                messages.append({"role": "user", "content": prompts.CLOSE})
        reply = ask(messages, budget=budget, tools=tools)
        if reply.calls and tools and not reply.refused:
            room = budget.tokens_left - tokens_of(messages) - 2 * LEAST_OUT
            messages += _used_tools(reply, toolbox, room)
            continue
        try:
            return read_answer(reply)
        except Unusable as problem:
            wrong += 1
            if wrong == WRONG_ANSWERS or not budget.calls_left:
                raise ModelFailed(f"The model {problem}.") from None
            messages += corrected(reply, prompts.CORRECTION.format(problem=problem))


def _is_last(messages, tools, toolbox, budget):
    """Whether the next answer has to be the last: another turn with pages would not fit."""
    next_turn = tokens_of(messages, tools) + PAGE_BYTES // BYTES_A_TOKEN + LEAST_OUT
    spent = 2 * next_turn > budget.tokens_left
    return budget.calls_left <= 1 or spent or time.monotonic() >= toolbox.reader.deadline


def _used_tools(reply, toolbox, room):
    """The messages of a turn with tools: what the model called, and what each call gave, in `room` tokens or less."""
    calls = len(reply.calls[:AT_ONCE])
    most = min(PAGE_BYTES, max(0, room) * BYTES_A_TOKEN // (2 * calls))  # half: in JSON a text is longer
    return used_tools(reply, lambda call: toolbox.run(call, most), AT_ONCE)


def _keep(fact, subject, toolbox):
    """Add what the model said of a field to the claims, or to what it could not show."""
    name, url, quote = fact["field"], key_of(fact["url"]), fact["quote"]
    if url is None:
        return  # nobody could look there
    fetched, excerpt = toolbox.texts.get(url, ""), toolbox.excerpts.get(url, "")
    if quotes.stands(quote, fetched):
        domain = subject.domain
        own = domain and f".{url.split('/')[2]}".endswith(f".{domain}")
        most = OWN if own else FOREIGN
    elif quotes.stands(quote, excerpt):
        most = EXCERPT
    else:
        most = 0
    for value in quotes.items_of(name, fact["value"]):
        shown = most and quotes.shows(name, value, quote, url)
        claim = Claim(name, value, url, quote, "model", min(fact["confidence"], most if shown else UNSUPPORTED))
        (subject.claims if shown else subject.unsupported).append(claim)
