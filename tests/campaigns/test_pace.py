"""How many mails of a campaign are left, and when the last one leaves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.campaigns import past
from webapp.campaigns import pace
from webapp.campaigns.models import Campaign


def _counted(**counters):
    return Campaign(**{"rate_per_minute": 60, **counters})


@pytest.mark.parametrize(
    ("counters", "mails", "left"),
    [
        ({"recipients": 10}, 1, 10),
        ({"recipients": 10, "skipped": 2, "sent": 3, "reached": 3, "mails": 3}, 1, 5),
        ({"recipients": 10}, 3, 30),
        ({"recipients": 10, "reached": 10, "mails": 10}, 3, 20),
        ({"recipients": 10, "reached": 10, "mails": 20}, 3, 10),
        ({"recipients": 10, "reached": 10, "mails": 30, "sent": 10}, 3, 0),
        ({"recipients": 4, "reached": 4, "mails": 6, "replied": 2}, 3, 2),
    ],
)
def test_how_many_mails_are_left_follows_from_the_counters(counters, mails, left):
    assert pace.remaining(_counted(**counters), mails) == left


def test_the_last_mail_waits_for_its_days_its_cap_and_its_steps():
    friday = date(2026, 11, 20)
    assert pace.last_day(friday, 10, 10, 100, []) == friday
    assert pace.last_day(friday, 30, 30, 10, [], "12345") == date(2026, 11, 24), "Friday, Monday and Tuesday"
    assert pace.last_day(friday, 10, 30, 100, [(0, False), (3, False), (4, False)]) == date(2026, 11, 27)
    assert pace.last_day(friday, 0, 0, 1, []) == friday


def test_a_ramp_grows_by_working_days_up_to_the_cap(cast):
    box = past.mailbox(
        cast.acme,
        "ramp@acme.example",
        daily_cap=12,
        ramp_start=5,
        ramp_step=2,
        ramp_from=date(2026, 11, 20),
        days="12345",
    )
    caps = [pace.cap(box, date(2026, 11, 20) + timedelta(days=days)) for days in range(8)]
    assert caps == [5, 5, 5, 7, 9, 11, 12, 12], "from Friday on, not on the weekend"


def test_the_rate_is_that_of_the_last_hour_across_two_of_the_clock():
    at = datetime(2026, 11, 20, 14, 15, tzinfo=UTC)
    assert pace.an_hour({"2026-11-20 14": 3, "2026-11-20 13": 8, "2026-11-20 12": 99}, at) == 9
