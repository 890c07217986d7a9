"""Threads in which a person waits for an answer."""

from datetime import datetime
from typing import NamedTuple

from webapp.core.prepared import Prepared
from webapp.leads.models import Lead

from .listing import who_of
from .models import Label, Thread, ThreadState

SHOWN = 4
WAIT = (Label.NONE, Label.INTERESTED, Label.NOT_NOW, Label.NOT_INTERESTED, Label.WRONG_PERSON)  # written by persons


class Reply(NamedTuple):
    """A Thread as a short list shows it, with parts of its lead, None where there is none."""

    id: int
    name: str
    email: str
    snippet: str
    label: Label
    at: datetime
    first_name: str | None
    last_name: str | None
    company: str | None

    @property
    def who(self):
        return who_of(self)


def _build(*, workspace, user):
    columns = (
        Thread.id, Thread.name, Thread.email, Thread.snippet, Thread.label, Thread.last_at,
        Lead.first_name, Lead.last_name, Lead.company,
    )  # fmt: skip
    query = Thread.select(*columns).left_outer_join(Lead)
    query = query.where(Thread.workspace == workspace, Thread.assignee == user, Thread.state == ThreadState.OPEN)
    query = query.where(Thread.last_in_at == Thread.last_at, Thread.label.in_(WAIT))
    return query.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(SHOWN + 1)


_waiting = Prepared(_build, row=Reply)


def replies_to_answer(member):
    """The newest Replies that wait for this member, one more than SHOWN when there are more. One query, by an index."""
    return tuple(_waiting(workspace=member.workspace.id, user=member.user_id))
