"""What a bulk action can change of leads, and how that is taken back.

Each kind is a pair of functions, called with a batch in a transaction. The first changes what the member may change and
returns {lead id: what it had before, a text}, without those where nothing changed. The second, given that again, puts
back the leads that still have what the action set, and returns their ids.
"""

import json
from typing import NamedTuple

from db import is_sqlite
from webapp.accounts.centers import centers_with, known_to
from webapp.accounts.members import people
from webapp.accounts.models import Reach
from webapp.core.clock import now, stamp

from . import bulk, tags, timeline
from .assignment import enter
from .models import ActivityKind, Lead, Stage
from .pipeline import reached
from .queries import visible

MOMENTS = ("stage_changed_at", "touched_at", "contacted_at", "replied_at", "converted_at", "lost_at")


class Kind(NamedTuple):
    change: object
    undo: object


def _locked(query):
    """The rows of `query`, in one order for everybody, which nobody changes until the transaction ends."""
    query = query.order_by(Lead.id)
    return list(query if is_sqlite() else query.for_update())


def _of(member, ids, *columns):
    return visible(member, Lead.id, *columns, walk=False).where(Lead.id.in_(ids))


# ------------------------------------------------------------------------ stage


def _move(member, ids, data):
    stage, moment = Stage(data["stage"]), now()
    columns = [Lead.stage, Lead.lost_reason, *(getattr(Lead, name) for name in MOMENTS)]
    leads = _locked(_of(member, ids, *columns).where(Lead.stage != stage))
    Lead.update(reached(stage, moment)).where(Lead.id.in_([lead.id for lead in leads])).execute()
    _record_moves(member, [(lead.id, lead.stage, stage) for lead in leads], moment)
    return {lead.id: json.dumps({"set_at": stamp(moment), **_place(lead)}) for lead in leads}


def _place(lead):
    """What a move changes of a lead."""
    moments = {name: getattr(lead, name) for name in MOMENTS}
    moments = {name: moment and moment.isoformat() for name, moment in moments.items()}
    return {"stage": lead.stage, "lost_reason": lead.lost_reason, **moments}


def _move_back(member, before, data):
    stage, back = Stage(data["stage"]), []
    columns = (Lead.stage, Lead.stage_changed_at, Lead.touched_at)
    for lead in _locked(_of(member, list(before), *columns).where(Lead.stage == stage)):
        place = json.loads(before[lead.id])
        set_at = place.pop("set_at")
        if stamp(lead.stage_changed_at) == set_at:
            moments = {name: _moment(place.pop(name)) for name in MOMENTS}
            if stamp(lead.touched_at) != set_at:  # somebody did something with it since, which stays said
                del moments["touched_at"]
            former = Stage(place["stage"])
            Lead.update(**place | {"stage": former}, **moments).where(Lead.id == lead.id).execute()
            back.append((lead.id, stage, former))
    _record_moves(member, back, now())
    return [lead_id for lead_id, _, _ in back]


def _moment(text):
    return text and Lead.touched_at.python_value(text)


def _record_moves(member, moves, moment):
    entries = [(lead_id, {"from": former, "to": stage}) for lead_id, former, stage in moves]
    who = {"actor_id": member.user_id, "moment": moment}
    timeline.record_each(member.workspace.id, entries, ActivityKind.STAGE, **who)


# ------------------------------------------------------------------------ owner


def _assign(member, ids, data):
    owner, query = data["owner"], _of(member, ids, Lead.owner)
    query = query.where(Lead.owner.is_null(False) if owner is None else _is_not(Lead.owner, owner))
    if member.reach is Reach.CENTERS and owner != member.user_id:  # else it would leave the member's sight
        query = query.where(Lead.center.in_(list(centers_with(member))))
    leads = [(lead.id, lead.owner_id) for lead in _locked(query)]
    _give(member, [(lead_id, former, owner) for lead_id, former in leads])
    return {lead_id: json.dumps(former) for lead_id, former in leads}


def _assign_back(member, before, data):
    owner = data["owner"]
    mine = Lead.owner.is_null() if owner is None else Lead.owner == owner
    known = {person.id for person in people(member.workspace)}
    former = {lead.id: json.loads(before[lead.id]) for lead in _locked(_of(member, list(before)).where(mine))}
    back = {lead_id: one for lead_id, one in former.items() if one is None or one in known}
    _give(member, [(lead_id, owner, one) for lead_id, one in back.items()])
    return list(back)


def _is_not(column, value):
    return (column != value) | column.is_null()


def _give(member, changes):
    """Write new owners, (lead id, former owner's id, new one's), and tell it on the timelines."""
    for owner in {new for _, _, new in changes}:
        Lead.update(owner=owner).where(Lead.id.in_([one for one, _, new in changes if new == owner])).execute()
    names = {person.id: person.full_name for person in people(member.workspace)}
    entries = [
        (lead_id, {"changes": {"owner": [names.get(old, ""), names.get(new, "")]}, "ids": {"owner": [old, new]}})
        for lead_id, old, new in changes
    ]
    who = {"actor_id": member.user_id, "moment": now()}
    timeline.record_each(member.workspace.id, entries, ActivityKind.EDITED, **who)


# ----------------------------------------------------------------------- center


def _put(member, ids, data):
    if data["center"]:
        enter(data["center"])  # its row's lock comes before any lead's
    former = {lead.id: (lead.center_id, lead.owner_id) for lead in _locked(_of(member, ids, Lead.center, Lead.owner))}
    moved, _ = bulk.move_to_center(member, list(former), data["center"])
    came = [lead_id for those in moved.values() for lead_id in those]
    owners = dict(Lead.select(Lead.id, Lead.owner).where(Lead.id.in_(came)).tuples())
    return {lead_id: json.dumps([*former[lead_id], owners[lead_id]]) for lead_id in came}


def _put_back(member, before, data):
    """A lead that got its owner by coming into the center loses them again."""
    names, places = {center.id: center.name for center in known_to(member)}, {}
    query = Lead.select(Lead.id, Lead.center, Lead.owner).where(
        Lead.workspace == member.workspace.id, Lead.id.in_(list(before))
    )
    for lead in _locked(query.where(Lead.deleted_at.is_null())):
        center, owner, given = json.loads(before[lead.id])
        if (lead.center_id, lead.owner_id) == (data["center"], given) and (center is None or center in names):
            places.setdefault((center, owner), []).append(lead.id)
    who = {"actor_id": member.user_id, "moment": now()}
    for (center, owner), ids in places.items():
        Lead.update(center=center, owner=owner).where(Lead.id.in_(ids)).execute()
        change = [names.get(data["center"], ""), names.get(center, "")]
        told = {"changes": {"center": change}, "ids": {"center": [data["center"], center]}}
        timeline.record_many(member.workspace.id, ids, ActivityKind.EDITED, told, **who)
    return [lead_id for ids in places.values() for lead_id in ids]


# --------------------------------------------------------------- tags and the bin


def _tag(member, ids, data):
    return dict.fromkeys(tags.tag_leads(member, ids, tags.Named(**data["tag"])), "")


def _untag(member, ids, data):
    return dict.fromkeys(tags.untag_leads(member, ids, tags.Named(**data["tag"])), "")


def _delete(member, ids, data):
    gone = bulk.delete_leads(member, ids)
    rows = Lead.select(Lead.id, Lead.deleted_at).where(Lead.id.in_(gone))
    return {lead.id: stamp(lead.deleted_at) for lead in rows}


def _restore(member, before, data):
    rows = Lead.select(Lead.id, Lead.deleted_at).where(Lead.id.in_(list(before)), Lead.deleted_at.is_null(False))
    ids = [lead.id for lead in rows if stamp(lead.deleted_at) == before[lead.id]]
    restored, _ = bulk.restore_leads(member, ids)
    return [lead.id for lead in restored]


KINDS = {
    "stage": Kind(_move, _move_back),
    "owner": Kind(_assign, _assign_back),
    "center": Kind(_put, _put_back),
    "tag": Kind(_tag, _untag),
    "untag": Kind(_untag, _tag),
    "delete": Kind(_delete, _restore),
}
