"""What the model makes of a mail that the rules did not understand: a label with the words that show it, a summary.

A label is all that it can give, and only one that a person's answer may have: nothing is stopped, moved or suppressed
for it. It is set where the words it names really stand in the mail, and where nobody and no rule had set one.
"""

from datetime import timedelta
from functools import lru_cache

from peewee import Value, fn

from webapp.config import current
from webapp.core.clock import now
from webapp.core.jobs import later
from webapp.enrichment.quotes import stands
from webapp.llm.budgets import ModelFailed
from webapp.llm.models import CallState, ModelCall

from . import excerpts, prompts
from .model_dialogue import budget_of, converse, is_on
from .models import Direction, Kind, Label, LabelledBy, Thread, ThreadMessage

__all__ = ["is_on", "label_thread"]

PURPOSE = "label"
LEAST = 50  # percent: of what it is less sure, a person decides
SUMMARY = 600  # letters
USE = {"calls": 4, "tokens": 12_000, "seconds": 60}
MISSED, GRACE = timedelta(hours=1), timedelta(minutes=2)  # how old a mail is that is asked about again
LOOKED_AT, MOST = 500, 20  # mails that this looks at, and asks about
NO_MAIL = " Nobody was taken off a list for it."


def label_thread(message_id):
    """Ask the model about a mail that came. May run twice: the second time, nothing is left to ask."""
    message = ThreadMessage.get_or_none(ThreadMessage.id == message_id, ThreadMessage.kind == Kind.REPLY)
    if message is None or not is_on(message.workspace_id) or _was_asked(message):
        return
    messages = [
        {"role": "system", "content": prompts.LABEL},
        {"role": "user", "content": excerpts.as_json({"mails": excerpts.mails_of(message.thread, until=message)})},
    ]
    budget = budget_of(message.workspace_id, PURPOSE, _reference(message), "a mail", **USE)
    try:
        said = converse(messages, _form(), budget)
    except ModelFailed:  # its ModelCalls say why; the thread is left to people
        return
    _keep(message, said)


def _reference(message):
    return f"message:{message.id}"


def _was_asked(message):
    return _calls(message.workspace_id, _reference(message)).exists()


def _calls(workspace, reference):
    """The calls about a mail that were answered, or are under way."""
    about = (ModelCall.workspace == workspace) & (ModelCall.reference == reference) & (ModelCall.purpose == PURPOSE)
    return ModelCall.select(Value(1)).where(about, ModelCall.state != CallState.FAILED)


def requeue_missed():
    """Ask about the newest mails of the last hour again of which no answer came: the program was stopped meanwhile, or
    the endpoint failed.
    """
    if not current().llm:
        return
    every = ThreadMessage.alias()
    newest = ThreadMessage.id > every.select(fn.MAX(every.id) - LOOKED_AT)  # both databases walk the end of the index
    calls = _calls(ThreadMessage.workspace, Value("message:").concat(ThreadMessage.id.cast("text")))
    query = ThreadMessage.select(ThreadMessage.id).join(Thread).where(newest, ~fn.EXISTS(calls))
    moment = now()
    fresh = ThreadMessage.created_at.between(moment - MISSED, moment - GRACE)
    for message in (
        query.where(ThreadMessage.kind == Kind.REPLY, fresh, _is_open()).order_by(ThreadMessage.id).limit(MOST)
    ):
        later("label_thread", message.id)


def _is_open():
    """Whether neither a rule nor a person has labelled the thread."""
    return (Thread.label == Label.NONE) & (Thread.labelled_by != LabelledBy.PERSON)


def _keep(message, said):
    """Write what was said, unless a newer mail has come, or somebody labelled it meanwhile."""
    newer = ThreadMessage.select().where(
        ThreadMessage.thread == message.thread_id,
        ThreadMessage.direction == Direction.IN,
        ThreadMessage.id > message.id,
    )
    newest = (Thread.id == message.thread_id) & ~fn.EXISTS(newer)
    summary = excerpts.clean(said.summary)[:SUMMARY]
    if summary:
        Thread.update(summary=summary).where(newest).execute()
    label, quote, sure = Label(said.label), " ".join(excerpts.clean(said.quote or "").split()), percent(said.sure)
    if label is Label.NONE or sure < LEAST or not stands(quote, message.fresh or message.text):
        return
    reason = f"The model goes by “{quote[:180].rstrip('.')}”." + (NO_MAIL if label is Label.UNSUBSCRIBE else "")
    told = {"label": label, "label_reason": reason, "label_sure": sure, "labelled_by": LabelledBy.MODEL}
    Thread.update(told).where(newest, _is_open()).execute()


def percent(sure):
    """Many write 0.9 and mean 90."""
    return round(sure * 100 if 0 < sure <= 1 else sure)


@lru_cache(maxsize=1)
def _form():
    from typing import Literal  # heavy: loaded on first use

    from pydantic import BaseModel, Field  # heavy: loaded on first use

    class Labelled(BaseModel):
        label: Literal[tuple(prompts.LABELS)]
        quote: str | None = None
        sure: float = Field(default=0, ge=0, le=100, allow_inf_nan=False)
        summary: str = ""

    return Labelled
