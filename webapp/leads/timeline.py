"""A lead's timeline: what happened to it, newest first."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, fn

from db import execute_many
from webapp.accounts.models import User
from webapp.core.clock import now, stamp
from webapp.core.paging import Page, Place, by_moment, ordered
from webapp.core.prepared import Prepared
from webapp.core.unions import part, together

from .mentions import mention_pattern
from .models import Activity, ActivityKind
from .words import note_text

FILTERS = {
    "all": None,
    "mail": (
        ActivityKind.EMAIL,
        ActivityKind.RECEIVED,
        ActivityKind.ANSWERED,
        ActivityKind.WRITTEN,
        ActivityKind.UNSUBSCRIBED,
    ),
    "notes": (ActivityKind.NOTE,),
    "calls": (ActivityKind.CALL,),
    "todos": (ActivityKind.TODO,),
}
_NO_CHANGES = {kind for kinds in FILTERS.values() if kinds for kind in kinds}
FILTERS["changes"] = tuple(kind for kind in ActivityKind if kind not in _NO_CHANGES)
SIZE = 50
PINNED = 20  # entries that stay on top


def record(workspace, lead_id, kind, data=None, *, actor_id=None, moment=None):
    """Put one entry on a lead's timeline, in the caller's transaction; `workspace` is a row or its id. `actor_id` None
    means Galena did it itself.
    """
    data, moment = data or {}, moment or now()
    whose = {"workspace": getattr(workspace, "id", workspace), "lead": lead_id, "actor": actor_id}
    said = {"search_text": note_text(kind, data)}
    kept = {"data": Activity.data.db_value(data), "created_at": Activity.created_at.db_value(moment)}
    row = _insert.one(kind=kind.value, **whose, **said, **kept)
    return Activity(id=row.id, kind=kind, data=data, created_at=moment, **whose, **said)


@Prepared
def _insert(**values):
    return Activity.insert(values).returning(Activity.id)


def record_many(workspace, lead_ids, kind, data=None, *, actor_id=None, moment=None):
    """The same entry on many timelines; `workspace` is a row or its id."""
    entries = [(lead_id, data or {}) for lead_id in lead_ids]
    record_each(workspace, entries, kind, actor_id=actor_id, moment=moment or now())


def record_each(workspace, entries, kind, *, moment, actor_id=None):
    """An entry with data of its own on each of many timelines; `entries` are (lead_id, data) pairs."""
    workspace_id, created_at = getattr(workspace, "id", workspace), Activity.created_at.db_value(moment)
    rows = [
        (workspace_id, lead_id, actor_id, kind.value, Activity.data.db_value(data), created_at, note_text(kind, data))
        for lead_id, data in entries
    ]
    columns = "workspace_id, lead_id, actor_id, kind, data, created_at, search_text"
    sql = f"INSERT INTO activity ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)"
    execute_many(sql, rows)  # insert_many takes five times as long


@dataclass(frozen=True)
class Timeline(Page):
    """A Page of Entries, newest first; `pinned` are those that stay on top of the first page, and not in its rows."""

    pinned: tuple = ()

    @property
    def count(self):
        """How many entries there are, when this page shows all of them; else None."""
        whole = self.older is None and self.newer is None
        return len(self.rows) + len(self.pinned) if whole else None


def timeline(member, lead, *, only="all", cursor=None, size=SIZE):
    """The Timeline of `lead`; `only` is a key of FILTERS. One query."""
    place = Place.read(by_moment(cursor), 2, descending=True)
    moment, last = place.keys or (None, None)
    where = {"workspace": member.workspace.id, "lead": lead.id, "moment": moment, "last": last, "size": size + 1}
    rows = [_entry(row) for row in _entries(FILTERS.get(only), place.falling, bool(place.keys), **where)]
    pinned = tuple(entry for entry in rows if entry.pinned_at)
    page = place.page(
        [entry for entry in rows if not entry.pinned_at], size, lambda row: (stamp(row.created_at), row.id)
    )
    return Timeline(page.rows, page.older, page.newer, pinned)


class Entry(NamedTuple):
    """An activity as the timeline shows it. `text` is that of its data's JSON; `actor` a name, None for Galena."""

    id: int
    kind: ActivityKind
    created_at: datetime
    pinned_at: datetime | None
    actor_id: int | None
    text: str
    actor: str | None

    @property
    def data(self):
        return json.loads(self.text)

    @property
    def pieces(self):
        """What was written, as (text, whether it names somebody) pairs."""
        data = self.data
        text, names = data.get("text", ""), tuple(data.get("names", ()))
        if not names:
            return [(text, False)]
        said = mention_pattern(names).split(text)
        return [(f"@{piece}" if position % 2 else piece, bool(position % 2)) for position, piece in enumerate(said)]


def own(activity, member):
    """The Entry of an Activity that `member` wrote."""
    text = json.dumps(activity.data)
    given = activity.id, activity.kind, activity.created_at, activity.pinned_at, member.user_id
    return Entry(*given, text, member.full_name)


_KINDS = {kind.value: kind for kind in ActivityKind}
_moment = Activity.created_at.python_value


def _entry(row):
    """The Entry of a row of a union, whose columns come as the database keeps them."""
    entry_id, kind, created_at, pinned_at, *rest = row
    return Entry(entry_id, _KINDS[kind], _moment(created_at), pinned_at and _moment(pinned_at), *rest)


_NAMES = ("id", "kind", "created_at", "pinned_at", "actor_id", "text", "full_name")


@Prepared
def _entries(kinds, falling, placed, *, workspace, lead, moment, last, size):
    """A page's entries, and on the first page the pinned ones before them."""
    found = partial(_of_lead, kinds, workspace=workspace, lead=lead)
    keys = (moment, last) if placed else ()
    columns = (Activity.created_at, Activity.id)
    page = ordered(found(Activity.pinned_at.is_null()), columns, falling, keys).limit(size)
    if placed:
        return together([part(page, _NAMES)])
    pinned = found(Activity.pinned_at.is_null(False)).order_by(Activity.pinned_at.desc()).limit(PINNED)
    return together([part(pinned, _NAMES), part(page, _NAMES)])


def _of_lead(kinds, condition, *, workspace, lead):
    text = fn.COALESCE(Activity.data, "{}").alias("text")
    columns = (Activity.id, Activity.kind, Activity.created_at, Activity.pinned_at, Activity.actor, text)
    query = Activity.select(*columns, User.full_name).join(User, JOIN.LEFT_OUTER, on=Activity.actor == User.id)
    query = query.where(Activity.workspace == workspace, Activity.lead == lead, condition)
    return query.where(Activity.kind.in_(kinds)) if kinds else query
