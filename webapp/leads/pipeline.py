"""Moving leads between stages."""

from peewee import fn

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict

from . import timeline
from .models import ActivityKind, Lead, Stage

BATCH = 500  # ids in one statement


def reached(stage, moment):
    """What entering `stage` writes; the moment it was first reached stays."""
    changes = {"stage": stage, "stage_changed_at": moment, "touched_at": moment}
    if column := stage.reached_column:
        changes[column] = fn.COALESCE(getattr(Lead, column), Lead._meta.fields[column].db_value(moment))
    return changes


def move_lead(lead, stage, *, actor, expected=None):
    """Move `lead` to `stage` and record who did it. A lead already there stays.

    Raises Conflict when it is no longer in `expected`, where the actor saw it (by default, where `lead` says it is).
    """
    if lead.stage is stage:
        return lead
    moment, former = now(), expected or lead.stage
    with db.atomic():
        moved = (
            Lead.update(reached(stage, moment))
            .where(Lead.id == lead.id, Lead.stage == former, Lead.deleted_at.is_null())
            .execute()
        )
        if moved != 1:
            raise Conflict(f"{lead.name} was moved or deleted meanwhile. This is where it stands now.")
        timeline.record(
            lead.workspace_id,
            lead.id,
            ActivityKind.STAGE,
            {"from": former, "to": stage},
            actor_id=actor.user_id,
            moment=moment,
        )
    lead.stage, lead.stage_changed_at, lead.touched_at = stage, moment, moment
    return lead


def mark_contacted(workspace, lead_ids, *, moment):
    """A mail went out to these leads: the new ones move to contacted, by Galena itself; all were touched.

    Callable in the caller's transaction. Returns how many moved.
    """
    total, lead_ids = 0, sorted(lead_ids)  # sorted: two workers lock rows in the same order
    with db.atomic():
        for start in range(0, len(lead_ids), BATCH):
            batch = lead_ids[start : start + BATCH]
            of_batch = (Lead.workspace == workspace) & Lead.id.in_(batch) & Lead.deleted_at.is_null()
            moved = [
                row.id
                for row in Lead.update(reached(Stage.CONTACTED, moment))
                .where(of_batch, Lead.stage == Stage.NEW)
                .returning(Lead.id)
            ]
            Lead.update(touched_at=moment).where(of_batch, Lead.touched_at < moment).execute()
            change = {"from": Stage.NEW, "to": Stage.CONTACTED}
            timeline.record_many(workspace, moved, ActivityKind.STAGE, change, moment=moment)
            total += len(moved)
    return total
