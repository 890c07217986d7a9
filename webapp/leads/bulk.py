"""Changes to many leads at once. Each is set-based, touches only what the member sees, and can be taken back."""

from peewee import JOIN, IntegrityError

from db import db
from webapp.accounts.centers import open_to
from webapp.accounts.models import Center, Reach
from webapp.core.clock import now
from webapp.core.errors import Invalid

from . import timeline, todos
from .assignment import assign, enter
from .holding import among, hold, locked
from .models import ActivityKind, Lead
from .queries import visible, within_reach

LIMIT = 100  # leads in one request: a full page of the table


def delete_leads(member, lead_ids):
    """Put these leads into the bin. Returns the ids of those that went there."""
    moment = now()
    theirs = within_reach(member, walk=False) & Lead.deleted_at.is_null() & among(lead_ids)
    with db.atomic():
        ids = [lead_id for (lead_id,) in locked(Lead.select(Lead.id).where(theirs))]
        Lead.update(deleted_at=moment).where(among(ids)).execute()
        timeline.record_many(member.workspace.id, ids, ActivityKind.DELETED, actor_id=member.user_id, moment=moment)
    return ids


def restore_leads(member, lead_ids):
    """Take these leads out of the bin: (restored, refused), two lists. Refused are those whose address is taken.

    A lead that was merged into another stays where it is.
    """
    in_bin = Lead.deleted_at.is_null(False) & Lead.merged_into.is_null()
    binned = Lead.select().where(within_reach(member, walk=False), in_bin, among(lead_ids)).order_by(Lead.id)
    with db.atomic():
        hold(lead_ids)
        leads = list(binned)
        restored = leads if _out_of_bin(leads) else [lead for lead in leads if _out_of_bin([lead])]
        ids = {lead.id for lead in restored}
        todos.refresh_next(ids)
        timeline.record_many(member.workspace.id, ids, ActivityKind.RESTORED, actor_id=member.user_id)
    return restored, [lead for lead in leads if lead.id not in ids]


def _out_of_bin(leads):
    """Whether all of these could be taken out; if not, none was."""
    try:
        with db.atomic():
            Lead.update(deleted_at=None).where(among([lead.id for lead in leads])).execute()
    except IntegrityError:  # the unique index on the addresses of live leads
        return False
    return True


def move_to_center(member, lead_ids, center_id):
    """Put these leads into a center, or into none: ({id of the former center or None: [ids]}, how many were assigned).

    Raises Invalid for a center into which the member may put none. What has no owner gets one as the center assigns.
    """
    if center_id not in dict(open_to(member)) and not (center_id is None and member.reach is Reach.ALL):
        raise Invalid("Choose one of the centers in the list.", "center")
    moved = {}
    with db.atomic():
        held = enter(center_id) if center_id else None
        for former, name, ids in _by_center(member, lead_ids):
            if former == center_id:
                continue
            there = Lead.center.is_null() if former is None else Lead.center == former
            change = Lead.update(center=center_id).where(among(ids), Lead.deleted_at.is_null(), there)
            moved[former] = [lead.id for lead in change.returning(Lead.id)]
            ids = {"center": [former, center_id]}
            shown = {"changes": {"center": [name or "", held.name if held else ""]}, "ids": ids}
            timeline.record_many(
                member.workspace.id, moved[former], ActivityKind.EDITED, shown, actor_id=member.user_id
            )
        came = [lead_id for ids in moved.values() for lead_id in ids]
        assigned = assign(held, came, actor_id=member.user_id) if held else 0
    return {former: ids for former, ids in moved.items() if ids}, assigned


def _by_center(member, lead_ids):
    """[(center id, its name, [lead ids])] of those of these leads that the member sees; None and None for no center."""
    query = visible(member, Lead.id, Lead.center, Center.name, walk=False).join(Center, JOIN.LEFT_OUTER)
    found = {}
    for lead_id, *center in locked(query.where(among(lead_ids))):
        found.setdefault(tuple(center), []).append(lead_id)
    return [(center_id, name, ids) for (center_id, name), ids in found.items()]


def seen(member, lead_ids):
    """Those of `lead_ids` that the member sees, in their order."""
    known = {lead_id for (lead_id,) in visible(member, Lead.id, walk=False).where(among(lead_ids)).tuples()}
    return tuple(lead_id for lead_id in lead_ids if lead_id in known)


def unpack(text):
    """The ids in a packed text, at most LIMIT; what is no id is left out."""
    parts = (text or "").split(".")[:LIMIT]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 11 and int(part) < 2**31]
