"""What is to be done next about a lead, in the few words that a card or a cell has room for.

A board has more than a hundred cards, so what day it is is found out once for all of them.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp.web.filters import DAYS, age, clock_time, when

from ..due import bounds, is_timed

ICONS = {"call": "phone", "email": "mail", "meeting": "calendar", "linkedin": "link"}
WEEK = 7


class NextStep(NamedTuple):
    """`text` is what to do and when; `state` is "bad" once it is overdue (`title` says what), "info" on its day."""

    icon: str
    text: str
    title: str = ""
    state: str = ""


def next_steps(cards, zone):
    """(lead id, NextStep) of those of `cards`, Rows, that have one: words that change with the time."""
    moment, tonight, _ = bounds(zone)
    return tuple((card.id, _step(card, zone, moment, tonight)) for card in cards if card.next_step)


def _step(card, zone, moment, tonight):
    icon, due, step = ICONS.get(card.next_kind, "square-check"), card.next_due_at, card.next_step
    if due is None:
        return NextStep(icon, step)
    if due < moment:
        return NextStep(icon, f"Overdue by {age(due, moment).replace('now', '1 min')}", step, "bad")
    return NextStep(icon, f"{step} {_words(due, zone, moment)}", "", "info" if due <= tonight else "")


def _words(due, zone, moment):
    """As in "today 14:30", "tomorrow", "Fri 09:00", "Tue 18 Nov"."""
    local = due.astimezone(ZoneInfo(zone))
    days = (local.date() - moment.astimezone(ZoneInfo(zone)).date()).days
    if days >= WEEK:
        return when(due, zone, moment)
    day = {0: "today", 1: "tomorrow"}.get(days) or DAYS[local.weekday()][:3]
    return f"{day} {clock_time(due, zone)}" if is_timed(due) else day
