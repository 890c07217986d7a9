"""Changes to many leads at once. Each is set-based, touches only what the member sees, and can be taken back."""

from peewee import IntegrityError

from db import db
from webapp.core.clock import now

from . import timeline
from .models import ActivityKind, Lead, Stage
from .pipeline import reached
from .queries import within_reach

LIMIT = 100  # leads in one request: a full page of the table


def move_leads(member, lead_ids, stage, *, expected=None):
    """Move these leads to `stage`; with `expected`, only those still there. Returns {former Stage: [ids]}."""
    moment, moved = now(), {}
    with db.atomic():
        for former in [expected] if expected else Stage:
            if former is stage:
                continue
            ids = [
                lead.id
                for lead in Lead.update(reached(stage, moment))
                .where(within_reach(member), Lead.deleted_at.is_null(), Lead.stage == former, Lead.id.in_(lead_ids))
                .returning(Lead.id)
            ]
            if ids:
                moved[former] = ids
                change = {"from": former, "to": stage}
                timeline.record_many(
                    member.workspace.id, ids, ActivityKind.STAGE, change, actor_id=member.user_id, moment=moment
                )
    return moved


def delete_leads(member, lead_ids):
    """Put these leads into the bin. Returns the ids of those that went there."""
    moment = now()
    with db.atomic():
        ids = [
            lead.id
            for lead in Lead.update(deleted_at=moment)
            .where(within_reach(member), Lead.deleted_at.is_null(), Lead.id.in_(lead_ids))
            .returning(Lead.id)
        ]
        timeline.record_many(member.workspace.id, ids, ActivityKind.DELETED, actor_id=member.user_id, moment=moment)
    return ids


def restore_leads(member, lead_ids):
    """Take these leads out of the bin: (restored, refused), two lists. Refused are those whose address is taken."""
    restored, refused = [], []
    binned = Lead.select().where(within_reach(member), Lead.deleted_at.is_null(False), Lead.id.in_(lead_ids))
    with db.atomic():
        for lead in binned.order_by(Lead.id):
            try:
                with db.atomic():
                    back = (
                        Lead.update(deleted_at=None).where(Lead.id == lead.id, Lead.deleted_at.is_null(False)).execute()
                    )
            except IntegrityError:  # the unique index on the addresses of live leads
                refused.append(lead)
            else:
                restored.extend([lead] * back)
        ids = [lead.id for lead in restored]
        timeline.record_many(member.workspace.id, ids, ActivityKind.RESTORED, actor_id=member.user_id)
    return restored, refused


def pack(ids):
    """`ids` as the short text an Undo button's address carries."""
    return ".".join(map(str, ids))


def unpack(text):
    """The ids in a packed text, at most LIMIT; what is no id is left out."""
    parts = (text or "").split(".")[:LIMIT]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 11 and int(part) < 2**31]
