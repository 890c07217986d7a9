import random
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import ImmutableMultiDict

from tests import factories
from webapp.core.paging import encode
from webapp.leads.conditions import Condition, Where, one
from webapp.leads.filters import Filter
from webapp.leads.listing import lane, lanes, neighbours, table
from webapp.leads.models import Lead, Stage
from webapp.leads.ordering import ORDERS
from webapp.leads.queries import get_lead

CONTAINS = Condition("company", "has", ("a|b", "c\\d.e"))
SEVERAL = Where((CONTAINS,), ((one("stage", "new"), one("owner", "me")),), any=True)
NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def leads(cast):
    """Thirty leads with many ties in every sort key."""
    chance = random.Random(4)
    for _ in range(30):
        factories.lead(
            cast.acme,
            chance.choice(["Globex", "Initech", "Ångström"]),
            first_name=chance.choice(["Ann", "Bea"]),
            last_name="",
            stage=chance.choice(list(Stage)),
            value=chance.choice([0, 5, 10]),
            touched_at=NOON - timedelta(hours=chance.choice([0, 1, 2])),
        )
    factories.lead(cast.other)


def walk(member, chosen, size=7):
    """Every id from the first page to the last by Older, then back by Newer."""
    pages, cursor, forth = [], "", []
    while True:
        page = table(member, Filter(**{**chosen.__dict__, "size": size, "page": cursor}))
        pages.append([row.id for row in page.rows])
        if not page.older:
            break
        cursor = page.older
    while page.newer:
        page = table(member, Filter(**{**chosen.__dict__, "size": size, "page": page.newer}))
        forth.append([row.id for row in page.rows])
    return pages, forth[::-1]


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("falling", [True, False])
def test_paging_visits_every_row_exactly_once_both_ways_with_ties(cast, leads, sort, falling):
    older, newer = walk(cast.alice, Filter(sorts=((sort, falling),)))
    ids = [lead_id for page in older for lead_id in page]
    everything = table(cast.alice, Filter(sorts=((sort, falling),), size=100)).rows
    assert ids == [row.id for row in everything] and len(set(ids)) == 30
    assert newer == older[:-1]


def test_paging_inside_a_stage_and_a_search_visits_all_that_match(cast, leads):
    expected = {lead.id for lead in Lead.of(cast.acme) if lead.stage is Stage.NEW and lead.company == "Ångström"}
    older, _ = walk(cast.alice, Filter(search="angs").narrowed(stage=Stage.NEW), size=2)
    assert sorted(lead_id for page in older for lead_id in page) == sorted(expected)


@pytest.mark.parametrize("sort", ORDERS)
def test_neighbours_are_the_rows_beside_it(cast, leads, sort):
    for falling in (True, False):
        chosen = Filter(sorts=((sort, falling),), size=100)
        ids = [row.id for row in table(cast.alice, chosen).rows]
        for at in (0, 1, 15, 29):
            beside = (ids[at - 1] if at else None, ids[at + 1] if at < 29 else None)
            assert neighbours(cast.alice, get_lead(cast.alice, ids[at]), chosen) == beside


def test_a_filter_survives_its_address():
    for chosen in (
        Filter(),
        Filter(search="å & ?", sorts=(("name", False), ("value", True)), size=25).narrowed(stage=Stage.LOST, center=3),
        Filter(sorts=(("value", False),), page=encode("older", 5, 9), start=51),
        Filter(where=SEVERAL, columns=("city", "custom-x"), compact=True, cards=(), view=3, board=True),
    ):
        assert Filter.read(ImmutableMultiDict(parse_qsl(chosen.query().lstrip("?")))) == chosen


@pytest.mark.parametrize(
    "args",
    [
        {"stage": "gone", "sort": "nothing", "rows": "7", "page": "x", "from": "-3"},
        {"page": encode("older", "Ann", 4)},
        {"page": encode("older", "2025-01-01 00:00:00", "4")},
        {"page": encode("older", {"a": 1}, 4)},
        {"page": encode("older", 2**80), "sort": "created"},
        {"page": encode("older", True, 2), "sort": "value"},
        {"page": encode("older", "a\0b", 2), "sort": "name"},
        {"q": "\0"},
    ],
)
def test_an_address_full_of_nonsense_is_the_first_page(cast, leads, args):
    chosen = Filter.read(ImmutableMultiDict(args))
    assert (chosen.stage, chosen.size, chosen.start) == (None, 50, 1)
    assert len(table(cast.alice, chosen).rows) == 30


def test_a_lane_shows_the_last_touched_first(cast, leads):
    page = lane(cast.alice, Stage.NEW, Filter())
    assert list(page.rows) == sorted(page.rows, key=lambda row: (row.touched_at, row.id), reverse=True)
    assert {row.stage for row in page.rows} == {Stage.NEW}


def test_the_board_reads_every_lane_as_it_would_be_read_alone(cast, leads):
    for _ in range(30):
        factories.lead(cast.acme, stage=Stage.LOST, touched_at=NOON)
    for search in ("", "angs"):
        chosen = Filter(search=search)
        assert lanes(cast.alice, chosen) == {stage: lane(cast.alice, stage, chosen) for stage in Stage}
