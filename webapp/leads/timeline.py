"""A lead's timeline: what happened to it, newest first."""

from db import db
from webapp.accounts.models import User
from webapp.core.clock import now, stamp
from webapp.core.paging import decode, page_of

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
    """A Page of `lead`'s activities, newest first, each with its actor; `only` is a key of FILTERS."""
    query = (
        Activity.of(member.workspace)
        .select(Activity, User.id, User.full_name)
        .join_from(Activity, User, "LEFT OUTER JOIN")
        .where(Activity.lead == lead.id)
    )
    if not SORTS["touch"].takes(decode(cursor)[1]):
        cursor = None
    if kinds := FILTERS.get(only):
        query = query.where(Activity.kind.in_(kinds))
    return page_of(query, [Activity.created_at, Activity.id], _keys, size=size, cursor=cursor)


def _keys(activity):
    return stamp(activity.created_at), activity.id
