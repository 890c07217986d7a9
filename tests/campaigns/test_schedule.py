"""When mails leave: windows across DST, working days, caps, gaps, due moments, and the plan made of them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.campaigns.schedule import Line, Person, StepPlan, assigned, days_later, plan
from webapp.mail.pacing import Box, Window, day_in, moment_of, working_days

BERLIN, NEW_YORK, SYDNEY, BEIRUT = "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Beirut"
OFFICE = Window("12345", 9 * 60, 17 * 60)
START = datetime(2026, 11, 2, 8, tzinfo=UTC)  # a Monday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ZONES = st.sampled_from([BERLIN, NEW_YORK, SYDNEY, BEIRUT, "UTC", "America/Havana", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))
WINDOWS = st.builds(
    lambda days, hours: Window("".join(sorted(days)), min(hours), max(hours)),
    st.sets(st.sampled_from("1234567"), min_size=1),
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda hours: hours[0] != hours[1]),
)


def local(moment, zone):
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M")


# --------------------------------------------------------------------- windows


@given(WINDOWS, MOMENTS, ZONES)
@example(Window("7", 120, 180), datetime(2026, 3, 28, 12, tzinfo=UTC), BERLIN)
def test_what_a_window_opens_at_is_inside_it_and_nothing_before_is(window, moment, zone):
    opens = window.next_open(moment, zone)
    assert opens >= moment and window.is_open(opens, zone)
    if not window.is_always:
        clock = opens.astimezone(ZoneInfo(zone))
        skipped = moment_of(clock.date(), window.opens, zone) == opens
        assert str(clock.isoweekday()) in window.days or skipped
        assert skipped or window.opens <= clock.hour * 60 + clock.minute < window.closes
    if opens > moment:
        assert not window.is_open(moment, zone) and not window.is_open(moment + (opens - moment) / 2, zone)


def test_an_hour_that_the_clocks_skip_opens_when_they_are_put_on():
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert local(Window("7", 150, 600).next_open(night, BERLIN), BERLIN) == "Sun 29 Mar 03:00"
    assert local(moment_of(date(2026, 3, 29), 0, BEIRUT), BEIRUT) == "Sun 29 Mar 01:00"  # midnight itself is skipped


def test_a_window_that_the_clocks_swallow_stays_shut_that_day():
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert local(Window("7", 120, 180).next_open(night, BERLIN), BERLIN) == "Sun 05 Apr 02:00"


def test_an_hour_that_comes_twice_opens_once():
    window, first = Window("7", 120, 180), datetime(2026, 10, 25, 0, tzinfo=UTC)  # 2:00 for the first time
    assert window.next_open(first - HOUR, BERLIN) == first
    assert window.is_open(first + 59 * MINUTE, BERLIN)
    assert window.is_open(first + 90 * MINUTE, BERLIN), "it closes at three, which comes once"
    early = Window("7", 120, 150)
    assert early.is_open(first + 29 * MINUTE, BERLIN) and not early.is_open(first + 80 * MINUTE, BERLIN)


def test_a_window_without_days_or_hours_never_opens():
    assert Window("", 0, 1440).next_open(START, "UTC") is None
    assert Window("1", 600, 600).next_open(START, "UTC") is None


# ------------------------------------------------------------------- due moments


def test_a_follow_up_is_due_when_the_window_opens_so_many_days_later_where_the_lead_is():
    line = Line(1, (), (1,), OFFICE, BERLIN, by_lead=True)
    sent = datetime(2026, 11, 5, 15, 30, tzinfo=UTC)  # a Thursday
    assert local(line.due(StepPlan(2, wait_days=1), sent, ""), BERLIN) == "Fri 06 Nov 09:00"
    assert local(line.due(StepPlan(2, wait_days=2), sent, ""), BERLIN) == "Mon 09 Nov 09:00", "Saturday is shut"
    assert local(line.due(StepPlan(2, wait_days=2, working_days=True), sent, ""), BERLIN) == "Mon 09 Nov 09:00"
    assert local(line.due(StepPlan(2, wait_days=3, working_days=True), sent, ""), BERLIN) == "Tue 10 Nov 09:00"
    assert local(line.due(StepPlan(2, wait_days=1), sent, SYDNEY), SYDNEY) == "Mon 09 Nov 09:00", "it is Friday there"
    assert line.due(StepPlan(2, wait_days=0), sent, "") == sent


def test_without_a_window_a_follow_up_keeps_its_time_of_day_across_dst():
    line = Line(1, (), (1,), Window(), BERLIN)
    sent = datetime(2026, 10, 23, 13, 5, 59, tzinfo=UTC)
    assert local(line.due(StepPlan(2, wait_days=3), sent, ""), BERLIN) == "Mon 26 Oct 15:05"


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(0, 40))
def test_working_days_are_counted_from_monday_to_friday(day, count):
    later = days_later(day, count, working=True)
    passed = [day + timedelta(days=n) for n in range(1, (later - day).days + 1)]
    assert sum(one.isoweekday() < 6 for one in passed) == count
    assert working_days(day, later, "12345") == count


# ------------------------------------------------------------------------ pace


def test_a_ramp_grows_by_working_days_up_to_the_cap():
    box = Box(1, OFFICE, daily_cap=50, ramp_start=10, ramp_step=15, ramp_from=date(2026, 11, 5))
    caps = [box.cap_on(date(2026, 11, day)) for day in (4, 5, 6, 7, 8, 9, 10)]
    assert caps == [10, 10, 25, 25, 25, 40, 50]
    assert Box(1).cap_on(date(2026, 11, 5)) is None


@given(st.integers(1, 600), st.integers(0, 90), st.integers(1, 500))
def test_gaps_stay_within_their_jitter_and_are_the_same_whoever_asks(seconds, jitter, number):
    box, day = Box(7, gap_seconds=seconds, jitter=jitter), date(2026, 11, 5)
    gap = box.gap_after(day, number).total_seconds()
    assert seconds * (1 - jitter / 100) - 0.001 <= gap <= seconds * (1 + jitter / 100) + 0.001
    assert box.gap_after(day, number) == Box(7, gap_seconds=seconds, jitter=jitter).gap_after(day, number)


def test_a_full_day_goes_on_when_the_window_opens_the_next():
    box = Box(1, OFFICE, BERLIN, daily_cap=2)
    friday = datetime(2026, 11, 6, 10, tzinfo=UTC)
    assert box.next_turn(friday, {}) == friday
    assert local(box.next_turn(friday, {friday.date(): 2}), BERLIN) == "Mon 09 Nov 09:00"


# ------------------------------------------------------------------------ plan


def people(count, campaign=1, **fields):
    return [Person(n, campaign, domain=f"firm{n % 7}.example", **fields) for n in range(1, count + 1)]


ONE = (StepPlan(1),)
THREE = (StepPlan(1), StepPlan(2, wait_days=2), StepPlan(3, wait_days=3, working_days=True))


def test_two_mailboxes_share_a_campaign_and_keep_their_gaps():
    boxes = [Box(1, gap_seconds=60), Box(2, gap_seconds=90)]
    happened = list(plan(boxes, [Line(1, ONE, (1, 2))], people(6), START))
    assert [(one.mailbox_id, one.recipient_id, (one.moment - START).seconds) for one in happened] == [
        (1, 1, 0), (2, 2, 0), (1, 3, 60), (2, 4, 90), (1, 5, 120), (1, 6, 180),
    ]  # fmt: skip


def test_follow_ups_come_before_new_ones_and_from_the_same_mailbox():
    boxes = [Box(n, OFFICE, gap_seconds=3600) for n in (1, 2)]
    happened = list(plan(boxes, [Line(1, THREE, (1, 2), OFFICE)], people(40), START))
    assert len(happened) == 120
    by_person = {n: [one for one in happened if one.recipient_id == n] for n in range(1, 41)}
    for own in by_person.values():
        assert [one.position for one in own] == [1, 2, 3] and len({one.mailbox_id for one in own}) == 1
    wednesday = [one for one in happened if one.moment.date() == date(2026, 11, 4) and one.mailbox_id == 1]
    positions = [one.position for one in wednesday]
    assert positions == sorted(positions, reverse=True) and 2 in positions


def test_the_rate_of_a_campaign_holds_over_all_its_mailboxes():
    line = Line(1, ONE, (1, 2, 3), interval=timedelta(seconds=2))
    happened = list(plan([Box(n) for n in (1, 2, 3)], [line], people(30), START))
    assert [(one.moment - START).seconds for one in happened] == list(range(0, 60, 2))


def test_a_recipient_domain_gets_no_more_than_its_share_and_others_go_before():
    box = Box(1, domain_per_hour=2)
    many = [Person(n, 1, domain="big.example") for n in range(1, 6)] + [Person(6, 1, domain="small.example")]
    happened = list(plan([box], [Line(1, ONE, (1,))], many, START))
    assert [(one.recipient_id, (one.moment - START) // MINUTE) for one in happened] == [
        (1, 0), (6, 0), (2, 30), (3, 60), (4, 90), (5, 120),
    ]  # fmt: skip


def test_a_campaign_that_begins_later_waits_and_one_that_never_opens_sends_nothing():
    lines = [Line(1, ONE, (1,), starts_at=START + 2 * HOUR), Line(2, ONE, (1,), Window("", 0, 1440))]
    happened = list(plan([Box(1)], lines, [Person(1, 1), Person(2, 2)], START))
    assert [(one.moment, one.recipient_id) for one in happened] == [(START + 2 * HOUR, 1)]


def test_a_manual_step_takes_no_turn_and_the_sequence_goes_on():
    steps = (StepPlan(1, is_manual=True), StepPlan(2, wait_days=1))
    happened = list(plan([Box(1, gap_seconds=3600), Box(2)], [Line(1, steps, (1, 2), OFFICE)], people(4), START))
    assert [(one.mailbox_id, one.position) for one in happened[:4]] == [(None, 1)] * 4
    assert {one.moment for one in happened[:4]} == {START + HOUR}
    mails = {one.recipient_id: one.mailbox_id for one in happened[4:]}
    assert mails == {n: assigned((1, 2), n) for n in range(1, 5)}


def test_it_ends_at_the_moment_asked_for():
    happened = list(plan([Box(1, gap_seconds=60)], [Line(1, ONE, (1,))], people(9), START, until=START + 3 * MINUTE))
    assert len(happened) == 4


boxes_of = st.builds(
    Box,
    id=st.integers(1, 3),
    window=WINDOWS,
    zone=ZONES,
    gap_seconds=st.integers(0, 4000),
    jitter=st.integers(0, 90),
    daily_cap=st.none() | st.integers(1, 5),
    ramp_start=st.none() | st.integers(1, 3),
    ramp_step=st.integers(0, 3),
    ramp_from=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    domain_per_hour=st.none() | st.integers(1, 30),
    next_at=st.none(),
    sent=st.just({}),
    turns=st.just({}),
)
lines_of = st.builds(
    lambda id, window, zone, by_lead, steps, seconds: Line(
        id, steps, (1, 2, 3), window, zone, by_lead, timedelta(seconds=seconds)
    ),
    st.integers(1, 2),
    WINDOWS,
    ZONES,
    st.booleans(),
    st.sampled_from([ONE, THREE, (StepPlan(1), StepPlan(2, is_manual=True, wait_days=1), StepPlan(3, wait_days=1))]),
    st.integers(0, 60),
)


@given(
    st.lists(boxes_of, min_size=1, max_size=3, unique_by=lambda box: box.id),
    st.lists(lines_of, min_size=1, max_size=2, unique_by=lambda line: line.id),
    st.lists(st.tuples(st.integers(1, 2), st.sampled_from([BERLIN, NEW_YORK, ""]), st.sampled_from("ab")), max_size=12),
    MOMENTS,
)
def test_whatever_is_planned_keeps_every_rule(boxes, lines, given_people, start):
    everybody = [Person(n, one[0], zone=one[1], domain=one[2]) for n, one in enumerate(given_people, 1)]
    by_id, lines_by_id = {box.id: box for box in boxes}, {line.id: line for line in lines}
    lines = [line._replace(boxes=tuple(by_id)) for line in lines]
    happened = list(plan(boxes, lines, everybody, start, until=start + timedelta(days=400)))
    check(happened, by_id, lines_by_id, {one.id: one for one in everybody})


def check(happened, boxes, lines, everybody):
    """Windows, caps, gaps, turns of domains and orders of what is planned all hold."""
    last, days, lines_last, domains, done = {}, Counter(), {}, {}, {}
    moments = [one.moment for one in happened]
    assert moments == sorted(moments)
    for one in happened:
        person, line, box = everybody[one.recipient_id], lines[one.campaign_id], boxes.get(one.mailbox_id)
        assert line.window.is_open(one.moment, line.zone_for(person.zone))
        earlier = done.setdefault(one.recipient_id, [])
        assert one.position == len(earlier) + 1
        if earlier:
            assert one.moment >= line.due(line.steps[one.position - 1], earlier[-1].moment, person.zone)
        fixed = {before.mailbox_id for before in earlier if before.mailbox_id}
        earlier.append(one)
        if box is None:
            continue
        assert not fixed or fixed == {box.id}
        assert box.window.is_open(one.moment, box.zone)
        day = day_in(box.zone, one.moment)
        days[box.id, day] += 1
        assert box.cap_on(day) is None or days[box.id, day] <= box.cap_on(day)
        if box.id in last:
            assert one.moment >= last[box.id]
        last[box.id] = one.moment + box.gap_after(day, days[box.id, day])
        if line.id in lines_last:
            assert one.moment - lines_last[line.id] >= line.interval
        lines_last[line.id] = one.moment
        turn = domains.get((box.id, person.domain))
        assert not box.domain_per_hour or turn is None or one.moment >= turn
        domains[box.id, person.domain] = one.moment + box.domain_gap


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, BEIRUT])
def test_days_follow_each_other_without_holes(zone):
    for number in range(366):
        day = date(2026, 1, 1) + timedelta(days=number)
        assert moment_of(day, 1440, zone) == moment_of(day + timedelta(days=1), 0, zone) > moment_of(day, 0, zone)
