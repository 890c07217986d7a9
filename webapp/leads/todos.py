"""To-dos: what somebody has to do for a lead, and until when.

A lead repeats the open to-do that is due first, so that lists need no join. refresh_next() is the one place that
writes it, and everybody who changes to-dos of a lead calls it in the same transaction.
"""

from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from peewee import IntegrityError, fn

from db import db, is_sqlite
from webapp import config
from webapp.accounts.models import User
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.prepared import Prepared, PreparedWrite

from . import timeline
from .due import day_and_time, due_moment, snoozed
from .holding import among_text, hold_alive, ids_text
from .models import Activity, ActivityKind, Lead, Todo, TodoKind
from .todo_queries import assignees

BATCH = 500  # ids in one statement
TITLE_LENGTH = 255
YEARS = (1970, 9998)  # what both databases and every zone can keep


def add_todo(lead, fields, *, actor):
    """A to-do on `lead` from what was typed: title, kind, day, time, assignee (an id, None for nobody).

    Raises Invalid. A time is one of the actor's zone; a day without one is a day of whoever has to do it.
    """
    values = _cleaned(lead, fields, actor)
    with db.atomic():
        hold_alive(lead)
        todo = Todo.create(workspace=lead.workspace_id, lead=lead.id, created_by=actor.user_id, **values)
        refresh_next([lead.id])
    return todo


def edit_todo(todo, fields, *, actor):
    """Change an open to-do to what was typed. Raises Invalid, and Conflict when it is not as it was read."""
    values = _cleaned(todo.lead, fields, actor, todo)
    _change(todo, **values)
    return todo


def snooze(todo, until, *, actor):
    """Put an open to-do off: "later" today, "tomorrow", next "week" or a date. Raises Invalid and Conflict."""
    _within_years(until)
    moved = snoozed(until, todo.due_at, todo.timed, _zone(todo.timed, todo.assignee_id, actor))
    if moved is None:
        raise Invalid("Choose until when, such as tomorrow or a date.", "until")
    _change(todo, due_at=moved[0], timed=moved[1])


def put_due(todo, due_at, timed):
    """Undo of a snooze: due as before. Raises Invalid and Conflict."""
    _within_years(due_at)
    _change(todo, due_at=due_at, timed=timed)


def finish_todo(todo, *, actor):
    """It is done: written on the lead's timeline. Raises Conflict when it was done already or is gone."""
    moment = now()
    with db.atomic():
        hold_alive(todo.lead)
        done = Todo.update(done_at=moment, done_by=actor.user_id).where(Todo.id == todo.id, Todo.done_at.is_null())
        if done.execute() != 1:
            raise _stale(todo)
        Lead.update(touched_at=moment).where(Lead.id == todo.lead_id, Lead.touched_at < moment).execute()
        data = {"todo_id": todo.id, "title": todo.title, "kind": todo.kind.value}
        whose = {"actor_id": actor.user_id, "moment": moment}
        timeline.record(todo.workspace_id, todo.lead_id, ActivityKind.TODO, data, **whose)
        refresh_next([todo.lead_id])
    todo.done_at, todo.done_by_id = moment, actor.user_id


def reopen(todo):
    """Undo of finish_todo(): open again, and off the timeline. Raises Conflict when it is open."""
    with db.atomic():
        hold_alive(todo.lead)
        opened = Todo.update(done_at=None, done_by=None).where(Todo.id == todo.id, Todo.done_at == todo.done_at)
        if todo.done_at is None or opened.execute() != 1:
            raise Conflict(f"“{todo.title}” is open already.")
        told = (Activity.lead == todo.lead_id) & (Activity.kind == ActivityKind.TODO)
        for entry in Activity.select().where(told, Activity.created_at == todo.done_at):
            if entry.data.get("todo_id") == todo.id:
                entry.delete_instance()
        refresh_next([todo.lead_id])
    todo.done_at = todo.done_by_id = None


def delete_todo(todo):
    """Take a to-do away; returns the text from which put_back() makes it again. Raises Conflict when it is gone."""
    with db.atomic():
        hold_alive(todo.lead)
        if Todo.delete().where(Todo.id == todo.id).execute() != 1:
            raise _stale(todo)
        refresh_next([todo.lead_id])
    kept = {name: getattr(todo, name) for name in ("id", "title", "timed", *_IDS)} | {"kind": todo.kind.value}
    moments = {name: getattr(todo, name) and getattr(todo, name).isoformat() for name in _MOMENTS}
    return _signer().dumps(kept | moments)


def put_back(lead, text):
    """Undo of delete_todo(): the to-do as it was. Raises Invalid for a text not ours, Conflict when it is back."""
    try:
        values = _signer().loads(text)
    except BadData:
        raise Invalid("That to-do cannot be brought back any more.") from None
    if values["lead_id"] != lead.id:
        raise Invalid("That to-do belongs to another lead.")
    values |= {name: values[name] and datetime.fromisoformat(values[name]) for name in _MOMENTS}
    made = (Todo.lead == lead.id) & (Todo.created_at == values["created_at"]) & (Todo.title == values["title"])
    try:
        with db.atomic():
            hold_alive(lead)
            if Todo.select().where(made).exists():
                raise Conflict("That to-do is back already.")
            if Todo.get_or_none(Todo.id == values["id"]):  # SQLite gives the last id again once its row is gone
                del values["id"]
            Todo.insert(**_by_field(values), workspace=lead.workspace_id).execute()
            refresh_next([lead.id])
    except IntegrityError:
        raise Conflict("That to-do is back already.") from None


_IDS = ("lead_id", "assignee_id", "created_by_id", "done_by_id")
_MOMENTS = ("due_at", "created_at", "done_at")


def _by_field(values):
    return {name.removesuffix("_id") if name in _IDS else name: value for name, value in values.items()}


def _signer():
    settings = config.current()  # the last key signs; every one of them is good to read
    return URLSafeSerializer([*settings.secret_key_fallbacks, settings.secret_key], salt="to-do")


def refresh_next(lead_ids):
    """Let these leads repeat their open to-do that is due first, one without a date last. In the caller's transaction.

    The rows are held before they are read, so that of two changes at once the later sees the earlier.
    """
    ids = sorted(set(lead_ids))
    for start in range(0, len(ids), BATCH):
        some = ids_text(ids[start : start + BATCH])
        if not is_sqlite():
            _hold(ids=some)
        _repeat_next(ids=some)


@Prepared
def _hold(*, ids):
    return Lead.select(Lead.id).where(among_text(ids)).order_by(Lead.id).for_update()


@PreparedWrite
def _repeat_next(*, ids):
    first = Todo.select(Todo.id).where(Todo.lead == Lead.id, Todo.done_at.is_null())
    first = first.order_by(Todo.due_at.is_null(), Todo.due_at, Todo.id).limit(1)
    due, title, kind = (Todo.select(column).where(Todo.id == first) for column in (Todo.due_at, Todo.title, Todo.kind))
    texts = {"next_step": fn.COALESCE(title, ""), "next_kind": fn.COALESCE(kind, "")}
    return Lead.update(next_due_at=due, **texts).where(among_text(ids))


# ------------------------------------------------------------------- rules


def _cleaned(lead, fields, actor, todo=None):
    title = " ".join((fields.get("title") or "").replace("\0", "").split())
    if not title:
        raise Invalid("Say what has to be done.", "title")
    if len(title) > TITLE_LENGTH:
        raise Invalid(f"Keep it under {TITLE_LENGTH + 1} characters; this has {len(title)}.", "title")
    day, at = fields.get("day"), fields.get("time")
    if at and not day:
        raise Invalid("Choose a day, too, or leave the time empty.", "day")
    _within_years(day)
    values = {"title": title, "kind": TodoKind(fields.get("kind") or TodoKind.TASK)}
    values["assignee"] = _assignee(lead, fields.get("assignee", actor.user_id), actor, todo)
    timed = at is not None
    handed_on = todo and not timed and values["assignee"] not in (None, todo.assignee_id)
    if todo is None or handed_on or (day, at) != day_of(todo, actor=actor):
        zone = _zone(timed, values["assignee"], actor)
        values |= {"due_at": due_moment(day, at, zone) if day else None, "timed": timed}
    return values


def day_of(todo, *, actor):
    """(date, time or None) as a form shows them to the actor."""
    return day_and_time(todo.due_at, todo.timed, _zone(todo.timed, todo.assignee_id, actor))


def _zone(timed, assignee_id, actor):
    """Whose clock counts: for a time the actor's, for a day without one that of whoever has to do it."""
    if timed or assignee_id in (None, actor.user_id):
        return actor.time_zone
    return User.get_by_id(assignee_id).time_zone


def _within_years(day):
    if hasattr(day, "year") and not YEARS[0] <= day.year <= YEARS[1]:
        raise Invalid("Choose a day in this century.", "day")


def _assignee(lead, user_id, actor, todo):
    """The id, if this person sees the lead and may work on it, or has the to-do already."""
    stays = todo is not None and user_id == todo.assignee_id
    if user_id is None or stays or user_id in dict(assignees(lead)):
        return user_id
    raise Invalid("Choose somebody who sees this lead.", "assignee")


def _change(todo, **values):
    """The guarded update of an open to-do: refused when it is not what the caller saw."""
    seen = [_is(getattr(Todo, name), todo.__data__[name]) for name in values]
    with db.atomic():
        hold_alive(todo.lead)
        changed = Todo.update(values).where(Todo.id == todo.id, Todo.done_at.is_null(), *seen)
        if changed.execute() != 1:
            raise _stale(todo)
        refresh_next([todo.lead_id])
    for name, value in values.items():
        setattr(todo, name, value)


def _is(column, value):
    return column.is_null() if value is None else column == value


def _stale(todo):
    fresh = Todo.get_or_none(Todo.id == todo.id)
    if fresh is None:
        return Conflict(f"Somebody just deleted “{todo.title}”.")
    if fresh.done_at:
        return Conflict(f"“{todo.title}” is done already.")
    return Conflict(f"Somebody else just changed “{todo.title}”. Reload the page to see it.")
