"""What calls of the model may use, for one purpose and in a workspace a day: taken before a call, settled after it."""

import time
from datetime import timedelta

from peewee import fn

from db import db, is_sqlite
from webapp.accounts.models import Workspace
from webapp.config import current
from webapp.core.brief import briefly
from webapp.core.clock import now

from .models import CallState, ModelCall

MILLION = 1_000_000
ABANDONED = timedelta(minutes=15)  # longer than any call may take: whoever made it is gone
LOST = "The program was stopped before the answer came."


class ModelFailed(Exception):
    """The model gave nothing that can be used; the message is a sentence that people read."""


class OutOfBudget(ModelFailed):
    """What may be used is used up, or too little is left to ask."""


class Budget:
    """What one `thing` (a company, a mail, a question) may still use. For one thread.

    `settings` has calls_per_company, tokens_per_company, seconds_per_company, cost_per_company, tokens_per_day and
    cost_per_day (money in millionths; None: no bound). `workspace` is one, or its id. `deadline` is a moment of
    time.monotonic(); it is not later than that of `settings`.
    """

    def __init__(self, workspace, settings, *, purpose, reference, deadline=None, thing="a company"):
        self.workspace_id, self.purpose = getattr(workspace, "id", workspace), purpose
        self.settings, self.reference, self.thing = settings, reference, thing
        until = time.monotonic() + settings.seconds_per_company
        self.deadline = until if deadline is None else min(deadline, until)
        self.calls, self.tokens, self.cost = 0, 0, 0

    @property
    def calls_left(self):
        return self.settings.calls_per_company - self.calls

    @property
    def tokens_left(self):
        """Those that may still be used, and paid."""
        left, price = self.settings.tokens_per_company - self.tokens, max(current().llm_price)
        if self.settings.cost_per_company is None or not price:
            return left
        return min(left, (self.settings.cost_per_company - self.cost) * MILLION // price)

    @property
    def seconds_left(self):
        return self.deadline - time.monotonic()

    def reserve(self, tokens_in, tokens_out):
        """The ModelCall of a call that is about to be made, charged with these tokens. Raises OutOfBudget."""
        call = ModelCall(
            workspace=self.workspace_id,
            purpose=self.purpose,
            reference=self.reference,
            model=current().llm_model[:100],
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=cost_of(tokens_in, tokens_out),
        )
        self._check_thing(call)
        with briefly(), db.atomic():
            if not is_sqlite():  # two that reserve at once: the second sees what the first did
                workspace = Workspace.select(Workspace.id).where(Workspace.id == self.workspace_id)
                db.execute(workspace.for_update("FOR NO KEY UPDATE"))
            self._check_day(call)
            call.save(force_insert=True)
        return call

    def _check_thing(self, call):
        limits, thing = self.settings, self.thing
        if self.calls_left <= 0:
            raise OutOfBudget(f"The model may be asked {limits.calls_per_company} times for {thing}, and that was all.")
        if self.seconds_left <= 0:
            raise OutOfBudget(f"The {limits.seconds_per_company} seconds that {thing} may take were over.")
        if limits.cost_per_company is not None and self.cost + call.cost > limits.cost_per_company:
            raise OutOfBudget(f"The money that {thing} may cost was used up.")
        if call.tokens_in + call.tokens_out > limits.tokens_per_company - self.tokens:
            raise OutOfBudget(f"The {limits.tokens_per_company:,} tokens that {thing} may use were used up.")

    def _check_day(self, call):
        limits = self.settings
        tokens, cost = used_today(self.workspace_id)
        if tokens + call.tokens_in + call.tokens_out > limits.tokens_per_day:
            raise OutOfBudget(
                f"The {limits.tokens_per_day:,} tokens that the model may use in a day are used up; it goes on after "
                "midnight UTC."
            )
        if limits.cost_per_day is not None and cost + call.cost > limits.cost_per_day:
            raise OutOfBudget("The money that the model may cost in a day is used up; it goes on after midnight UTC.")

    def settle(self, call, *, tokens_in, tokens_out, milliseconds, error=""):
        """Charge what a call used in place of what was reserved; with an `error` it gave nothing of use."""
        cost = cost_of(tokens_in, tokens_out)
        self.calls += not error  # of what gave nothing, client.py bounds the tries
        self.tokens, self.cost = self.tokens + tokens_in + tokens_out, self.cost + cost
        with briefly():
            ModelCall.update(
                state=CallState.FAILED if error else CallState.DONE,
                tokens_in=tokens_in,
                tokens_out=tokens_out,
                cost=cost,
                milliseconds=milliseconds,
                error=error[:500],
            ).where(ModelCall.id == call.id).execute()


def cost_of(tokens_in, tokens_out):
    """In millionths of LLM_PRICE's currency, rounded up."""
    price_in, price_out = current().llm_price
    return -(-(tokens_in * price_in + tokens_out * price_out) // MILLION)


def used_today(workspace):
    """(tokens, cost) of a workspace since midnight UTC, with what is reserved."""
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    tokens = fn.COALESCE(fn.SUM(ModelCall.tokens_in + ModelCall.tokens_out), 0)
    since = (ModelCall.workspace == workspace) & (ModelCall.created_at >= midnight)
    found = ModelCall.select(tokens, fn.COALESCE(fn.SUM(ModelCall.cost), 0)).where(since).tuples().get()
    return tuple(map(int, found))


def sweep():
    """Release what calls reserved whose process was killed."""
    abandoned = (ModelCall.state == CallState.RESERVED) & (ModelCall.created_at < now() - ABANDONED)
    ModelCall.update(state=CallState.FAILED, tokens_in=0, tokens_out=0, cost=0, error=LOST).where(abandoned).execute()
