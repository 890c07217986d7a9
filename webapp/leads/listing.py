"""Leads as lists show them: the table's page, the board's lanes. Rows are tuples, read in one query with owners."""

from datetime import datetime
from functools import reduce
from types import SimpleNamespace
from typing import NamedTuple

from peewee import JOIN, SQL, Select

from webapp.accounts.models import User
from webapp.core.clock import stamp
from webapp.core.paging import Page, beyond, encode, page_of
from webapp.core.prepared import Prepared

from .filters import Filter
from .models import Lead, Stage
from .queries import listed, matching, visible
from .search import Narrowed, narrowed

EVERYTHING = Narrowed(None, True)
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


_MOMENT = Lead.touched_at.python_value
_STAGES = {stage.value: stage for stage in Stage}


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
    query = with_owner(listed(member, narrowed(chosen.search), *COLUMNS))
    query = query.where(Lead.stage == chosen.stage) if chosen.stage else query
    order = chosen.order
    return page_of(
        _Rows(query), order.columns, KEYS[chosen.sort], size=chosen.size, cursor=chosen.page, descending=chosen.falling
    )


def lane(member, stage, *, search="", cursor=None):
    """The Page of Rows of one stage on the board, the last touched first."""
    return table(member, Filter(stage=stage, search=search, size=LANE, page=cursor or ""))


def lanes(member, *, search=""):
    """{Stage: Page} of the first cards of every stage, in one query."""
    found = {stage: [] for stage in Stage}
    if search:
        met = narrowed(search)
        cards = _together(_lane_query(member, stage, met) for stage in Stage).tuples()
    else:
        cards = _first_cards(member.reach, workspace=member.workspace.id, user=member.user_id)
    for values in cards:
        card = Row(*values)
        stage = _STAGES[card.stage]
        moments = {"touched_at": _MOMENT(card.touched_at), "created_at": _MOMENT(card.created_at)}
        found[stage].append(card._replace(stage=stage, **moments))
    return {stage: _first(cards) for stage, cards in found.items()}


@Prepared
def _first_cards(reach, *, workspace, user):
    member = SimpleNamespace(reach=reach, workspace=SimpleNamespace(id=workspace), user_id=user)
    return _together(_lane_query(member, stage, EVERYTHING) for stage in Stage)


def _lane_query(member, stage, met):
    query = with_owner(listed(member, met, *COLUMNS)).where(Lead.stage == stage)
    return query.order_by(Lead.touched_at.desc(), Lead.id.desc()).limit(LANE + 1)


def _first(cards):
    older = encode("older", *KEYS["touch"](cards[LANE - 1])) if len(cards) > LANE else None
    return Page(cards[:LANE], older, None)


def row(member, lead_id):
    """One lead as a Row, or None when the member sees it no more."""
    query = with_owner(visible(member, *COLUMNS)).where(Lead.id == lead_id)
    return next(iter(_Rows(query)), None)


def neighbours(member, lead, chosen):
    """(id before, id after) of `lead` in the order of `chosen`, None at an end. One query."""
    keys = KEYS[chosen.sort](lead)
    columns = chosen.order.columns
    met = narrowed(chosen.search)

    def nearest(side, falling):
        query = listed(member, met, SQL(f"'{side}'").alias("side"), Lead.id)
        query = query.where(Lead.stage == chosen.stage) if chosen.stage else query
        order = [column.desc() if falling else column.asc() for column in columns]
        return query.where(beyond(columns, keys, falling)).order_by(*order).limit(1)

    before, after = nearest("before", not chosen.falling), nearest("after", chosen.falling)
    found = dict(_together([before, after]).tuples())
    return found.get("before"), found.get("after")


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
    query = with_owner(visible(member, *COLUMNS)).where(Lead.id != lead.id)
    if lead.company_key:
        query = query.where(Lead.company_key == lead.company_key)
    elif lead.domain:
        query = query.where(matching(lead.domain), Lead.domain == lead.domain)
    else:
        return []
    return list(_Rows(query.order_by(Lead.id).limit(limit)))
