"""The leads of somebody who left a workspace: handed to a colleague or to nobody, in batches, each with its reason.

Their open to-dos follow, so that each is in somebody's list.
"""

from datetime import timedelta

from peewee import JOIN

from db import db
from webapp.accounts.members import member_of
from webapp.accounts.models import Departure, Membership, User
from webapp.core.clock import now
from webapp.core.jobs import later, stopping, wait

from . import timeline, todos
from .due import day_and_time, due_moment
from .holding import among, hold, set_each
from .models import ActivityKind, HandOver, Lead, Todo
from .queries import within_reach

BATCH = 150  # leads a transaction, and
PAUSE = 0.01  # seconds between two: see imports/running.py, where they were measured
STALLED = timedelta(seconds=30)


def hand_leads_on(departure_id):
    """Hand on what leads and to-dos a person who left still has. May run twice; goes on when the worker stopped."""
    departure = Departure.get_or_none(Departure.id == departure_id)
    if departure is None:
        return
    while _hand_some_on(departure) or _hand_some_todos_on(departure):
        if stopping():
            later("hand_leads_on", departure_id, delay=1)
            return
        wait(PAUSE)
    departure.delete_instance()


def requeue_stalled():
    """Wake departures whose job was lost."""
    for departure in Departure.select(Departure.id).where(Departure.due_at < now() - STALLED):
        later("hand_leads_on", departure.id)


def leads_owned(workspace_id, user_id):
    """How many leads the user owns in the workspace."""
    return Lead.select().where(Lead.workspace == workspace_id, Lead.owner == user_id, Lead.deleted_at.is_null()).count()


def _hand_some_on(departure):
    """One batch; False when none was left. Those in the bin go along, so that none comes back to who left.

    What counts is what was found: on Postgres, a second run waits for the first one's batch and then changes nothing.
    """
    theirs = (Lead.workspace == departure.workspace_id) & (Lead.owner == departure.user_id)
    with db.atomic():
        found = [lead.id for lead in Lead.select(Lead.id).where(theirs).limit(BATCH)]
        hold(found)
        changed = Lead.update(owner=departure.heir_id).where(theirs, Lead.id.in_(found)).returning(Lead.id)
        ids = [lead.id for lead in changed]
        if ids:
            _write_down(departure, ids)
        Departure.update(due_at=now()).where(Departure.id == departure.id).execute()
    return bool(found)


def _write_down(departure, lead_ids):
    """The change on each lead's timeline, and the hand-over with its reason."""
    former, heir = departure.user, departure.heir
    names = [former.full_name, heir.full_name if heir else ""]
    change = {"changes": {"owner": names}, "ids": {"owner": [departure.user_id, departure.heir_id]}}
    timeline.record_many(departure.workspace_id, lead_ids, ActivityKind.EDITED, change, actor_id=departure.actor_id)
    row = {"workspace": departure.workspace_id, "former": former, "owner": heir, "actor": departure.actor_id}
    reason = f"{former.full_name} left the workspace"
    HandOver.insert_many([{**row, "lead": lead_id, "reason": reason} for lead_id in lead_ids]).execute()


def _hand_some_todos_on(departure):
    """One batch of their open to-dos; False when none was left. A day without a time stays that day for who gets it."""
    theirs = (Todo.workspace == departure.workspace_id) & (Todo.assignee == departure.user_id) & Todo.done_at.is_null()
    with db.atomic():
        found = {lead_id for (lead_id,) in Todo.select(Todo.lead).where(theirs).limit(BATCH).tuples()}
        hold(found)
        heirs = _heirs(departure, found)
        open_ones = list(Todo.select().where(theirs, among(found, Todo.lead)).limit(BATCH))
        rows = [(*_handed(todo, departure.user, heirs[todo.lead_id]), todo.id) for todo in open_ones]
        set_each([Todo.assignee, Todo.due_at], [Todo.id], rows)
        todos.refresh_next(found)
        Departure.update(due_at=now()).where(Departure.id == departure.id).execute()
    return bool(found)


def _heirs(departure, lead_ids):
    """{lead id: the User who gets to-dos on it}: the heir where they see it, else its owner; None for nobody."""
    try:
        reach = within_reach(member_of(departure.workspace, departure.heir), walk=False) if departure.heir_id else None
    except Membership.DoesNotExist:  # the heir left, too
        reach = None
    seen = set()
    if reach is not None:
        seen = {lead_id for (lead_id,) in Lead.select(Lead.id).where(reach, among(lead_ids)).tuples()}
    owned = Lead.select(Lead.id, Lead.owner, User).join(User, JOIN.LEFT_OUTER, on=Lead.owner == User.id)
    owners = {lead.id: lead.owner for lead in owned.where(among(lead_ids)) if lead.owner_id != departure.user_id}
    return {lead_id: departure.heir if lead_id in seen else owners.get(lead_id) for lead_id in lead_ids}


def _handed(todo, former, heir):
    """(assignee, due) of a to-do that `heir` gets, as the database keeps them."""
    due_at = todo.due_at
    if heir and due_at and not todo.timed:
        due_at = due_moment(*day_and_time(due_at, False, former.time_zone), heir.time_zone)
    return heir and heir.id, Todo.due_at.db_value(due_at)
