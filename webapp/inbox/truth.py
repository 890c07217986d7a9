"""How the reading of mailboxes really goes: what may be said about it, and when that would be a lie.

A row says how its last reading ended. Whether that still holds is judged against the clock, whenever somebody looks:
a worker that was killed writes nothing down.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from peewee import JOIN, fn

from webapp.core.clock import now
from webapp.mail.mailbox_models import Mailbox, MailboxKind
from webapp.mail.mailboxes import is_managed

from . import leases
from .reading_models import MailboxReading, MailFolder

POLLED = timedelta(minutes=3)  # how long a reading holds where the server does not tell of new mail
PUSHED = LATE = timedelta(minutes=10)  # how long where it does; after this, nobody may be told that mail is read
NO_WORKER = "Nothing went wrong that we know of. The worker process may not be running."


class How(StrEnum):
    OFF = "off"
    WAITING = "waiting"
    FIRST = "first"  # never read to the end yet
    BEHIND = "behind"
    CURRENT = "current"
    OVERDUE = "overdue"
    LATE = "late"
    FAILING = "failing"  # it was read lately all the same
    FAILED = "failed"


SHOWN = {  # (state and icon of the design, words)
    How.OFF: ("idle", "circle-dashed", "Not read"),
    How.WAITING: ("info", "clock", "Waits for its first reading"),
    How.FIRST: ("busy", "", "Reading for the first time"),
    How.BEHIND: ("busy", "", "Up to date, reads older mail"),
    How.CURRENT: ("ok", "", "Up to date"),
    How.OVERDUE: ("warn", "", "Reading is overdue"),
    How.LATE: ("bad", "", "Not read any more"),
    How.FAILING: ("warn", "", "Reading has trouble"),
    How.FAILED: ("bad", "", "Cannot be read"),
}
WRONG = {
    How.OVERDUE: "is read late",
    How.LATE: "is not read any more",
    How.FAILING: "cannot be read right now",
    How.FAILED: "cannot be read",
}


class Line(NamedTuple):
    """How one mailbox is read; `backlog` counts the mails that are left, `read_at` is since when what came is not
    known to be here. `why` is what is wrong, as far as they may know.
    """

    mailbox: Mailbox
    reading: MailboxReading
    how: How
    backlog: int
    managed: bool

    @property
    def state(self):
        return SHOWN[self.how][0]

    @property
    def icon(self):
        return SHOWN[self.how][1]

    @property
    def word(self):
        return SHOWN[self.how][2]

    @property
    def read_at(self):
        return self.reading.succeeded_at

    @property
    def is_wrong(self):
        return self.state in ("bad", "warn")

    @property
    def why(self):
        if not (self.managed and self.is_wrong):
            return ""
        return self.reading.last_error or NO_WORKER

    @property
    def again_at(self):
        """When it is tried again; None where that is within a minute, or being done."""
        moment = self.reading.next_read_at
        return moment if moment and moment > now() + timedelta(minutes=1) else None

    @property
    def is_shut_out(self):
        """Whether nobody tries again before something is changed or tested."""
        self.reading.mailbox = self.mailbox
        return leases.is_shut_out(self.reading)


class Summary(NamedTuple):
    """All lines in one sentence; `at` is a moment to end it with, `more` how many others are in trouble."""

    state: str
    icon: str
    text: str
    at: datetime | None = None
    why: str = ""
    more: int = 0
    mailbox: Mailbox | None = None  # whose page says more, if they may open it


def how(reading, backlog=0):
    """How a MailboxReading goes at this moment."""
    if not reading.is_on:
        return How.OFF
    age = age_of(reading)
    if reading.failures:
        ended = reading.refused or age > LATE or reading.succeeded_at is None
        return How.FAILED if ended else How.FAILING
    if not (is_at_work(reading) or is_watched(reading)):
        if age > LATE:
            return How.LATE
        if age > (PUSHED if reading.pushes else POLLED):
            return How.OVERDUE
    if reading.succeeded_at is None or reading.succeeded_at < reading.switched_at:
        return How.FIRST if reading.began_at and reading.began_at > reading.switched_at else How.WAITING
    return How.BEHIND if backlog else How.CURRENT


def age_of(reading):
    """How long ago it was read to the end, or switched on."""
    moments = (reading.succeeded_at, reading.switched_at)
    return now() - max(moment for moment in moments if moment)


def is_at_work(reading):
    """Whether somebody reads it right now: they hold its lease."""
    return bool(reading.lease_token and reading.lease_until and reading.lease_until > now())


def is_watched(reading):
    """Whether somebody waits at the server right now, which tells of new mail at once."""
    return bool(reading.watch_token and reading.watch_until and reading.watch_until > now())


def lines(member):
    """A Line for each mailbox of the workspace that has an IMAP server, those in trouble first. One query."""
    query = all_lines().where(Mailbox.workspace == member.workspace.id)
    found = [line_of(row, is_managed(member, row)) for row in query]
    order = ("bad", "warn", "busy", "info", "idle", "ok")
    return sorted(found, key=lambda line: (order.index(line.state), line.mailbox.email))


def line(mailbox):
    """The Line of one, for who manages it; None when it has no IMAP server."""
    row = all_lines().where(Mailbox.id == mailbox.id).first()
    return row and line_of(row, True)


def all_lines():
    """The query for rows that line_of() takes, over all workspaces."""
    left = MailFolder.select(fn.COALESCE(fn.SUM(MailFolder.backlog), 0)).where(MailFolder.mailbox == Mailbox.id)
    query = Mailbox.select(Mailbox, MailboxReading, left.alias("backlog"))
    query = query.join(MailboxReading, JOIN.LEFT_OUTER, on=(MailboxReading.mailbox == Mailbox.id), attr="reading")
    return query.where(Mailbox.kind != MailboxKind.SERVER, Mailbox.imap_host != "")


def line_of(mailbox, managed):
    """The Line of a row of all_lines(). Where nobody has begun to read, it counts from when the mailbox was changed."""
    reading = getattr(mailbox, "reading", None)
    if reading is None or reading.id is None:
        reading = MailboxReading(mailbox=mailbox, workspace=mailbox.workspace_id, switched_at=mailbox.updated_at)
    backlog = int(mailbox.backlog)
    return Line(mailbox, reading, how(reading, backlog), backlog, managed)


def summary(found):
    """The Summary of lines(); None when there are none."""
    if not found:
        return None
    wrong = [line for line in found if line.is_wrong]
    if wrong:
        return _wrong(wrong[0], len(wrong) - 1)
    busy = [line for line in found if line.state in ("busy", "info")]
    if busy:
        left = sum(line.backlog for line in busy)
        names = busy[0].mailbox.email if len(busy) == 1 else f"{len(busy)} mailboxes"
        text = f"{names}: {left:,} mails to read" if left else f"{names}: reading begins"
        return Summary("busy", "loader-circle", text, mailbox=_open(busy[0]))
    current = [line for line in found if line.how is How.CURRENT]
    off = [line for line in found if line.how is How.OFF]
    if not current:
        text = "No mailbox is read: replies do not come in"
        return Summary("idle", "circle-dashed", text, mailbox=_open(off[0]))
    oldest = min(line.read_at for line in current)
    read = f"{current[0].mailbox.email} is" if len(current) == 1 else f"{len(current)} mailboxes are"
    besides = f" {off[0].mailbox.email} is not read." if len(off) == 1 else f" {len(off)} are not read." if off else ""
    return Summary(
        "ok", "circle-check", f"{read} up to date, read", oldest, why=besides.strip(), mailbox=_open(found[0])
    )


def _wrong(line, more):
    text = f"{line.mailbox.email} {WRONG[line.how]}"
    text += ", last" if line.read_at else ""
    return Summary(line.state, "triangle-alert", text, line.read_at, line.why, more, _open(line))


def _open(line):
    return line.mailbox if line.managed else None
