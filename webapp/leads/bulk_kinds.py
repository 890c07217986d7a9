"""What a bulk action can change of leads, and how that is taken back.

Each kind is a pair of functions, called with a batch in a transaction. The first changes what the member may change and
returns {lead id: what it had before, a text}, without those where nothing changed. The second, given that again, puts
back the leads that still have what the action set, and returns their ids. `column` is what the change writes over: of a
lead where that is not any more what it was when the action began, somebody else has the last word.
"""

import json
from typing import NamedTuple

from peewee import Field

from webapp.accounts.centers import centers_with, known_to
from webapp.accounts.members import people
from webapp.accounts.models import Reach
from webapp.core.clock import now, stamp

from . import bulk, tags, timeline
from .assignment import enter
from .holding import among, locked, set_each
from .models import ActivityKind, Lead, Stage
from .pipeline import reached
from .queries import visible

MOMENTS = ("stage_changed_at", "touched_at", "contacted_at", "replied_at", "converted_at", "lost_at")
PLACE = ("stage", "lost_reason", *MOMENTS)  # what a move changes of a lead


class Kind(NamedTuple):
    change: object
    undo: object
    column: Field | None = None


def as_text(value):
    """What the database gave, as a text that is the same on SQLite and Postgres, and the value itself to both."""
    return value if value is None or isinstance(value, str | int) else value.isoformat(" ", "microseconds")


def _of(member, ids, *columns):
    return visible(member, Lead.id, *columns, walk=False).where(among(ids))


# ------------------------------------------------------------------------ stage


def _move(member, ids, data):
    stage, moment, before = Stage(data["stage"]), now(), {}
    columns = [getattr(Lead, name) for name in PLACE]
    for lead_id, *place in locked(_of(member, ids, *columns).where(Lead.stage != stage)):
        before[lead_id] = dict(zip(PLACE, map(as_text, place), strict=True))
    Lead.update(reached(stage, moment)).where(among(before)).execute()
    _record_moves(member, [(lead_id, place["stage"], stage) for lead_id, place in before.items()], moment)
    return {lead_id: json.dumps({"set_at": stamp(moment), **place}) for lead_id, place in before.items()}


def _move_back(member, before, data):
    """A lead that moved on since stays, and so does one for whose loss somebody gave a reason."""
    stage, back = Stage(data["stage"]), []
    columns = (Lead.stage_changed_at, Lead.touched_at)
    unchanged = (Lead.stage == stage) & (Lead.lost_reason == "")
    for lead_id, *moments in locked(_of(member, before, *columns).where(unchanged)):
        changed_at, touched_at = map(as_text, moments)
        place = json.loads(before[lead_id])
        set_at = place.pop("set_at")
        if changed_at == set_at:
            if touched_at != set_at:  # somebody did something with it since, which stays said
                place["touched_at"] = touched_at
            back.append((*place.values(), lead_id))
    set_each([getattr(Lead, name) for name in PLACE], [Lead.id], back)
    _record_moves(member, [(lead_id, stage, former) for former, *_, lead_id in back], now())
    return [lead_id for *_, lead_id in back]


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
    leads = locked(query)
    _give(member, [(lead_id, former, owner) for lead_id, former in leads])
    return {lead_id: json.dumps(former) for lead_id, former in leads}


def _assign_back(member, before, data):
    owner = data["owner"]
    mine = Lead.owner.is_null() if owner is None else Lead.owner == owner
    known = {person.id for person in people(member.workspace)}
    former = {lead_id: json.loads(before[lead_id]) for (lead_id,) in locked(_of(member, before).where(mine))}
    back = {lead_id: one for lead_id, one in former.items() if one is None or one in known}
    _give(member, [(lead_id, owner, one) for lead_id, one in back.items()])
    return list(back)


def _is_not(column, value):
    return (column != value) | column.is_null()


def _give(member, changes):
    """Write new owners, (lead id, former owner's id, new one's), and tell it on the timelines."""
    set_each([Lead.owner], [Lead.id], [(new, lead_id) for lead_id, _, new in changes])
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
    former = {lead_id: place for lead_id, *place in locked(_of(member, ids, Lead.center, Lead.owner))}
    moved, _ = bulk.move_to_center(member, list(former), data["center"])
    came = [lead_id for those in moved.values() for lead_id in those]
    owners = dict(Lead.select(Lead.id, Lead.owner).where(among(came)).tuples())
    return {lead_id: json.dumps([*former[lead_id], owners[lead_id]]) for lead_id in came}


def _put_back(member, before, data):
    """A lead that got its owner by coming into the center loses them again."""
    names, back = {center.id: center.name for center in known_to(member)}, []
    ours = (Lead.workspace == member.workspace.id) & Lead.deleted_at.is_null() & among(before)
    for lead_id, *place in locked(Lead.select(Lead.id, Lead.center, Lead.owner).where(ours)):
        center, owner, given = json.loads(before[lead_id])
        if place == [data["center"], given] and (center is None or center in names):
            back.append((center, owner, lead_id))
    set_each([Lead.center, Lead.owner], [Lead.id], back)
    entries = []
    for center, _, lead_id in back:
        change = [names.get(data["center"], ""), names.get(center, "")]
        entries.append((lead_id, {"changes": {"center": change}, "ids": {"center": [data["center"], center]}}))
    who = {"actor_id": member.user_id, "moment": now()}
    timeline.record_each(member.workspace.id, entries, ActivityKind.EDITED, **who)
    return [lead_id for *_, lead_id in back]


# --------------------------------------------------------------- tags and the bin


def _tag(member, ids, data):
    return dict.fromkeys(tags.tag_leads(member, ids, tags.Named(**data["tag"])), "")


def _untag(member, ids, data):
    return dict.fromkeys(tags.untag_leads(member, ids, tags.Named(**data["tag"])), "")


def _delete(member, ids, data):
    gone = bulk.delete_leads(member, ids)
    return {lead_id: as_text(moment) for lead_id, moment in locked(_binned(gone))}


def _restore(member, before, data):
    ids = [lead_id for lead_id, moment in locked(_binned(before)) if as_text(moment) == before[lead_id]]
    restored, _ = bulk.restore_leads(member, ids)
    return [lead.id for lead in restored]


def _binned(ids):
    return Lead.select(Lead.id, Lead.deleted_at).where(among(ids), Lead.deleted_at.is_null(False))


KINDS = {
    "stage": Kind(_move, _move_back, Lead.stage_changed_at),
    "owner": Kind(_assign, _assign_back, Lead.owner),
    "center": Kind(_put, _put_back, Lead.center),
    "tag": Kind(_tag, _untag),
    "untag": Kind(_untag, _tag),
    "delete": Kind(_delete, _restore),
}
