"""A year of five mailboxes, three zones across their changes of the clock and 20,000 leads, by a clock of its own."""

import random
from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from webapp.campaigns.schedule import Line, Person, StepPlan, plan
from webapp.mail.pacing import Box, Window, day_in

from .test_schedule import BERLIN, NEW_YORK, SYDNEY, check

START, END = datetime(2026, 1, 5, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
LEADS = 20_000
OFFICE, WIDE = Window("12345", 9 * 60, 17 * 60), Window("1234567", 8 * 60, 20 * 60)
RAMP = {"ramp_start": 10, "ramp_step": 5, "ramp_from": date(2026, 1, 5)}
BOXES = {
    box.id: box
    for box in (
        Box(1, OFFICE, BERLIN, gap_seconds=90, jitter=40, daily_cap=90, **RAMP),
        Box(2, WIDE, BERLIN, gap_seconds=120, jitter=60, daily_cap=70, domain_per_hour=20),
        Box(3, OFFICE, NEW_YORK, gap_seconds=75, jitter=30, daily_cap=80, **RAMP),
        Box(4, WIDE, SYDNEY, gap_seconds=60, daily_cap=60, domain_per_hour=12),
        Box(5, Window(), "UTC", gap_seconds=300, jitter=90, daily_cap=110),
    )
}
STEPS = (
    StepPlan(1), StepPlan(2, wait_days=3), StepPlan(3, is_manual=True, wait_days=2),
    StepPlan(4, wait_days=4, working_days=True),
)  # fmt: skip
LINES = {
    line.id: line
    for line in (
        Line(1, STEPS, (1, 2, 5), OFFICE, BERLIN, by_lead=True),
        Line(2, STEPS[:2], (3, 4, 5), Window("12345", 30, 1410), NEW_YORK, by_lead=True),
        Line(3, STEPS[:1], (1, 2, 3, 4, 5), WIDE, "UTC", starts_at=datetime(2026, 3, 2, tzinfo=UTC)),
    )
}
ZONES = (BERLIN, NEW_YORK, SYDNEY)


@pytest.fixture(scope="module")
def everybody():
    dice = random.Random(2026)
    return {
        n: Person(n, dice.choice((1, 1, 2, 3)), zone=dice.choice((*ZONES, "")), domain=f"firm{dice.randrange(900)}")
        for n in range(1, LEADS + 1)
    }


@pytest.fixture(scope="module")
def year(everybody):
    return list(plan(BOXES.values(), LINES.values(), everybody.values(), START, until=END))


def test_every_lead_gets_every_step_once(year, everybody):
    times = Counter((one.recipient_id, one.position) for one in year)
    assert set(times.values()) == {1}
    assert len(times) == sum(len(LINES[person.campaign_id].steps) for person in everybody.values())


def test_windows_caps_gaps_rates_and_orders_hold_all_year(year, everybody):
    check(year, BOXES, LINES, everybody)


def test_mails_leave_on_both_sides_of_every_change_of_the_clocks_and_keep_the_hours(year, everybody):
    for zone in ZONES:
        mails = [one.moment.astimezone(ZoneInfo(zone)) for one in year if everybody[one.recipient_id].zone == zone]
        offsets = {moment.utcoffset() for moment in mails}
        assert len(offsets) == 2
        own = [moment for moment, one in zip(mails, _of(year, everybody, zone), strict=True) if one.campaign_id == 1]
        assert all(9 <= moment.hour < 17 and moment.isoweekday() < 6 for moment in own)


def _of(year, everybody, zone):
    return [one for one in year if everybody[one.recipient_id].zone == zone]


def test_a_new_mailbox_begins_slowly(year):
    days = Counter(day_in(BERLIN, one.moment) for one in year if one.mailbox_id == 1)
    assert [days[date(2026, 1, day)] for day in (5, 6, 7, 8, 9, 12)] == [10, 15, 20, 25, 30, 35]
    assert max(days.values()) == 90


def test_the_same_plan_comes_out_again(year, everybody):
    again = plan(BOXES.values(), LINES.values(), everybody.values(), START, until=END)
    assert all(first == second for first, second in zip(year, again, strict=True))
