"""The lists of the inbox: threads by who answers them, by label, by words; and how many there are of each."""

from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import and_
from typing import NamedTuple

from peewee import JOIN, Select, fn

from webapp.accounts.models import User, Workspace
from webapp.core.clock import stamp
from webapp.core.paging import Place, by_moment, ordered
from webapp.core.prepared import Prepared
from webapp.leads.models import Lead
from webapp.leads.search import contains, lookup
from webapp.leads.words import words_of

from .models import Label, Thread, ThreadMessage, ThreadState
from .queries import within

SIZE = 50
MOST = 99  # more of them are said to be "99+"
PROBE = 2000  # mails that a search looks up one by one


class Show(StrEnum):
    MINE = "mine"  # open, and the member's to answer
    TEAM = "team"  # open, whoever's
    SNOOZED = "snoozed"
    DONE = "done"


STATES = {Show.SNOOZED: ThreadState.SNOOZED, Show.DONE: ThreadState.DONE}
UNREAD = "unread"  # beside the labels, something to choose threads by


class Asked(NamedTuple):
    """Which threads a list shows: those of `show` with the `label` (a Label, UNREAD or None for all). With words in `q`
    the mails of all lists are searched.
    """

    show: Show = Show.MINE
    label: str | None = None
    q: str = ""

    @property
    def words(self):
        return words_of(self.q)

    @property
    def is_too_short(self):
        """Whether no word of the search is long enough to be looked for."""
        return bool(self.words) and all(len(word) < 3 for word in self.words)


class Row(NamedTuple):
    """A thread in a list; the parts of its lead and the assignee's name are None where there is none."""

    id: int
    email: str
    name: str
    subject: str
    snippet: str
    messages: int
    is_unread: bool
    state: ThreadState
    snoozed_until: datetime | None
    label: Label
    last_at: datetime
    assignee: str | None
    first_name: str | None
    last_name: str | None
    company: str | None

    @property
    def who(self):
        return who_of(self)


def who_of(row):
    """Who wrote, or who was written to: as the lead is called, unless somebody else at the company answered."""
    lead = f"{row.first_name or ''} {row.last_name or ''}".strip()
    return row.name or lead or row.email


_COLUMNS = (
    Thread.id, Thread.email, Thread.name, Thread.subject, Thread.snippet, Thread.messages, Thread.is_unread,
    Thread.state, Thread.snoozed_until, Thread.label, Thread.last_at,
)  # fmt: skip
_ORDER = (Thread.last_at, Thread.id)


def thread_page(member, asked, cursor=None, size=SIZE):
    """A Page of Rows of what is Asked for and the member may see, the newest first."""
    place = Place.read(by_moment(cursor), 2, descending=True)
    moment, last = place.keys or (None, None)
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    if asked.words:
        rows = _found(member, asked, place, size + 1)
    else:
        unread = asked.label == UNREAD
        label = Label(asked.label).value if asked.label and not unread else None
        shape = (member.reach, asked.show, unread, label is not None, place.falling, bool(place.keys))
        rows = _page(*shape, **whose, label=label, moment=moment, last=last, size=size + 1)
    return place.page([Row._make(row) for row in rows], size, lambda row: (stamp(row.last_at), row.id))


@Prepared
def _page(reach, show, unread, labelled, falling, placed, *, workspace, user, label, moment, last, size):
    query = _rows(_listed(reach, show, workspace, user))
    query = query.where(Thread.is_unread) if unread else query
    query = query.where(Thread.label == label) if labelled else query
    return ordered(query, _ORDER, falling, (moment, last) if placed else ()).limit(size)


def _listed(reach, show, workspace, user):
    """The condition that a thread is in a list."""
    inside = within(reach, workspace, user)
    if show is Show.MINE:
        inside = (Thread.workspace == workspace) & (Thread.assignee == user)
    return inside & (Thread.state == STATES.get(show, ThreadState.OPEN))


def _rows(condition):
    query = Thread.select(*_COLUMNS, User.full_name, Lead.first_name, Lead.last_name, Lead.company)
    query = query.join(User, JOIN.LEFT_OUTER, on=(Thread.assignee == User.id))
    query = query.join_from(Thread, Lead, JOIN.LEFT_OUTER, on=(Thread.lead == Lead.id))
    return query.where(condition)


def _found(member, asked, place, size):
    """The rows with a mail that has all words, of every list."""
    if asked.is_too_short:
        return []
    condition, few = _has_mail(member, asked.words)
    inside = within(member.reach, member.workspace.id, member.user_id, walk=not few)
    query = _rows(inside & condition)
    if asked.label:
        query = query.where(Thread.is_unread if asked.label == UNREAD else Thread.label == asked.label)
    return list(ordered(query, _ORDER, place.falling, place.keys).limit(size).tuples())


def _has_mail(member, words):
    """(the condition that one mail of a thread has all `words`, whether that names few threads). Few mails are looked
    up one by one; where there are more than PROBE, of all workspaces, a walk along the list meets enough of them soon.
    """
    have = reduce(and_, (contains(ThreadMessage.search_text, word) for word in words))
    ids = lookup([[word] for word in words if len(word) > 2], PROBE + 1, of="message")
    if len(ids) > PROBE:
        mails = ThreadMessage.select(ThreadMessage.id).where(ThreadMessage.thread == Thread.id, have)
        return fn.EXISTS(mails), False
    ours = (ThreadMessage.workspace == member.workspace.id) & ThreadMessage.id.in_(ids)
    threads = ThreadMessage.select(ThreadMessage.thread).where(ours, have).distinct().tuples()
    return Thread.id.in_([thread for (thread,) in threads]), True


# ------------------------------------------------------------------ counts


class Counts(NamedTuple):
    """Unread threads, the member's and all they see, and those that are snoozed: up to MOST + 1."""

    mine: int
    team: int
    snoozed: int


def counts(member):
    """The Counts of the inbox, in one query."""
    return Counts._make(_counts.one(member.reach, workspace=member.workspace.id, user=member.user_id))


def unread_of(workspace, user):
    """A query that counts up to MOST + 1 of somebody's own unread threads: from the index mail_thread_unread alone."""
    mine = (Thread.workspace == workspace) & (Thread.assignee == user)
    return _counted(Thread.select(Thread.id).where(mine, Thread.is_unread))


def _counted(threads):
    some = threads.limit(MOST + 1).alias("some")
    return Select([some], [fn.COUNT(1)])


@Prepared
def _counts(reach, *, workspace, user):
    ours = within(reach, workspace, user)
    team = _counted(Thread.select(Thread.id).where(ours, Thread.is_unread))
    snoozed = _counted(Thread.select(Thread.id).where(ours, Thread.state == ThreadState.SNOOZED))
    columns = unread_of(workspace, user).alias("mine"), team.alias("team"), snoozed.alias("snoozed")
    return Workspace.select(*columns).where(Workspace.id == workspace)


def label_counts(member, show):
    """{Label: threads} of a list, each up to MOST + 1, in one query."""
    row = _label_counts.one(member.reach, show, workspace=member.workspace.id, user=member.user_id)
    return dict(zip(Label, row, strict=True))


@Prepared
def _label_counts(reach, show, *, workspace, user):
    listed = _listed(reach, show, workspace, user)
    columns = (
        _counted(Thread.select(Thread.id).where(listed, Thread.label == label)).alias(label.value) for label in Label
    )
    return Workspace.select(*columns).where(Workspace.id == workspace)
