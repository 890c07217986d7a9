"""What a member does with a thread: done, open again, snoozed, labelled, given to somebody, read.

A thread that is done or snoozed is read: what is unread waits for somebody. Each is a guarded update; done twice it is
done once.
"""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.leads.due import due_moment, local_day

from . import assigning, queries
from .models import Label, LabelledBy, Thread, ThreadState

MORNING = time(8)  # when a thread that was put off by days comes back
LATER = timedelta(hours=3)
LAST_HOUR = 20  # of the day after which "later today" is no more
DAYS = 730  # as far as a thread can be put off
BATCH = 500


def finish(thread, *, actor):
    """Nothing is left to do about it until a mail comes; with it goes Galena's own to-do to answer."""
    with db.atomic():
        assigning.hold_lead(thread)
        _change(thread, state=ThreadState.DONE, snoozed_until=None, is_unread=False)
        assigning.answered(thread, user_id=actor.user_id)


def reopen(thread):
    """Undo of finish() and of snooze()."""
    with db.atomic():
        if thread.state is ThreadState.DONE:
            assigning.hold_lead(thread)
            assigning.unanswered(thread)
        _change(thread, state=ThreadState.OPEN, snoozed_until=None)


def snooze(thread, until, *, actor):
    """Out of sight until "later" today, "tomorrow", next "week" or a date, by the actor's clock. Raises Invalid."""
    moment = snoozed_to(until, actor.time_zone)
    _change(thread, state=ThreadState.SNOOZED, snoozed_until=moment, is_unread=False)


def snoozed_to(until, zone):
    """The moment that is meant by `until`, see snooze(). Raises Invalid."""
    today = local_day(zone)
    if until == "later":
        if not may_be_later(zone):
            raise Invalid("Today is nearly over. Choose tomorrow.", "until")
        return now().replace(second=0, microsecond=0) + LATER
    days = {"tomorrow": today + timedelta(days=1), "week": today + timedelta(days=7 - today.weekday())}
    day = until if isinstance(until, date) else days.get(until)
    if day is None or not today < day <= today + timedelta(days=DAYS):
        raise Invalid("Choose a day after today, within two years.", "until")
    return due_moment(day, MORNING, zone)


def may_be_later(zone):
    """Whether there is a later today."""
    return now().astimezone(ZoneInfo(zone)).hour < LAST_HOUR


def label(thread, label, *, actor):
    """What its newest mail says, as a person read it: rules and models leave that alone until the next mail."""
    values = {"labelled_by": LabelledBy.PERSON, "label_sure": None}
    _change(thread, label=Label(label), label_reason=f"Chosen by {actor.full_name}."[:300], **values)


def assign(thread, user_id, *, actor):
    """Give it to somebody who may answer, or to nobody; for somebody else it is unread. Raises Invalid."""
    if user_id == thread.assignee_id:
        return
    if user_id is not None and user_id not in dict(queries.assignable(actor)):
        raise Invalid("Choose somebody from the list.", "user_id")
    is_open = thread.state is ThreadState.OPEN
    _change(thread, assignee=user_id, is_unread=is_open and user_id not in (None, actor.user_id))


def mark_read(thread):
    """Somebody has seen it; moves nothing else."""
    Thread.update(is_unread=False).where(Thread.id == thread.id, Thread.is_unread).execute()
    thread.is_unread = False


def mark_unread(thread):
    """To be looked at again: one that is done or snoozed opens."""
    _change(thread, state=ThreadState.OPEN, snoozed_until=None, is_unread=True)


def wake_snoozed():
    """Open the threads whose time has come, on top of the list and unread. Returns how many. May run twice."""
    total = 0
    while True:
        moment = now()
        due = (Thread.state == ThreadState.SNOOZED) & (Thread.snoozed_until <= moment)
        with db.atomic():
            ids = [row.id for row in Thread.select(Thread.id).where(due).limit(BATCH)]
            opened = {"state": ThreadState.OPEN, "is_unread": True, "last_at": moment}
            total += Thread.update(opened).where(Thread.id.in_(ids), due).execute() if ids else 0
        if len(ids) < BATCH:
            return total


def _change(thread, **values):
    """Write `values`. Raises Conflict when the thread is gone."""
    if Thread.update(values).where(Thread.id == thread.id).execute() != 1:
        raise Conflict("That conversation was deleted meanwhile.")
    for name, value in values.items():
        setattr(thread, name, value)
