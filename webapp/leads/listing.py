"""Leads as lists show them: the table's page, the board's lanes. Rows are tuples, read in one query with owners."""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, SQL, Select

from db import is_sqlite
from webapp.accounts.models import User
from webapp.core.clock import stamp
from webapp.core.paging import Page, Place, encode, ordered
from webapp.core.prepared import Prepared
from webapp.core.unions import part, together

from .criteria import CUSTOM
from .field_models import CustomField, CustomValue, LeadTag, Tag
from .models import Lead, Stage
from .ordering import ORDERS, Key, Segment, segments
from .queries import IN_ORDER, Finder, in_scope, scope_of, visible
from .walking import beside, page_of

LANE = 25  # cards a lane shows at first, and adds with each "Show more"
IN_LANES = ("owner", "center")  # whose index goes on with stage and last touch
TAGS_APART = "\x1f"  # between the names of tags: no name holds it


class Row(NamedTuple):
    """A lead in a list. Dumb and quick: a page has fifty of them. `tags` are names, see tag_names."""

    id: int
    first_name: str
    last_name: str
    title: str
    company: str
    email: str
    phone: str
    website: str
    domain: str
    linkedin: str
    industry: str
    employees: int | None
    city: str
    region: str
    country: str
    source: str
    stage: Stage
    value: int
    score: int
    lost_reason: str
    next_due_at: datetime | None
    next_step: str
    next_kind: str
    touched_at: datetime
    created_at: datetime
    stage_changed_at: datetime
    contacted_at: datetime | None
    replied_at: datetime | None
    converted_at: datetime | None
    lost_at: datetime | None
    name_key: str
    company_key: str
    owner_id: int | None
    center_id: int | None
    owner: str | None
    tags: str | None

    full_name = Lead.full_name
    name = Lead.name

    @property
    def tag_names(self):
        return tuple(self.tags.split(TAGS_APART)) if self.tags else ()


def _tags():
    """The names of a lead's tags in one text, by name."""
    of_lead = Tag.select(Tag.name).join(LeadTag).where(LeadTag.lead == Lead.id).order_by(Tag.name_key)
    together = SQL("group_concat(named.name, char(31))" if is_sqlite() else "string_agg(named.name, chr(31))")
    return Select([of_lead.alias("named")], [together]).alias("tags")


def columns():
    """What a Row is made of, in its order."""
    return (*(getattr(Lead, name) for name in Row._fields[:-2]), User.full_name, _tags())


KEYS = {
    "name": lambda row: (row.name_key, row.id),
    "company": lambda row: (row.company_key, row.id),
    "touch": lambda row: (stamp(row.touched_at), row.id),
    "value": lambda row: (row.value, row.id),
    "created": lambda row: (row.id,),
}
_moment = Lead.touched_at.python_value
_STAGES = {stage.value: stage for stage in Stage}
CONVERT = tuple(
    _STAGES.get if name == "stage" else _moment if name.endswith("_at") else None for name in Row._fields
)  # a union's columns come as the database keeps them


def with_owner(query):
    return query.join(User, JOIN.LEFT_OUTER, on=Lead.owner == User.id)


def table(member, chosen, find=None):
    """The Page of Rows that the Filter `chosen` asks for; `find` is queries.finder() of it, if that was made before."""
    if chosen.is_plain:
        return _plain_table(member, chosen)
    find, parts = _found(member, chosen, find)
    return page_of(find, columns(), Row._make, parts, size=chosen.size, cursor=chosen.page)


def _found(member, chosen, find=None):
    """(a function of columns, the Segments) of a list that is not plain."""
    along = [chosen.sort]
    if chosen.sort == "touch":
        along = [field for field in IN_ORDER if chosen.where.single(field)][:1]
    find = (find or Finder(member, chosen)).along(along)
    return lambda *wanted: with_owner(find(*wanted)), segments(member, chosen.sorts, counted=find.counted)


def _plain_table(member, chosen):
    scope, values = scope_of(member, chosen.center, lane=chosen.is_lane)
    return _plain_page(scope, values, chosen.sort, chosen.falling, chosen.stage, chosen.page, chosen.size)


def _plain_page(scope, values, sort, falling, stage, cursor, size):
    place = _place(sort, falling, cursor)
    first, last = (place.keys[0], place.keys[-1]) if place.keys else (None, None)
    shape = (scope, stage is not None, sort, place.falling, bool(place.keys))
    rows = _page(*shape, **values, stage=stage and stage.value, first=first, last=last, size=size + 1)
    return place.page(rows, size, KEYS[sort])


def _place(sort, falling, cursor):
    """Where the page of a plain order begins; at the start when the keys cannot be compared: anybody can make some."""
    keys = _plain_keys(sort)
    place = Place.read(cursor, len(keys), falling)
    return place if not place.keys or Segment(None, keys).takes(place.keys) else Place((), falling)


def _plain_keys(sort):
    first = Key(ORDERS[sort].column, False, ORDERS[sort].kind)
    return (first,) if sort == "created" else (first, Key(Lead.id, False, int))


def _plain_columns(sort):
    return [key.column for key in _plain_keys(sort)]


@partial(Prepared, row=Row)
def _page(scope, in_stage, sort, falling, placed, *, stage, first, last, size, **values):
    query = with_owner(in_scope(scope, *columns(), stage=stage if in_stage else None, **values))
    by = _plain_columns(sort)
    keys = (first, last)[-len(by) :] if placed else ()
    return ordered(query, by, falling, keys).limit(size)


def lane(member, stage, chosen):
    """The Page of Rows of one stage on the board, the last touched first, from where `chosen` names a page."""
    if chosen.is_plain and chosen.stage is None:
        scope, values = scope_of(member, chosen.center, lane=True)
        return _plain_page(scope, values, "touch", True, stage, chosen.page, LANE)
    place = _place("touch", True, chosen.page)
    query = with_owner(Finder(member, chosen, IN_LANES)(*columns(), stage=stage))
    query = ordered(query, _plain_columns("touch"), place.falling, place.keys)
    return place.page(list(map(Row._make, query.limit(LANE + 1).tuples())), LANE, KEYS["touch"])


def lanes(member, chosen, find=None):
    """{Stage: Page} of the first cards of every stage, in one query; `find` as of table()."""
    found = {stage: [] for stage in Stage}
    if chosen.is_plain and chosen.stage is None:
        scope, values = scope_of(member, chosen.center, lane=True)
        cards = _first_cards(scope, **values)
    else:
        find = (find or Finder(member, chosen)).along(IN_LANES)
        cards = together(_first_of(with_owner(find(*columns(), stage=stage))) for stage in Stage).tuples()
    for values in cards:
        card = Row._make(convert(value) if convert else value for convert, value in zip(CONVERT, values, strict=True))
        found[card.stage].append(card)
    return {stage: _first(cards) for stage, cards in found.items()}


@Prepared
def _first_cards(scope, **values):
    return together(_first_of(with_owner(in_scope(scope, *columns(), stage=stage, **values))) for stage in Stage)


def _first_of(query):
    return part(query.order_by(Lead.touched_at.desc(), Lead.id.desc()).limit(LANE + 1))


def _first(cards):
    older = encode("older", *KEYS["touch"](cards[LANE - 1])) if len(cards) > LANE else None
    return Page(tuple(cards[:LANE]), older, None)


def row(member, lead_id):
    """One lead as a Row, or None when the member sees it no more."""
    found = rows(member, [lead_id])
    return found[0] if found else None


def rows(member, lead_ids):
    """The Rows of those of `lead_ids` that the member sees, in no order."""
    query = with_owner(visible(member, *columns(), walk=False)).where(Lead.id.in_(lead_ids))
    return list(map(Row._make, query.tuples()))


def custom_values(member, rows, names):
    """{lead id: {name of a workspace's own field as a Filter has it: text}} of `rows`, in one query."""
    slugs = [name.removeprefix(CUSTOM) for name in names if name.startswith(CUSTOM)]
    found = {row.id: {} for row in rows}
    if slugs and rows:
        query = CustomValue.select(CustomValue.lead, CustomField.slug, CustomValue.text).join(CustomField)
        query = query.where(CustomField.workspace == member.workspace.id, CustomField.slug.in_(slugs))
        for lead_id, slug, text in query.where(CustomValue.lead.in_(list(found))).tuples():
            found[lead_id][CUSTOM + slug] = text
    return found


def neighbours(member, lead, chosen):
    """(id before, id after) of `lead` in the order of `chosen`, None at an end."""
    if not chosen.is_plain:
        find, parts = _found(member, chosen)
        plain = chosen.sort in KEYS and len(chosen.sorts) == 1
        return beside(find, parts, lead.id, (0, KEYS[chosen.sort](lead)) if plain else None)
    keys = KEYS[chosen.sort](lead)
    scope, values = scope_of(member, chosen.center, lane=chosen.is_lane)
    shape = (scope, chosen.stage is not None, chosen.sort, chosen.falling)
    stage = chosen.stage and chosen.stage.value
    sides = _sides(*shape, **values, stage=stage, first=keys[0], last=keys[-1])
    found = dict(map(tuple, sides))
    return found.get("before"), found.get("after")


@Prepared
def _sides(scope, in_stage, sort, falling, *, stage, first, last, **values):
    """The nearest leads on each side: (side, id)."""
    by = _plain_columns(sort)

    def nearest(side, falling):
        query = in_scope(scope, SQL(f"'{side}'").alias("side"), Lead.id, stage=stage if in_stage else None, **values)
        return part(ordered(query, by, falling, (first, last)[-len(by) :]).limit(1))

    return together([nearest("before", not falling), nearest("after", falling)])
