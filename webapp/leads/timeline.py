"""A lead's timeline: what happened to it, newest first."""

import json
from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, fn

from db import db
from webapp.accounts.models import User
from webapp.core.clock import now, stamp
from webapp.core.paging import Place, decode, ordered
from webapp.core.prepared import Prepared

from .filters import SORTS
from .models import Activity, ActivityKind

FILTERS = {
    "all": None,
    "mail": (ActivityKind.EMAIL, ActivityKind.UNSUBSCRIBED),
    "notes": (ActivityKind.NOTE,),
    "changes": tuple(
        kind for kind in ActivityKind if kind not in (ActivityKind.EMAIL, ActivityKind.UNSUBSCRIBED, ActivityKind.NOTE)
    ),
}
SIZE = 50


def record(workspace, lead_id, kind, data=None, *, actor_id=None, moment=None):
    """Put one entry on a lead's timeline, in the caller's transaction. `actor_id` None means Galena did it itself."""
    return Activity.create(
        workspace=workspace, lead=lead_id, kind=kind, data=data or {}, actor=actor_id, created_at=moment or now()
    )


def record_many(workspace, lead_ids, kind, data=None, *, actor_id=None, moment=None):
    """The same entry on many timelines; `workspace` is a row or its id."""
    entries = [(lead_id, data or {}) for lead_id in lead_ids]
    record_each(workspace, entries, kind, actor_id=actor_id, moment=moment or now())


def record_each(workspace, entries, kind, *, moment, actor_id=None):
    """An entry with data of its own on each of many timelines; `entries` are (lead_id, data) pairs."""
    workspace_id, created_at = getattr(workspace, "id", workspace), Activity.created_at.db_value(moment)
    rows = [
        (workspace_id, lead_id, actor_id, kind.value, Activity.data.db_value(data), created_at)
        for lead_id, data in entries
    ]
    sql = "INSERT INTO activity (workspace_id, lead_id, actor_id, kind, data, created_at) VALUES (?, ?, ?, ?, ?, ?)"
    db.obj.cursor().executemany(sql.replace("?", db.obj.param), rows)  # insert_many takes five times as long


def timeline(member, lead, *, only="all", cursor=None, size=SIZE):
    """A Page of `lead`'s activities as Entries, newest first; `only` is a key of FILTERS."""
    if not SORTS["touch"].takes(decode(cursor)[1]):
        cursor = None
    place = Place.read(cursor, 2, descending=True)
    moment, last = place.keys or (None, None)
    where = {"workspace": member.workspace.id, "lead": lead.id, "moment": moment, "last": last, "size": size + 1}
    rows = _entries(FILTERS.get(only), place.falling, bool(place.keys), **where)
    return place.page(rows, size, lambda entry: (stamp(entry.created_at), entry.id))


class Entry(NamedTuple):
    """An activity as the timeline shows it. `data` is the text of its JSON; `actor` a name, None for Galena."""

    id: int
    kind: ActivityKind
    created_at: datetime
    text: str
    actor: str | None

    @property
    def data(self):
        return json.loads(self.text)


@partial(Prepared, row=Entry)
def _entries(kinds, falling, placed, *, workspace, lead, moment, last, size):
    text = fn.COALESCE(Activity.data, "{}").alias("text")
    columns = (Activity.id, Activity.kind, Activity.created_at, text, User.full_name)
    query = Activity.select(*columns).join(User, JOIN.LEFT_OUTER, on=Activity.actor == User.id)
    query = query.where(Activity.workspace == workspace, Activity.lead == lead)
    if kinds:
        query = query.where(Activity.kind.in_(kinds))
    return ordered(query, (Activity.created_at, Activity.id), falling, (moment, last) if placed else ()).limit(size)
