import time

import pytest

from tests.enrichment.wikidata_server import Pages, Wikidata
from tests.llm.conftest import model, pauses  # noqa: F401
from tests.websites import websites
from webapp.core.http import Session
from webapp.enrichment.pages import Reader


@pytest.fixture
def web(monkeypatch):
    """A web of hosts whose pages are in `web.pages`: see tests/websites.py."""
    with websites(monkeypatch, {}) as web:
        yield web


@pytest.fixture
def reader(app):
    with Session() as session:
        yield Reader(session, time.monotonic() + 30)


@pytest.fixture
def wikidata(web):
    """A Wikidata in that web: see wikidata_server.py."""
    wikidata = Wikidata()
    web.pages = Pages(wikidata)
    return wikidata
