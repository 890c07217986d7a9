"""Which mailboxes a campaign sends from, and what each did today."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp import config
from webapp.core.clock import now
from webapp.mail.mailbox_models import MailboxKind, MailboxState
from webapp.mail.mailboxes import name_of

from . import pace
from .asking import ask, moment


class Sender(NamedTuple):
    """A mailbox as reports show it. `sent` is what it sent today in its own zone, for all campaigns, `cap` how many it
    may (None: no limit).
    """

    id: int
    kind: str
    email: str
    state: str
    pause_reason: str
    daily_cap: int | None
    ramp_start: int | None
    ramp_step: int
    ramp_from: date | None
    gap_seconds: int
    days: str
    opens: int
    closes: int
    zone: str
    next_send_at: datetime | None
    sent: int = 0
    cap: int | None = None

    @property
    def name(self):
        return name_of(self.email)

    @property
    def captures(self):
        return self.kind == MailboxKind.SERVER and config.current().mail_url is None

    @property
    def is_paused(self):
        return self.state == MailboxState.PAUSED


_COLUMNS = ", ".join(
    f"m.{name}" for name in Sender._fields[:15]
)  # those that a mailbox has itself, in the order of the tuple
_SENDERS = f"""
    SELECT cm.campaign_id, d.day, d.sent, {_COLUMNS} FROM mailbox m
    LEFT JOIN campaign_mailbox cm ON cm.mailbox_id = m.id AND cm.campaign_id BETWEEN :first AND :last
    LEFT JOIN mailbox_day d ON d.mailbox_id = m.id AND d.day BETWEEN :yesterday AND :tomorrow
    WHERE m.workspace_id = :workspace AND (m.kind = 'server' OR cm.campaign_id IS NOT NULL) ORDER BY m.id"""


def senders_of(workspace, campaign_ids):
    """{campaign id: tuple of Senders}; `workspace` is where the campaigns are. Without any it is the mail server."""
    if not campaign_ids:
        return {}
    days = [f"{now() + timedelta(days=by):%Y-%m-%d}" for by in (-1, 1)]
    values = {"workspace": workspace.id, "first": min(campaign_ids), "last": max(campaign_ids)}
    rows = ask(_SENDERS, **values, yesterday=days[0], tomorrow=days[1])
    found, server, today = {each: {} for each in campaign_ids}, {}, {}
    for campaign_id, day, sent, *values in rows:
        if values[0] not in today:
            sender = _made(values, workspace.time_zone)
            today[sender.id] = (sender, f"{_local(sender, workspace.time_zone):%Y-%m-%d}")
        sender, its_day = today[values[0]]
        if day == its_day and sender.sent != sent:
            sender = sender._replace(sent=sent)
            today[sender.id] = (sender, its_day)
        if campaign_id in found:
            found[campaign_id][sender.id] = True
        if sender.kind == MailboxKind.SERVER:
            server[sender.id] = True
    return {each: tuple(today[one][0] for one in chosen or server) for each, chosen in found.items()}


def _made(values, zone):
    sender = Sender(*values)
    begun = sender.ramp_from
    sender = sender._replace(
        ramp_from=date.fromisoformat(begun) if isinstance(begun, str) else begun,
        next_send_at=moment(sender.next_send_at),
    )
    return sender._replace(cap=pace.cap(sender, _local(sender, zone)))


def _local(sender, zone):
    return now().astimezone(ZoneInfo(sender.zone or zone)).date()
