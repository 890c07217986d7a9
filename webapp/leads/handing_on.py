"""The leads of somebody who left a workspace: handed to a colleague or to nobody, in batches, each with its reason."""

from datetime import timedelta

from db import db
from webapp.accounts.models import Departure
from webapp.core.clock import now
from webapp.core.jobs import later, stopping, wait

from . import timeline
from .holding import hold
from .models import ActivityKind, HandOver, Lead

BATCH = 150  # leads a transaction, and
PAUSE = 0.01  # seconds between two: see imports/running.py, where they were measured
STALLED = timedelta(seconds=30)


def hand_leads_on(departure_id):
    """Hand on what leads a person who left still has. May run twice; goes on later when the worker stops."""
    departure = Departure.get_or_none(Departure.id == departure_id)
    if departure is None:
        return
    while _hand_some_on(departure):
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
