"""Where a campaign stands: what it did by day, how fast it goes, what comes next and about when it ends.

All of it is read from counters and small parts of indexes, so it costs the same for ten recipients and for a million.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp.accounts.models import Reach
from webapp.core.clock import now, stamp

from . import pace
from .asking import ask, hour_of, moment
from .models import CampaignState, StepKind
from .senders import senders_of

DAYS = 14  # of the chart
WEEK = 7
LEAST = 50  # leads that other campaigns must have reached before we say what is usual


class Day(NamedTuple):
    """How many mails left and how many leads replied on a day of the workspace."""

    date: date
    sent: int
    replied: int


class Standing(NamedTuple):
    """`rate` is about how many mails left in the last hour, `left` how many are still to go (about as many for a
    sequence), `usual` the share of reached leads that reply to this workspace's other campaigns, or None. `replied`
    counts those, too, whose sequence goes on after that.

    `next_to` (id, name) is whom the next mail is written to, as far as the member may know; `lasts` the day of the
    last mail, an estimate; `seconds` the same when that is soon. `steps` counts all, `mails` those that are mails.
    `moves`: its numbers change by themselves, as long as it sends or a mail is on its way that left before the pause.
    """

    days: tuple
    today: int
    rate: int
    senders: tuple
    left: int
    steps: int
    mails: int
    usual: float | None
    replied: int
    converted: int
    next_at: datetime | None = None
    next_to: tuple | None = None
    lasts: date | None = None
    seconds: float | None = None
    moves: bool = False

    @property
    def is_about(self):
        return self.mails > 1 and self.left > 0

    @property
    def lasts_at(self):
        return self.lasts and noon(self.lasts)

    @property
    def top(self):
        """The number at the top of the chart: two round steps that hold every bar."""
        most, size = max((max(day.sent, day.replied) for day in self.days), default=0), 1
        while True:
            for step in (size, 2 * size, 5 * size):
                if 2 * step >= most:
                    return 2 * step
            size *= 10

    @property
    def sent_by_mailboxes(self):
        return sum(sender.sent for sender in self.senders)

    @property
    def cap(self):
        """How many mails its mailboxes may send today, or None when one has no limit."""
        caps = [sender.cap for sender in self.senders]
        return None if not caps or None in caps else sum(caps)


_FACTS = """
    SELECT 'hour', hour, sent, 0 FROM campaign_hour WHERE campaign_id = :campaign AND hour BETWEEN :since AND :until
    UNION ALL SELECT 'reply', {hour}, count(*), 0 FROM recipient
    WHERE campaign_id = :campaign AND replied_at IS NOT NULL AND replied_at >= :begin GROUP BY {hour}
    UNION ALL SELECT 'replied', '', count(*),
    coalesce(sum(CASE WHEN l.stage = 'converted' AND l.deleted_at IS NULL THEN 1 ELSE 0 END), 0)
    FROM recipient r LEFT JOIN lead l ON l.id = r.lead_id WHERE r.campaign_id = :campaign AND r.replied_at IS NOT NULL
    UNION ALL SELECT 'usual', '', coalesce(sum(reached), 0), coalesce(sum(replied), 0) FROM campaign
    WHERE workspace_id = :workspace AND id <> :campaign{mine}
    UNION ALL SELECT 'step', kind, wait_days, CASE WHEN working_days THEN 1 ELSE 0 END FROM step
    WHERE campaign_id = :campaign"""
_NEXT = """
    SELECT d.due_at, d.mailbox_id, l.id, l.first_name, l.last_name, l.company, l.email FROM delivery d
    LEFT JOIN lead l ON l.id = d.lead_id AND l.deleted_at IS NULL
    WHERE d.campaign_id = :campaign AND d.state = 'claimed' ORDER BY d.due_at, d.id LIMIT 1"""

_ON_ITS_WAY = """
    SELECT 1 FROM recipient r JOIN delivery d ON d.recipient_id = r.id
    WHERE r.campaign_id = :campaign AND r.state = 'sending' AND d.state <> 'claimed' LIMIT 1"""


def standing(member, campaign):
    """The Standing of a campaign that `member` may open."""
    zone = member.time_zone
    first, end = _window(campaign, zone)
    begin = datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)
    mine = "" if member.reach is Reach.ALL else " AND actor_id = :user"
    rows = ask(
        _FACTS.format(hour=hour_of("replied_at"), mine=mine), campaign=campaign.id, workspace=member.workspace.id,
        user=member.user_id, begin=stamp(begin), since=f"{begin:%Y-%m-%d %H}", until=f"{now():%Y-%m-%d %H}",
    )  # fmt: skip
    hours = {text: count for kind, text, count, _ in rows if kind == "hour"}
    replies = {text: count for kind, text, count, _ in rows if kind == "reply"}
    facts = {kind: (one, other) for kind, text, one, other in rows if kind in ("replied", "usual")}
    steps = [(text, wait, working) for kind, text, wait, working in rows if kind == "step"]
    reached, usual = map(int, facts["usual"])
    mails = sum(kind == StepKind.EMAIL for kind, _, _ in steps)
    made = Standing(
        days=_by_day(hours, replies, first, end, zone),
        today=sum(count for hour, count in hours.items() if _day(hour, zone) == _today(zone)),
        rate=pace.an_hour(hours),
        senders=senders_of(member.workspace, [campaign.id])[campaign.id],
        left=pace.remaining(campaign, mails),
        steps=len(steps),
        mails=mails,
        usual=100 * usual / reached if reached >= LEAST else None,
        replied=facts["replied"][0],
        converted=int(facts["replied"][1]),
    )
    if campaign.state is CampaignState.SENDING:
        return _ahead(made._replace(moves=True), member, campaign, steps)
    if campaign.state is CampaignState.PAUSED:
        return made._replace(moves=bool(ask(_ON_ITS_WAY, campaign=campaign.id)))
    return made


def _today(zone):
    return now().astimezone(ZoneInfo(zone)).date()


def _day(hour, zone):
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _window(campaign, zone):
    """(the first, the last day of the chart): the newest days, at least a week; of one that ended, those around it."""
    today = _today(zone)
    started, ended = (at and at.astimezone(ZoneInfo(zone)).date() for at in (campaign.started_at, campaign.finished_at))
    end = min(today, ended + timedelta(days=WEEK)) if ended else today
    first = max(end - timedelta(days=DAYS - 1), started or end)
    return first, max(end, first + timedelta(days=WEEK - 1))


def _by_day(hours, replies, first, end, zone):
    sent, replied = {}, {}
    for counts, by_day in ((hours, sent), (replies, replied)):
        for hour, count in counts.items():
            day = _day(hour, zone)
            by_day[day] = by_day.get(day, 0) + count
    days = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    return tuple(Day(day, sent.get(day, 0), replied.get(day, 0)) for day in days)


def _ahead(made, member, campaign, steps):
    """`made` with what comes next and when it may end."""
    if not made.left:
        return made
    active = [sender for sender in made.senders if not sender.is_paused]
    turns = [sender.next_send_at or campaign.next_send_at for sender in active]
    next_at = min((at for at in turns if at), default=None)
    next_at = max(filter(None, (next_at, campaign.starts_at)), default=None)
    next_to = None
    if (row := next(iter(ask(_NEXT, campaign=campaign.id)), None)) and member.reach is Reach.ALL:
        _, _, lead_id, first_name, last_name, company, email = row
        next_to = lead_id and (lead_id, f"{first_name} {last_name}".strip() or company or email)
    if row and (due_at := moment(row[0])) > now():
        next_at = max(due_at, next_at or due_at)
    next_at = next_at if next_at and next_at > now() else None  # else any moment
    return _until(made._replace(next_at=next_at, next_to=next_to), member, campaign, steps, active)


def _until(made, member, campaign, steps, active):
    if not active:
        return made
    today = _today(member.time_zone)
    daily, (fresh, _) = pace.a_day(campaign, active, today), pace.waits(campaign)
    pauses = [(wait, working) for _, wait, working in steps]
    begin = max(today, campaign.starts_at.date()) if campaign.starts_at else today
    lasts = pace.last_day(begin, fresh, made.left, daily, pauses, campaign.days)
    soon = lasts == today and made.left * 60 / campaign.rate_per_minute
    return made._replace(lasts=lasts, seconds=soon or None)


def noon(day):
    """The middle of a day, which is that day in every zone that reads it as UTC."""
    return datetime.combine(day, time(12), UTC)
