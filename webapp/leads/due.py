"""When a to-do is due: between a day and a time in somebody's zone and the moment that the database keeps."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.core.clock import now

LAST = timedelta(microseconds=1)  # before midnight: a to-do without a time is due when its day ends
LATER_TODAY = timedelta(hours=3)


class Standing(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"
    NONE = "none"


def midnight(day, zone):
    """The moment when `day` begins in `zone`; where clocks are put on at midnight, that is when they are."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def end_of(day, zone):
    return midnight(day + timedelta(days=1), zone) - LAST


def due_moment(day, at, zone):
    """The moment of the clock time `at` on `day` in `zone`, or the end of that day without one.

    A time that the clocks skip is as much later as they were put on; of one that comes twice the first is meant
    (PEP 495, fold=0).
    """
    if at is None:
        return end_of(day, zone)
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def local_day(zone, moment=None):
    """Which day it is in `zone`, now or at a moment."""
    return (moment or now()).astimezone(ZoneInfo(zone)).date()


def day_and_time(due_at, timed, zone):
    """(date, time or None) as somebody in `zone` reads them; (None, None) without a date."""
    if due_at is None:
        return None, None
    local = due_at.astimezone(ZoneInfo(zone))
    return local.date(), (local.time().replace(second=0, microsecond=0) if timed else None)


def is_timed(due_at):
    """Whether a lead's next_due_at, which repeats only the moment, has a time of day: no clock time ends like a day."""
    return due_at is not None and due_at.microsecond != 999_999


def bounds(zone):
    """(now, the end of today, the end of this week) for somebody in `zone`; weeks end on Sunday."""
    today = local_day(zone)
    return now(), end_of(today, zone), end_of(today + timedelta(days=6 - today.weekday()), zone)


def standing(due_at, zone):
    """Where `due_at` stands for somebody in `zone`."""
    if due_at is None:
        return Standing.NONE
    moment, today, week = bounds(zone)
    if due_at < moment:
        return Standing.OVERDUE
    return Standing.TODAY if due_at <= today else Standing.WEEK if due_at <= week else Standing.LATER


def snoozed(until, due_at, timed, zone):
    """(moment, timed) of a to-do put off until "later", "tomorrow", "week" (next Monday) or a date; it keeps its time
    of day. None for anything else.
    """
    today, at = local_day(zone), day_and_time(due_at, timed, zone)[1]
    if until == "later":
        moment = now().replace(minute=0, second=0, microsecond=0) + LATER_TODAY + timedelta(hours=1)
        return (moment, True) if local_day(zone, moment) == today else (end_of(today, zone), False)
    days = {"tomorrow": today + timedelta(days=1), "week": today + timedelta(days=7 - today.weekday())}
    day = until if isinstance(until, date) else days.get(until)
    return None if day is None else (due_moment(day, at, zone), at is not None)
