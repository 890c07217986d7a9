"""When mail may leave: windows of days and hours in a zone, and the pace of one mailbox.

Pure: the clock is an argument. The engine, the calendar and the simulated year all ask here, so that what was planned
is what happens.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

DAY, NO_GAP = timedelta(days=1), timedelta()
AHEAD = 22  # days looked through for an opening: a clock put on may swallow that of one week, even of two
WEEK = "1234567"


@lru_cache(maxsize=8192)
def moment_of(day, minute, zone):
    """When the clocks of `zone` show that minute of `day`: the first time, of a time that comes twice; when they are
    put on, of one that they skip.
    """
    local = (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=ZoneInfo(zone))
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second >= first:
        return first
    after = first.astimezone(local.tzinfo).utcoffset()
    low, high = int(second.timestamp()), int(first.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        changed = datetime.fromtimestamp(middle, local.tzinfo).utcoffset() == after
        low, high = (low, middle) if changed else (middle, high)
    return datetime.fromtimestamp(high, UTC)


def day_in(zone, moment):
    """Which day it is in `zone` at a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


class Window(NamedTuple):
    """Mails leave on `days` (ISO weekdays) from `opens` until before `closes` (minutes of the day): once a day, however
    often clocks are put back.
    """

    days: str = WEEK
    opens: int = 0
    closes: int = 1440

    @property
    def is_always(self):
        return self.opens == 0 and self.closes >= 1440 and set(self.days) >= set(WEEK)

    def next_open(self, moment, zone):
        """The first moment from `moment` on at which it is open in `zone`; None when it never is."""
        if self.is_always:
            return moment
        day = day_in(zone, moment)
        for _ in range(AHEAD):
            opens, closes = _span(self, day, zone)
            if moment < closes and opens < closes:
                return max(moment, opens)
            day += DAY
        return None

    def is_open(self, moment, zone):
        return self.next_open(moment, zone) == moment


_NEVER = (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


@lru_cache(maxsize=16384)
def _span(window, day, zone):
    """(when it opens, when it closes) on that day; the end comes first when it does not open."""
    if str(day.isoweekday()) not in window.days:
        return _NEVER
    return moment_of(day, window.opens, zone), moment_of(day, window.closes, zone)


class Box(NamedTuple):
    """How fast one mailbox may send; the fields are those of Mailbox. `next_at` is its next turn, if not at once;
    `sent` is {day in its zone: mails}, `turns` {recipient domain: when it may be written to again}.
    """

    id: int
    window: Window = Window()
    zone: str = "UTC"
    gap_seconds: int = 0
    jitter: int = 0
    daily_cap: int | None = None
    ramp_start: int | None = None
    ramp_step: int = 0
    ramp_from: date | None = None
    domain_per_hour: int | None = None
    next_at: datetime | None = None
    sent: dict = {}  # nobody changes the empty one: plan() copies it
    turns: dict = {}

    @property
    def is_paced(self):
        """Whether its mails leave one by one, each at its own turn."""
        return bool(self.gap_seconds or self.daily_cap or self.ramp_start or self.domain_per_hour)

    def cap_on(self, day):
        """How many mails may leave on `day`, at least one; None for any number."""
        if self.ramp_start is None:
            return self.daily_cap
        ramped = self.ramp_start + self.ramp_step * working_days(self.ramp_from or day, day, self.window.days)
        return max(1, ramped if self.daily_cap is None else min(ramped, self.daily_cap))

    def gap_after(self, day, number):
        """How long after the mail that is the `number`th of `day` the next may leave: the same whoever asks."""
        if not self.gap_seconds:
            return NO_GAP
        dice = crc32(f"{self.id}:{day}:{number}".encode()) / 0xFFFFFFFF * 2 - 1
        return timedelta(seconds=round(self.gap_seconds * (1 + self.jitter / 100 * dice), 3))

    @property
    def domain_gap(self):
        """How long after a mail to a domain the next may leave to it."""
        return timedelta(seconds=3600 / self.domain_per_hour) if self.domain_per_hour else timedelta()

    def next_turn(self, moment, sent):
        """The first moment from `moment` on at which a mail may leave by window and cap, when {day: mails} `sent` have
        left; None when its window never opens.
        """
        while (moment := self.window.next_open(moment, self.zone)) is not None:
            day = day_in(self.zone, moment)
            cap = self.cap_on(day)
            if cap is None or sent.get(day, 0) < cap:
                return moment
            moment = moment_of(day + DAY, 0, self.zone)
        return None


@lru_cache(maxsize=1024)
def working_days(since, until, days):
    """How many of the days after `since` up to `until` are among `days`; 0 when `until` is earlier."""
    weeks, rest = divmod(max(0, (until - since).days), 7)
    last = [until - DAY * back for back in range(rest)]
    return weeks * len(set(days)) + sum(str(day.isoweekday()) in days for day in last)
