"""Leads as lists show them: the table's page, the board's lanes. Rows are tuples, read in one query with owners."""

from datetime import datetime
from functools import partial, reduce
from typing import NamedTuple

from peewee import JOIN, SQL, Select

from webapp.accounts.models import User
from webapp.core.clock import stamp
from webapp.core.paging import Page, Place, encode, ordered, page_of
from webapp.core.prepared import Prepared

from .filters import SORTS, Filter
from .models import Lead, Stage
from .queries import as_member, finder, in_scope, matching, scope_of, visible
from .search import narrowed

LANE = 25  # cards a lane shows at first, and adds with each "Show more"


class Row(NamedTuple):
    """A lead in a list. Dumb and quick: a page has fifty of them."""

    id: int
    first_name: str
    last_name: str
    title: str
    company: str
    email: str
    industry: str
    stage: Stage
    value: int
    touched_at: datetime
    created_at: datetime
    name_key: str
    company_key: str
    owner: str | None

    full_name = Lead.full_name
    name = Lead.name


COLUMNS = (*(getattr(Lead, name) for name in Row._fields if name != "owner"), User.full_name)
KEYS = {
    "name": lambda row: (row.name_key, row.id),
    "company": lambda row: (row.company_key, row.id),
    "touch": lambda row: (stamp(row.touched_at), row.id),
    "value": lambda row: (row.value, row.id),
    "created": lambda row: (row.id,),
}


_STAGES = {stage.value: stage for stage in Stage}
_moment = Lead.touched_at.python_value
CONVERT = tuple(
    {"stage": _STAGES.get, "touched_at": _moment, "created_at": _moment}.get(name) for name in Row._fields
)  # a union's columns come as the database keeps them


class _Rows:
    """A query whose results are Rows; page_of() orders, bounds and lists it."""

    def __init__(self, query):
        self.query = query

    def __getattr__(self, name):
        return lambda *args: _Rows(getattr(self.query, name)(*args))

    def __iter__(self):
        return map(Row._make, self.query.tuples())


def with_owner(query):
    return query.join(User, JOIN.LEFT_OUTER, on=Lead.owner == User.id)


def table(member, chosen):
    """The Page of Rows that the Filter `chosen` asks for."""
    columns, keys_of = chosen.order.columns, KEYS[chosen.sort]
    if chosen.search:
        find = finder(member, narrowed(chosen.search), chosen.center)
        query = with_owner(find(*COLUMNS, stage=chosen.stage))
        return page_of(_Rows(query), columns, keys_of, size=chosen.size, cursor=chosen.page, descending=chosen.falling)
    place = Place.read(chosen.page, len(columns), chosen.falling)
    scope, values = scope_of(member, chosen.center, lane=chosen.is_lane)
    first, last = (place.keys[0], place.keys[-1]) if place.keys else (None, None)
    shape = (scope, chosen.stage is not None, chosen.sort, place.falling, bool(place.keys))
    stage = chosen.stage and chosen.stage.value
    rows = _page(*shape, **values, stage=stage, first=first, last=last, size=chosen.size + 1)
    return place.page(rows, chosen.size, keys_of)


@partial(Prepared, row=Row)
def _page(scope, in_stage, sort, falling, placed, *, stage, first, last, size, **values):
    query = with_owner(in_scope(scope, *COLUMNS, stage=stage if in_stage else None, **values))
    columns = SORTS[sort].columns
    keys = (first, last)[-len(columns) :] if placed else ()
    return ordered(query, columns, falling, keys).limit(size)


def lane(member, stage, *, search="", center=None, cursor=None):
    """The Page of Rows of one stage on the board, the last touched first."""
    return table(member, Filter(stage=stage, search=search, center=center, size=LANE, page=cursor or ""))


def lanes(member, *, search="", center=None):
    """{Stage: Page} of the first cards of every stage, in one query."""
    found = {stage: [] for stage in Stage}
    if search:
        find = finder(member, narrowed(search), center)
        cards = _together(_first_of(with_owner(find(*COLUMNS, stage=stage))) for stage in Stage).tuples()
    else:
        scope, values = scope_of(member, center, lane=True)
        cards = _first_cards(scope, **values)
    for values in cards:
        card = Row._make(convert(value) if convert else value for convert, value in zip(CONVERT, values, strict=True))
        found[card.stage].append(card)
    return {stage: _first(cards) for stage, cards in found.items()}


@Prepared
def _first_cards(scope, **values):
    return _together(_first_of(with_owner(in_scope(scope, *COLUMNS, stage=stage, **values))) for stage in Stage)


def _first_of(query):
    return query.order_by(Lead.touched_at.desc(), Lead.id.desc()).limit(LANE + 1)


def _first(cards):
    older = encode("older", *KEYS["touch"](cards[LANE - 1])) if len(cards) > LANE else None
    return Page(tuple(cards[:LANE]), older, None)


def row(member, lead_id):
    """One lead as a Row, or None when the member sees it no more."""
    query = with_owner(visible(member, *COLUMNS)).where(Lead.id == lead_id)
    return next(iter(_Rows(query)), None)


def neighbours(member, lead, chosen):
    """(id before, id after) of `lead` in the order of `chosen`, None at an end. One query."""
    keys, falling = KEYS[chosen.sort](lead), chosen.falling
    if chosen.search:
        leads = partial(finder(member, narrowed(chosen.search), chosen.center), stage=chosen.stage)
        sides = _sides(leads, chosen.sort, falling, keys).tuples()
    else:
        stage = chosen.stage and chosen.stage.value
        scope, values = scope_of(member, chosen.center, lane=chosen.is_lane)
        shape = (scope, stage is not None, chosen.sort, falling)
        sides = _prepared_sides(*shape, **values, stage=stage, first=keys[0], last=keys[-1])
    found = dict(map(tuple, sides))
    return found.get("before"), found.get("after")


@Prepared
def _prepared_sides(scope, in_stage, sort, falling, *, stage, first, last, **values):
    keys = (first, last)[-len(SORTS[sort].columns) :]
    leads = partial(in_scope, scope, stage=stage if in_stage else None, **values)
    return _sides(leads, sort, falling, keys)


def _sides(leads, sort, falling, keys):
    """A query for the nearest of `leads(*columns)` on each side: (side, id)."""

    def nearest(side, falling):
        query = leads(SQL(f"'{side}'").alias("side"), Lead.id)
        return ordered(query, SORTS[sort].columns, falling, keys).limit(1)

    return _together([nearest("before", not falling), nearest("after", falling)])


def _together(queries):
    """One query for the rows of all `queries`, unconverted. In a UNION, SQLite takes a LIMIT only in a table inside."""
    parts = []
    for query in queries:
        inner = query.alias("part")
        parts.append(Select([inner], [getattr(inner.c, column_name(column)) for column in query._returning]))
    return reduce(lambda one, other: one.union_all(other), parts).bind(Lead._meta.database)


def column_name(column):
    return getattr(column, "_alias", None) or column.column_name


def others_at(member, lead, *, limit=5):
    """Rows of other leads at the same company: by name, or else by domain."""
    if lead.company_key:
        whose = {"workspace": member.workspace.id, "user": member.user_id}
        return _others(member.reach, **whose, company=lead.company_key, lead=lead.id, size=limit)
    if lead.domain:
        query = with_owner(visible(member, *COLUMNS)).where(matching(lead.domain), Lead.domain == lead.domain)
        return list(_Rows(query.where(Lead.id != lead.id).order_by(Lead.id).limit(limit)))
    return []


@partial(Prepared, row=Row)
def _others(reach, *, workspace, user, company, lead, size):
    query = with_owner(visible(as_member(reach, workspace, user), *COLUMNS))
    return query.where(Lead.company_key == company, Lead.id != lead).order_by(Lead.id).limit(size)
