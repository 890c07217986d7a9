"""Moving leads between stages."""

from peewee import fn

from db import db
from webapp.core.clock import now, stamp
from webapp.core.errors import Conflict, Invalid
from webapp.core.prepared import PreparedWrite

from . import timeline
from .holding import hold
from .models import ActivityKind, Lead, Stage

BATCH = 500  # ids in one statement
LOST_REASONS = ("No budget", "Chose other", "No reply", "Not a fit")  # to choose from; one's own words may follow
REASON_LENGTH = 200


def reached(stage, moment, reason=""):
    """What entering `stage` writes; the moment it was first reached stays. `reason` is why a lead is lost."""
    changes = {"stage": stage, "stage_changed_at": moment, "touched_at": moment, "lost_reason": reason}
    if column := stage.reached_column:
        changes[column] = fn.COALESCE(getattr(Lead, column), Lead._meta.fields[column].db_value(moment))
    return changes


def move_lead(lead, stage, *, actor, expected=None, reason=""):
    """Move `lead` to `stage` and record who did it. A lead already there stays.

    Raises Conflict when it is no longer in `expected`, where the actor saw it (by default, where `lead` says it is).
    `reason` says why it is lost, and is nothing to any other stage; it goes when the lead leaves that stage.
    """
    if lead.stage is stage:
        return lead
    moment, former = now(), expected or lead.stage
    reason = cleaned_reason(reason) if stage is Stage.LOST else ""
    with db.atomic():
        moved = (
            Lead.update(reached(stage, moment, reason))
            .where(Lead.id == lead.id, Lead.stage == former, Lead.deleted_at.is_null())
            .execute()
        )
        if moved != 1:
            raise Conflict(f"{lead.name} was moved or deleted meanwhile. This is where it stands now.")
        data = {"from": former, "to": stage} | ({"reason": reason} if reason else {})
        _record(lead, ActivityKind.STAGE, data, actor, moment)
    lead.stage, lead.stage_changed_at, lead.touched_at, lead.lost_reason = stage, moment, moment, reason
    return lead


def explain_loss(lead, reason, *, actor):
    """Say why a lost lead is lost. Raises Conflict when it is no more, or not for the reason that `lead` says."""
    reason, moment = cleaned_reason(reason), now()
    if reason == lead.lost_reason:
        return
    with db.atomic():
        same = (Lead.stage == Stage.LOST) & (Lead.lost_reason == lead.lost_reason) & Lead.deleted_at.is_null()
        if Lead.update(lost_reason=reason, touched_at=moment).where(Lead.id == lead.id, same).execute() != 1:
            raise Conflict(f"{lead.name} was moved or changed meanwhile. This is where it stands now.")
        _record(lead, ActivityKind.EDITED, {"changes": {"lost_reason": [lead.lost_reason, reason]}}, actor, moment)
    lead.lost_reason, lead.touched_at = reason, moment


def cleaned_reason(text):
    """What is kept of a reason: one line without NUL. Raises Invalid for a long one."""
    reason = " ".join(text.replace("\0", "").split())
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"Keep the reason under {REASON_LENGTH + 1} characters; this has {len(reason)}.", "other")
    return reason


def _record(lead, kind, data, actor, moment):
    timeline.record(lead.workspace_id, lead.id, kind, data, actor_id=actor.user_id, moment=moment)


def mark_contacted(workspace, lead_ids, *, moment):
    """A mail went out to these leads: the new ones move to contacted, by Galena itself; all were touched.

    Callable in the caller's transaction. Returns how many moved.
    """
    total, lead_ids = 0, sorted(lead_ids)
    with db.atomic():
        hold(lead_ids)
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


def mark_replied(workspace, lead_id, *, moment):
    """This lead wrote to us: it moves to replied, by Galena itself, if it was new or contacted; it was touched.

    Callable in the caller's transaction. Returns whether it moved.
    """
    with db.atomic():
        hold([lead_id])
        whose = {"workspace": getattr(workspace, "id", workspace), "lead": lead_id, "moment": stamp(moment)}
        _touch(**whose)
        for former in (Stage.NEW, Stage.CONTACTED):
            if _reply_moves(former, **whose, at=stamp(now())):
                change = {"from": former, "to": Stage.REPLIED}
                timeline.record(workspace, lead_id, ActivityKind.STAGE, change, moment=moment)
                return True
    return False


@PreparedWrite
def _touch(*, workspace, lead, moment):
    return Lead.update(touched_at=moment).where(_alive(workspace, lead), Lead.touched_at < moment)


@PreparedWrite
def _reply_moves(former, *, workspace, lead, moment, at):
    changes = {"stage": Stage.REPLIED, "stage_changed_at": moment, "touched_at": at, "lost_reason": ""}
    changes["replied_at"] = fn.COALESCE(Lead.replied_at, moment)
    return Lead.update(changes).where(_alive(workspace, lead), Lead.stage == former)


def _alive(workspace, lead):
    return (Lead.workspace == workspace) & (Lead.id == lead) & Lead.deleted_at.is_null()
