"""The numbers of Home, read from totals that the database keeps (leads/total_models.py): no lead is counted here.

Events are kept by the hour in UTC and put into the days of the person's own zone: exact where that is whole hours from
UTC, to the nearest hour elsewhere. Which leads are at most 90 days old goes by days in UTC. What was contacted or
replied counts when it first was, for whoever has the lead now; mails count for who started the campaign.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db import db
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.leads.due import local_day, midnight

DAYS = 14
FUNNEL_DAYS = 90
ME, EVERYONE = "me", "everyone"


class Day(NamedTuple):
    """`value` is what the open leads were worth when the day ended."""

    date: date
    sent: int
    replies: int
    created: int
    contacted: int
    value: int


class Figures(NamedTuple):
    """`whose` is ME, EVERYONE or the id of a center, `centers` those to choose from; `leads` counts all there are.

    `reached` is how many of the newest leads came at least so far, and how many of them are lost.
    """

    whose: str | int
    centers: tuple
    leads: int
    value: int
    days: tuple
    reached: tuple

    @property
    def week(self):
        """The days of this week, from Monday to today."""
        return self.days[-1 - self.days[-1].date.weekday() :]

    @property
    def week_before(self):
        """As many days of the week before: half a week is not set against a whole one."""
        length = len(self.week)
        return self.days[-7 - length : -7]

    def total(self, name, days=None):
        return sum(getattr(day, name) for day in (self.week if days is None else days))

    def change(self, name):
        return self.total(name) - self.total(name, self.week_before)

    @property
    def value_change(self):
        return self.value - self.days[-8].value

    def rate(self, days=None):
        """Replies for a hundred leads contacted, or None when none was."""
        contacted = self.total("contacted", days)
        return 100 * self.total("replies", days) / contacted if contacted else None

    @property
    def rate_change(self):
        before, after = self.rate(self.week_before), self.rate()
        return None if before is None or after is None else after - before

    def line(self, name):
        """The path of a small line over all days, in a box of 80 by 18."""
        if name == "rate":
            points = [self.rate(self.days[: number + 1]) or 0 for number in range(DAYS)]
        else:
            points = [getattr(day, name) for day in self.days]
        least, most = min(points), max(points)
        height = 14 / ((most - least) or 1)
        steps = (f"{80 * n / (DAYS - 1):.0f} {16 - height * (point - least):.1f}" for n, point in enumerate(points))
        return f"M{'L'.join(steps)}"

    @property
    def top(self):
        """The number at the top of the chart: four round steps that hold every bar."""
        most = max(max(day.sent, day.replies, day.created) for day in self.days)
        size = 1
        while True:
            for step in (size, 2 * size, 5 * size):
                if 4 * step >= most:
                    return 4 * step
            size *= 10


def figures(member, whose):
    """The Figures of "me", "everyone" (as far as the member sees) or of a center they are in. Raises NotFound."""
    whose = ME if member.reach is Reach.OWN else int(whose) if whose.isascii() and whose.isdigit() else whose
    whose = whose if whose == ME or isinstance(whose, int) else EVERYONE
    if isinstance(whose, int) and whose >= 2**31:
        raise NotFound("That center does not exist.")
    today = local_day(member.time_zone)
    first = midnight(today - timedelta(days=DAYS - 1), member.time_zone)
    values = {
        "workspace": member.workspace.id,
        "user": member.user_id,
        "center": whose if isinstance(whose, int) else 0,
        "since": f"{first:%Y-%m-%d %H}",
        "day": f"{now() - timedelta(days=FUNNEL_DAYS):%Y-%m-%d}",
    }
    sql, names = _compiled("center" if isinstance(whose, int) else whose, member.reach, db.obj.param)
    rows = db.execute_sql(sql, [values[name] for name in names]).fetchall()
    centers = tuple((row[2], row[1]) for row in rows if row[0] == "center")
    if isinstance(whose, int) and whose not in dict(centers):
        raise NotFound("You are not in that center.")
    return _made(whose, () if member.reach is Reach.OWN else centers, rows, today, member.time_zone)


def _made(whose, centers, rows, today, zone):
    numbers = {kind: [int(number or 0) for number in row] for kind, _, *row in rows if kind in ("funnel", "now")}
    hours = {(kind, name): row for kind, name, *row in rows if kind in ("hour", "sent")}
    by_day = {today - timedelta(days=back): [0] * 5 for back in range(DAYS)}
    for (kind, name), row in hours.items():
        day = datetime.strptime(name, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
        counts = by_day.get(day, by_day[today])
        if kind == "sent":
            counts[4] += int(row[0])
        else:
            for place in range(4):
                counts[place] += int(row[place])
    value, days = numbers["now"][0], []
    for day, (created, contacted, replies, change, sent) in by_day.items():  # the newest first
        days.append(Day(day, sent, replies, created, contacted, value))
        value -= change
    return Figures(
        whose, centers, numbers["now"][1], numbers["now"][0], tuple(reversed(days)), tuple(numbers["funnel"])
    )


_PARAMETER = re.compile(r":(workspace|user|center|since|day)\b")
MINE = "center IN (SELECT center_id FROM center_member WHERE user_id = :user)"
LEADS = {
    (ME, None): "AND owner = :user",
    ("center", None): f"AND center = :center AND {MINE}",
    (EVERYONE, Reach.ALL): "",
    (EVERYONE, Reach.CENTERS): f"AND (owner = :user OR {MINE})",
}
CAMPAIGNS = {
    (ME, None): "AND c.actor_id = :user",
    ("center", None): "AND c.actor_id IN (SELECT user_id FROM center_member WHERE center_id = :center)",
    (EVERYONE, None): "",
}


@lru_cache(maxsize=32)
def _compiled(whose, reach, param):
    """(SQL, the names of its parameters in their order); a member with a smaller reach steers only own campaigns."""
    leads = LEADS.get((whose, None)) or LEADS.get((whose, reach), "")
    campaigns = CAMPAIGNS[whose, None] + ("" if reach is Reach.ALL else " AND c.actor_id = :user")
    open_stages = "CASE WHEN stage IN ('new', 'contacted', 'replied') THEN value ELSE 0 END"
    all_leads = whose == EVERYONE and reach is Reach.ALL
    table = "stage_total" if all_leads else "reach_total"
    text = f"""
        SELECT 'hour', hour, sum(created), sum(contacted), sum(replied), sum(value), 0 FROM lead_hour
        WHERE workspace_id = :workspace AND hour >= :since {leads} GROUP BY hour
        UNION ALL SELECT 'sent', h.hour, sum(h.sent), 0, 0, 0, 0 FROM campaign_hour h
        JOIN campaign c ON c.id = h.campaign_id
        WHERE h.workspace_id = :workspace AND h.hour >= :since {campaigns} GROUP BY h.hour
        UNION ALL SELECT 'funnel', '', sum(leads), sum(contacted), sum(replied), sum(converted), sum(lost) FROM lead_day
        WHERE workspace_id = :workspace AND day >= :day {leads}
        UNION ALL SELECT 'now', '', sum({open_stages}), sum(leads), 0, 0, 0 FROM {table}
        WHERE workspace_id = :workspace {leads}
        UNION ALL SELECT 'center', name, id, 0, 0, 0, 0 FROM center
        WHERE workspace_id = :workspace AND archived_at IS NULL
        AND id IN (SELECT center_id FROM center_member WHERE user_id = :user)"""
    return _PARAMETER.sub(param, text), tuple(_PARAMETER.findall(text))
