"""Reads of to-dos. Each joins the lead: a to-do is seen by whoever may see its lead."""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, fn

from db import is_sqlite
from webapp.accounts.models import CenterMember, Membership, Reach, User
from webapp.accounts.roles import ABILITIES
from webapp.core.clock import stamp
from webapp.core.errors import NotFound
from webapp.core.paging import Place, is_moment, ordered
from webapp.core.prepared import Prepared

from .due import bounds
from .models import Lead, Stage, Todo, TodoKind
from .queries import as_member, within_reach

MOST = 99  # due to-dos that the sidebar counts; of more it says "99+"
OPEN_ON_LEAD = 50
SIZE = 50


class TodoRow(NamedTuple):
    """A to-do in a list, with its lead's name and stage; `assignee` is a name or None."""

    id: int
    lead_id: int
    kind: TodoKind
    title: str
    due_at: datetime | None
    timed: bool
    done_at: datetime | None
    assignee_id: int | None
    assignee: str | None
    first_name: str
    last_name: str
    company: str
    email: str
    stage: Stage

    full_name = Lead.full_name
    name = Lead.name


_COLUMNS = (
    Todo.id, Todo.lead, Todo.kind, Todo.title, Todo.due_at, Todo.timed, Todo.done_at, Todo.assignee, User.full_name,
    Lead.first_name, Lead.last_name, Lead.company, Lead.email, Lead.stage,
)  # fmt: skip


def _todos(reach, workspace, user, *columns):
    """The to-dos on leads that this member may see, each looked up by its id: Postgres finds that out by itself, and
    how many there are only if the columns are not hidden from it.
    """
    whose = as_member(reach, workspace, user)
    query = Todo.select(*columns).join(Lead).join(User, JOIN.LEFT_OUTER, on=Todo.assignee == User.id)
    seen = within_reach(whose, walk=not is_sqlite())
    return query.where(Todo.workspace == workspace, seen, Lead.deleted_at.is_null())


def get_todo(member, todo_id):
    """The to-do with its lead, if the member may see that. Raises NotFound."""
    found = None
    if todo_id < 2**31:
        query = _todos(member.reach, member.workspace.id, member.user_id, Todo, Lead)
        found = query.where(Todo.id == todo_id).first()
    if found is None:
        raise NotFound("That to-do does not exist, or it was deleted.")
    return found


def next_todo(member, lead):
    """The open to-do of `lead` that is due first, as get_todo() gives one; None when there is none."""
    query = _todos(member.reach, member.workspace.id, member.user_id, Todo, Lead)
    query = query.where(Todo.lead == lead.id, Todo.done_at.is_null())
    return query.order_by(Todo.due_at.is_null(), Todo.due_at, Todo.id).first()


def assignees(lead):
    """Who sees `lead` and may work on it: (user id, name) pairs by name."""
    whose = {"workspace": lead.workspace_id, "center": lead.center_id or 0, "owner": lead.owner_id or 0}
    return [tuple(row) for row in _assignees(**whose)]


@Prepared
def _assignees(*, workspace, center, owner):
    inside = CenterMember.select(CenterMember.id).where(
        CenterMember.user == Membership.user, CenterMember.center == center
    )
    sees = (Membership.reach == Reach.ALL) | (Membership.user == owner)
    sees |= (Membership.reach == Reach.CENTERS) & fn.EXISTS(inside)
    query = User.select(User.id, User.full_name).join(Membership)
    query = query.where(Membership.workspace == workspace, User.is_active, sees)
    query = query.where(Membership.role.in_(ABILITIES["write"]))
    return query.order_by(User.full_name, User.id)


# ------------------------------------------------------------------- lists


def open_todos(member, *, team=False, cursor=None, size=SIZE):
    """A Page of TodoRows: the member's open to-dos, or those of everybody on leads they see; without a date last."""
    place = Place.read(cursor, 2, descending=False)
    if place.keys and place.keys[0] != "" and not is_moment(place.keys[0]):
        place = Place((), False)
    dated = [False, True] if place.falling else [True, False]
    if place.keys:
        dated = dated[dated.index(bool(place.keys[0])) :]
    rows = []
    for number, part in enumerate(dated):
        keys = place.keys if number == 0 else ()
        rows += _part(member, team, part, place.falling, keys, size + 1 - len(rows))
        if len(rows) > size:
            break
    return place.page(rows, size, lambda row: (stamp(row.due_at) if row.due_at else "", row.id))


def _part(member, team, dated, falling, keys, size):
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    moment, last = keys or (None, None)
    return _listed(member.reach, team, dated, falling, bool(keys), **whose, moment=moment, last=last, size=size)


@partial(Prepared, row=TodoRow)
def _listed(reach, team, dated, falling, placed, *, workspace, user, moment, last, size):
    query = _todos(reach, workspace, user, *_COLUMNS).where(Todo.done_at.is_null(), Todo.due_at.is_null(not dated))
    query = query if team else query.where(Todo.assignee == user)
    columns, keys = ((Todo.due_at, Todo.id), (moment, last)) if dated else ((Todo.id,), (last,))
    return ordered(query, columns, falling, keys if placed else ()).limit(size)


def due_todos(member, size):
    """The member's own open to-dos that are overdue or due today, as TodoRows: up to `size`, the oldest first."""
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    return _due(member.reach, **whose, until=stamp(bounds(member.time_zone)[1]), size=size)


@partial(Prepared, row=TodoRow)
def _due(reach, *, workspace, user, until, size):
    query = _todos(reach, workspace, user, *_COLUMNS).where(Todo.assignee == user, Todo.done_at.is_null())
    return query.where(Todo.due_at <= until).order_by(Todo.due_at, Todo.id).limit(size)


def due_ids(reach, workspace, user, until):
    """A query of the same, for counting up to MOST of them within another query."""
    query = _todos(reach, workspace, user, Todo.id).where(Todo.assignee == user, Todo.done_at.is_null())
    return query.where(Todo.due_at <= until).order_by(Todo.due_at).limit(MOST + 1)
