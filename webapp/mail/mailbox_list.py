"""The mailboxes of a workspace as people see them: how each does, and how much of its day is used up."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp import config
from webapp.accounts.models import User
from webapp.accounts.workspaces import get_workspace, known_time_zone
from webapp.core.clock import now

from . import health
from .mailbox_models import Mailbox, MailboxDay, MailboxKind, MailboxState
from .mailboxes import is_managed
from .pacing import working_days
from .presets import provider_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Standing(NamedTuple):
    """`state` and `icon` are those of the design (ok, warn, bad, info, idle)."""

    state: str
    word: str
    icon: str = ""


class Shown(NamedTuple):
    """A mailbox, and what its page says; `cap` is today's (None: no limit), `why` what is wrong, or why it is
    paused, as far as they may know.
    """

    mailbox: Mailbox
    provider: str
    managed: bool
    standing: Standing
    sent: int
    cap: int | None
    why: str
    zone: str

    @property
    def title(self):
        return self.mailbox.email or "The server’s mailbox"

    @property
    def captures(self):
        return self.mailbox.kind is MailboxKind.SERVER and config.current().mail_url is None

    @property
    def days(self):
        """Its working days: "Every day", "Mon to Fri", "Mon, Wed"."""
        numbers = self.mailbox.days
        names = [DAYS[int(number) - 1] for number in numbers]
        if len(names) == 7:
            return "Every day"
        if len(names) > 2 and numbers in "1234567":
            return f"{names[0]} to {names[-1]}"
        return ", ".join(names)

    @property
    def next_turn(self):
        """When the next mail may leave, if that is not now."""
        at = self.mailbox.next_send_at
        return at if at and at > now() and self.mailbox.state is MailboxState.ACTIVE else None


def mailboxes_of(member):
    """A Shown for each of the workspace's, the server's first, made up when nobody needed it yet."""
    query = Mailbox.of(member.workspace).select(Mailbox, User).left_outer_join(User)
    rows = sorted(query, key=lambda one: (one.kind is not MailboxKind.SERVER, one.email))
    if not rows or rows[0].kind is not MailboxKind.SERVER:
        rows.insert(0, Mailbox(workspace=member.workspace.id, kind=MailboxKind.SERVER, email=""))
    return _shown(member, rows)


def shown(member, mailbox):
    """The Shown of one."""
    return _shown(member, [mailbox])[0]


def _shown(member, rows):
    usual = known_time_zone(get_workspace(member.workspace.id).time_zone)
    days = {row.id: now().astimezone(ZoneInfo(row.zone or usual)).date() for row in rows}
    sent = {
        (one.mailbox_id, one.day): one.sent
        for one in MailboxDay.select().where(
            MailboxDay.mailbox.in_([row.id for row in rows if row.id]),
            MailboxDay.day.in_([day.isoformat() for day in set(days.values())]),
        )
    }
    return [
        Shown(
            row,
            _provider(row),
            managed := is_managed(member, row),
            standing(row, days[row.id]),
            sent.get((row.id, days[row.id].isoformat()), 0),
            cap_on(row, days[row.id]),
            _why(row, managed),
            row.zone or usual,
        )
        for row in rows
    ]


def _why(mailbox, managed):
    """What is wrong, for its managers; why a person paused it, for everybody."""
    if managed:
        return mailbox.pause_reason or mailbox.last_error
    return "" if health.is_stopped_by_us(mailbox) else mailbox.pause_reason


def _provider(mailbox):
    if mailbox.kind is MailboxKind.SERVER:
        return "Set by whoever runs this Galena"
    return mailbox.kind.capitalize() if mailbox.kind.by_oauth else provider_of(mailbox)


def standing(mailbox, day):
    """The Standing of a mailbox on a `day` of its own zone."""
    server = mailbox.kind is MailboxKind.SERVER
    if mailbox.state is MailboxState.PAUSED:
        return Standing("bad", "Stopped") if health.is_stopped_by_us(mailbox) else Standing("idle", "Paused", "pause")
    if server and config.current().mail_url is None:
        return Standing("info", "Captures", "archive")
    if mailbox.last_error:
        return Standing("warn", "Has trouble")
    if not server and mailbox.checked_at is None and mailbox.last_sent_at is None:
        return Standing("idle", "Not tested yet")
    if warms_up(mailbox, day):
        return Standing(
            "info", f"Warming up, day {working_days(mailbox.ramp_from or day, day, mailbox.days) + 1}", "flame"
        )
    return Standing("ok", "Ready")


def cap_on(mailbox, day):
    """How many mails may leave on a `day` of its own zone, or None for any number."""
    caps = [] if mailbox.daily_cap is None else [mailbox.daily_cap]
    if mailbox.ramp_start:
        caps.append(mailbox.ramp_start + mailbox.ramp_step * _worked(mailbox, day))
    return min(caps, default=None)


def warms_up(mailbox, day):
    """Whether the slow ramp is what limits that day."""
    cap = cap_on(mailbox, day)
    return bool(mailbox.ramp_start) and mailbox.daily_cap is not None and cap < mailbox.daily_cap


def _worked(mailbox, day):
    return working_days(mailbox.ramp_from or day, day, mailbox.days)
