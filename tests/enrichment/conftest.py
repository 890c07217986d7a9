import pytest

from tests.websites import websites


@pytest.fixture
def web(monkeypatch):
    """A web of hosts whose pages are in `web.pages`: see tests/websites.py."""
    with websites(monkeypatch, {}) as web:
        yield web
