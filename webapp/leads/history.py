"""Who changed which field of a lead, from what to what: one lead's changes, or a workspace's, newest first.

What changed stands in the activities that the timeline shows, too. A field's name may be one of fields.FIELDS,
"stage", "lost_reason", "tags", or that of a custom field, which stands in `custom` beside it (Field.identity). Owner
and center are names, with their ids in `ids`; entries from before these were written have names alone.
"""

import json
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from peewee import JOIN, fn

from webapp.accounts.models import User
from webapp.core.clock import stamp
from webapp.core.errors import NotFound
from webapp.core.paging import Page, Place, by_moment, encode, ordered

from . import custom
from .custom_kinds import Field, recalled
from .fields import FIELDS
from .models import CHANGES, Activity, ActivityKind, Lead, Stage
from .queries import within_reach

SIZE = 50
PROBE = 500  # entries that one request looks at; of fewer that fit, the rest is a page further
LABELS = {"stage": "Stage", "lost_reason": "Why it was lost", "tags": "Tags"}
CHANGING = tuple(
    ActivityKind(name) for name in ("stage", "edited", "imported", "enriched", "assigned", "merged")
)  # as models.CHANGES


class Change(NamedTuple):
    """One field of an entry. `old` and `new` are as they were kept, for owner and center the id, if it is known."""

    name: str
    label: str
    old: object
    new: object
    old_text: str
    new_text: str
    field: Field | None = None  # a custom field, as it was
    exact: bool = True  # False: of owner or center only the name is known


class Entry(NamedTuple):
    """An activity that changed a lead. `actor` is a name, None for Galena."""

    id: int
    kind: ActivityKind
    created_at: datetime
    data: dict
    actor_id: int | None
    lead_id: int
    first_name: str
    last_name: str
    company: str
    email: str
    actor: str | None

    full_name = Lead.full_name
    name = Lead.name

    @property
    def changes(self):
        return changes_in(self.kind, self.data)


_COLUMNS = (
    Activity.id, Activity.kind, Activity.created_at, Activity.data, Activity.actor,
    Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email, User.full_name,
)  # fmt: skip


def label_of(name):
    return FIELDS[name].label if name in FIELDS else LABELS.get(name, name)


def changes_in(kind, data):
    """The Changes that an activity's data tell of."""
    if kind is ActivityKind.STAGE:
        changes = {"stage": [data["from"], data["to"]]}
        if data.get("reason"):
            changes["lost_reason"] = ["", data["reason"]]
    elif kind is ActivityKind.ASSIGNED:
        changes = {"owner": ["", data["owner"]]} if data.get("owner") else {}
    else:
        changes = data.get("changes") or {}
    return [_change(name, change, data) for name, change in changes.items()]


def _change(name, change, data):
    texts = [_text(name, value) for value in change]
    identity = data.get("custom", {}).get(name)
    if name in ("owner", "center"):
        ids = data.get("ids", {}).get(name)
        return Change(name, label_of(name), *(ids or change), *texts, exact=ids is not None)
    if identity:
        return Change(name, name, *change, *texts, recalled(name, identity))
    return Change(name, label_of(name), *change, *texts)


def _text(name, value):
    if name == "stage":
        return Stage(value).label
    return f"{value:,}" if isinstance(value, int) else value or ""


# ------------------------------------------------------------------- lists


class Asked(NamedTuple):
    """What of the history is asked for: changes by one person (0: by Galena), of one field, on one day."""

    person: int | None = None
    field: str = ""
    day: object = None  # a date
    zone: str = "UTC"


def changes(member, asked=Asked(), *, lead=None, cursor=None):  # noqa: B008  it is immutable
    """A Page of Entries within the member's reach, newest first; of one lead, or of the workspace.

    Bounded whatever is asked: of PROBE entries those that fit, and a cursor to what lies beyond.
    """
    place = Place.read(by_moment(cursor), 2, True)
    near = list(_near(member, asked, lead, place))
    query = _entries(member).where(Activity.id.in_([row[1] for row in near]))
    if asked.field:
        query = query.where(_changes_field(asked.field))
    rows = [Entry._make(row) for row in ordered(query, _ORDER, place.falling).limit(SIZE + 1).tuples()]
    page = place.page(list(rows), SIZE, lambda entry: _keys(entry.created_at, entry.id))
    return page if len(rows) > SIZE or len(near) < PROBE else _beyond(page, place, near[-1])


_ORDER = (Activity.created_at, Activity.id)


def _near(member, asked, lead, place):
    query = Activity.select(*_ORDER).where(Activity.workspace == member.workspace.id, CHANGES)
    if lead:
        query = query.where(Activity.lead == lead.id)
    if asked.person is not None:
        query = query.where(Activity.actor == asked.person if asked.person else Activity.actor.is_null())
    if asked.day:
        after = asked.day + timedelta(days=1)
        query = query.where(Activity.created_at >= _start(asked.day, asked), Activity.created_at < _start(after, asked))
    return ordered(query, _ORDER, place.falling, place.keys).limit(PROBE).tuples()


def _start(day, asked):
    return datetime.combine(day, time(), ZoneInfo(asked.zone)).astimezone(UTC)


def _entries(member):
    query = Activity.select(*_COLUMNS).join(Lead)
    query = query.join_from(Activity, User, JOIN.LEFT_OUTER, on=Activity.actor == User.id)
    return query.where(within_reach(member, walk=False), Lead.deleted_at.is_null())


def _changes_field(name):
    """By the text of the data: how its JSON writes a change, which a value in it cannot look like."""
    told = fn.instr(Activity.data, f"{json.dumps(name, ensure_ascii=False)}:[") > 0
    if name == "stage":
        return told | (Activity.kind == ActivityKind.STAGE)
    if name == "lost_reason":
        return told | (fn.instr(Activity.data, '"reason":"') > 0) & (Activity.kind == ActivityKind.STAGE)
    return told


def _beyond(page, place, last):
    """`page` with a way on behind the last entry that was looked at."""
    edge = encode("newer" if place.backwards else "older", *_keys(*last))
    back = encode("older" if place.backwards else "newer", *place.keys) if place.keys else None
    if place.backwards:
        return Page(page.rows, page.older or back, edge)
    return Page(page.rows, edge, page.newer or back)


def _keys(moment, entry_id):
    return stamp(moment), entry_id


def get_change(member, entry_id):
    """The Entry with this id, if it changed a lead that the member sees. Raises NotFound."""
    mine = (Activity.id == entry_id) & (Activity.workspace == member.workspace.id) & Activity.kind.in_(CHANGING)
    row = _entries(member).where(mine).tuples().first()
    if row is None:
        raise NotFound("That change does not exist, or its lead was deleted.")
    return Entry._make(row)


def fields_of(workspace):
    """[(name, label)] of every field that the history may be asked for."""
    known = [(name, label_of(name)) for name in (*FIELDS, *LABELS)]
    return known + [(field.name, field.name) for field in custom.fields_of(workspace)]
