"""The orders in which leads are listed, each as the segments that walking.py reads by key.

A list is a row of segments that are read one after the other, each along an index: where a field may be empty, first
those with a value, then those without; where it has few values, as a stage or an owner, one segment a value. A place in
it is the number of the segment and the keys of a row there.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from peewee import Case, fn

from db import db
from webapp.accounts.centers import known_to
from webapp.core.paging import beyond, is_moment

from .criteria import CUSTOM, custom_named
from .field_models import CustomKind, CustomValue
from .models import Lead, Stage

LARGEST = 2**63 - 1
LAST_DAY = "9999-12-31 00:00:00.000000"


@dataclass(frozen=True)
class Order:
    """An order of leads by one field. `falling`: how it is when first chosen; `kind`: of its key.

    `missing` says which leads have no value: these come last, in either direction, and `without` stands for them where
    the field is not the first of an order. `by_touch`: its index goes on with the last touch. `pieces` tells the values
    of a field that has few, in their order.
    """

    column: object
    falling: bool = False
    kind: type = str
    missing: object = None
    without: object = ""
    by_touch: bool = False
    pieces: object = None
    custom: object = None  # the Custom of a workspace's own field

    @property
    def present(self):
        """The condition of its partial index, in the very words that let the database use it."""
        return self.column != "" if self.kind is str else self.column.is_null(False)


def _stages(member):
    return [(stage, Lead.stage == stage) for stage in Stage]


def _owners(member):
    """Whoever has a lead: the people of the workspace by name, then accounts that are closed."""
    found = db.execute_sql(_OWNERS.replace("?", db.obj.param), [member.workspace.id] * 3).fetchall()
    return [(owner, Lead.owner == owner) for (owner,) in found]


_FIRST_OWNER = "SELECT min(owner_id) FROM lead WHERE workspace_id = ? AND deleted_at IS NULL AND owner_id"
# from one owner to the next by the index, however many leads each has
_OWNERS = f"""WITH RECURSIVE found (id) AS (
        {_FIRST_OWNER} > 0 UNION ALL SELECT ({_FIRST_OWNER} > found.id) FROM found WHERE found.id IS NOT NULL)
    SELECT u.id FROM found JOIN "user" u ON u.id = found.id
    LEFT JOIN membership m ON m.user_id = u.id AND m.workspace_id = ?
    ORDER BY (u.is_active AND m.id IS NOT NULL) DESC, u.full_name, u.id"""


def _centers(member):
    known = sorted(known_to(member), key=lambda center: center.name.casefold())
    return [(center.id, Lead.center == center.id) for center in known]


def _listed(column):
    return Order(column, missing=column == "", by_touch=True)


ORDERS = {
    "touch": Order(Lead.touched_at, True, datetime),
    "name": Order(Lead.name_key),
    "company": Order(Lead.company_key),
    "value": Order(Lead.value, True, int),
    "created": Order(Lead.id, True, int),  # ids are given in the order of creation
    "score": Order(Lead.score, True, int),
    "stage": Order(Lead.stage, by_touch=True, pieces=_stages),
    "owner": Order(Lead.owner, pieces=_owners, missing=Lead.owner.is_null()),
    "center": Order(Lead.center, pieces=_centers, missing=Lead.center.is_null()),
    "due": Order(Lead.next_due_at, kind=datetime, missing=Lead.next_due_at.is_null(), without=LAST_DAY),
    "employees": Order(Lead.employees, True, int, missing=Lead.employees.is_null(), without=-1),
    "email": Order(Lead.email, missing=Lead.email == ""),
    "country": _listed(Lead.country),
    "city": _listed(Lead.city),
    "industry": _listed(Lead.industry),
    "source": _listed(Lead.source),
}


def is_order(name):
    return name in ORDERS or name.startswith(CUSTOM)


def falls_first(name):
    """Whether the order `name` is falling when it is first chosen."""
    return name in ORDERS and ORDERS[name].falling


@dataclass(frozen=True)
class Key:
    """One column that a segment is ordered by."""

    column: object
    falling: bool
    kind: type = str


@dataclass(frozen=True)
class Segment:
    """A part of a list: its condition (None: all), its keys (the last one the id), what it reads besides the leads."""

    condition: object
    keys: tuple
    joined: object = None  # a Custom whose values it walks along

    def query(self, find, columns, size, keys=(), backwards=False):
        """Of up to `size` leads from behind `keys` the `columns` and the keys, these under the names key0, key1, …"""
        query = find(*columns, *(key.column.alias(f"key{at}") for at, key in enumerate(self.keys)))
        if self.joined:
            field = self.joined.field.id
            query = query.join_from(Lead, CustomValue, on=(CustomValue.lead == Lead.id) & (CustomValue.field == field))
        if self.condition is not None:
            query = query.where(self.condition)
        if keys:
            query = query.where(self.behind(keys, backwards))
        order = (key.column.desc() if key.falling != backwards else key.column.asc() for key in self.keys)
        return query.order_by(*order).limit(size)

    def behind(self, keys, backwards):
        """The condition "behind the row with these `keys`"; in one direction it is one comparison of rows."""
        columns = [key.column for key in self.keys]
        ways = [key.falling != backwards for key in self.keys]
        if len(set(ways)) == 1:
            return beyond(columns, keys, ways[0])
        steps = []
        for at, (column, value, falls) in enumerate(zip(columns, keys, ways, strict=True)):
            past = column < value if falls else column > value
            for same, other in zip(columns[:at], keys[:at], strict=True):
                past = (same == other) & past
            steps.append(past)
        within = columns[0] <= keys[0] if ways[0] else columns[0] >= keys[0]  # what an index can begin at
        return within & reduce(or_, steps)

    def takes(self, keys):
        """Whether `keys`, from an address, can be compared with the columns."""
        return len(keys) == len(self.keys) and all(map(_fits, keys, (key.kind for key in self.keys)))


def _fits(value, kind):
    if kind is datetime:
        return is_moment(value)
    if kind is int:
        return type(value) is int and abs(value) <= LARGEST
    if kind is float:
        return type(value) in (int, float)
    return type(value) is str and "\0" not in value


def segments(member, sorts, *, counted=False):
    """The Segments of a list by `sorts`, (name, falling) pairs. `counted`: so few leads that one segment will do."""
    found = [(_order(member, name), falling) for name, falling in sorts]
    found = [(order, falling) for order, falling in found if order] or [(ORDERS["touch"], True)]
    (first, falling), others = found[0], found[1:]
    rest = tuple(key for order, falls in others for key in _keys(member, order, falls))
    if not others and first.by_touch:
        rest = (Key(Lead.touched_at, falling, datetime),)
    if not (rest and rest[-1].column is Lead.id):
        rest += (Key(Lead.id, rest[-1].falling if rest else falling, int),)
    if first.column is Lead.id:
        return [Segment(None, (Key(Lead.id, falling, int),))]
    if counted:
        return [Segment(None, (*_keys(member, first, falling), *rest))]
    if first.pieces:
        pieces = [Segment(condition, rest) for _, condition in first.pieces(member)]
        pieces = pieces[::-1] if falling else pieces
    else:
        own = None if first.missing is None else first.present
        keys, joined = (Key(first.column, falling, first.kind), *rest), first.custom
        if joined:  # the id as its index has it
            keys, own = (*keys[:-1], Key(CustomValue.lead, keys[-1].falling, int)), None
        pieces = [Segment(own, keys, joined)]
    return pieces if first.missing is None else [*pieces, Segment(first.missing, rest)]


def _order(member, name):
    """The Order by this name; None for a workspace's own field that is gone."""
    if not name.startswith(CUSTOM):
        return ORDERS[name]
    slug = name.removeprefix(CUSTOM)
    custom = custom_named(member.workspace.id, {slug}).get(slug)
    if custom is None:
        return None
    number = custom.field.kind is CustomKind.NUMBER
    return Order(custom.column, kind=float if number else str, missing=~custom.has(), custom=custom)


def _keys(member, order, falling):
    """The Keys of an order that comes after another one, or sorts few leads: those without a value last."""
    if order.pieces:
        ranks = [(condition, rank) for rank, (_, condition) in enumerate(order.pieces(member))]
        ranks = ranks[::-1] if falling else ranks
        if not ranks:
            return ()
        ranked = Case(None, [(condition, rank) for rank, (condition, _) in enumerate(ranks)], len(ranks))
        return (Key(ranked, False, int),)
    if order.missing is None:
        return (Key(order.column, falling, order.kind),)
    column, without = order.column, order.without
    if order.custom:
        custom = order.custom
        mine = (CustomValue.lead == Lead.id) & (CustomValue.field == custom.field.id)
        column, without = CustomValue.select(custom.column).where(mine), 0 if order.kind is float else ""
    missing = Case(None, [(order.missing, 1)], 0)
    return (Key(missing, False, int), Key(fn.COALESCE(column, without), falling, order.kind))
