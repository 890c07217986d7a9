import json
import zlib

import pytest
from itsdangerous import URLSafeSerializer
from itsdangerous.encoding import base64_encode

from tests import factories
from webapp.core.paging import page_of
from webapp.leads.models import Lead


def walk(query, columns, keys_of, size, descending):
    """Every page forwards, then back again."""
    pages, cursor = [], None
    while True:
        page = page_of(query, columns, keys_of, size=size, cursor=cursor, descending=descending)
        pages.append(page)
        if page.older is None:
            break
        cursor = page.older
    back = []
    while page.newer:
        page = page_of(query, columns, keys_of, size=size, cursor=page.newer, descending=descending)
        back.append(page)
    return pages, back


def test_paging_visits_every_row_once_both_ways_with_ties(cast):
    for number in range(23):
        factories.lead(cast.acme, value=number // 4)
    query = Lead.of(cast.acme)
    for descending in (True, False):
        pages, back = walk(query, (Lead.value, Lead.id), lambda row: (row.value, row.id), 5, descending)
        order = sorted(((lead.value, lead.id) for lead in query), reverse=descending)
        assert [(row.value, row.id) for page in pages for row in page.rows] == order
        assert pages[0].newer is None and pages[-1].older is None
        assert [[row.id for row in page.rows] for page in back] == [
            [row.id for row in page.rows] for page in reversed(pages[:-1])
        ]


def test_a_damaged_cursor_shows_the_first_page(cast):
    lead = factories.lead(cast.acme)
    for cursor in ("rubbish", "", "WyJvbGRlciJd.x", None):
        page = page_of(Lead.of(cast.acme), (Lead.id,), lambda row: (row.id,), size=5, cursor=cursor)
        assert [row.id for row in page.rows] == [lead.id]


@pytest.mark.parametrize(
    "keys", [[2**63], [-(2**70)], ["abc"], [None], [{"a": 1}], [[1]], [True], [1.5], ["a\0b"], ["\ud800"]]
)
def test_a_cursor_made_up_by_somebody_shows_the_first_page(cast, keys):
    lead = factories.lead(cast.acme)
    made_up = (
        URLSafeSerializer("paging", salt="cursor")
        .make_signer("cursor")
        .sign(base64_encode(json.dumps(["older", *keys])))
        .decode()
    )
    page = page_of(Lead.of(cast.acme), (Lead.id,), lambda row: (row.id,), size=5, cursor=made_up)
    assert [row.id for row in page.rows] == [lead.id]


def test_a_cursor_that_unpacks_to_nothing_or_to_megabytes_is_not_read(cast):
    lead = factories.lead(cast.acme)
    bomb = b"." + base64_encode(zlib.compress(b" " * 50_000_000))
    for payload in (b"!!!", b".abc", bomb):
        cursor = URLSafeSerializer("paging", salt="cursor").make_signer("cursor").sign(payload).decode()
        page = page_of(Lead.of(cast.acme), (Lead.id,), lambda row: (row.id,), size=5, cursor=cursor)
        assert [row.id for row in page.rows] == [lead.id]
