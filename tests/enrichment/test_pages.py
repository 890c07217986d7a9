import time

import pytest

from webapp.core.http import Session
from webapp.enrichment.pages import Reader


@pytest.fixture
def reader(app):
    with Session() as session:
        yield Reader(session, time.monotonic() + 30)


def test_a_page_is_read_and_kept_for_all(web, reader):
    web.pages["acme.example/"] = "<h1>Acme makes anvils</h1>"
    page = reader.read("https://acme.example")
    assert page.is_html and page.text == "<h1>Acme makes anvils</h1>" and page.final_url == "https://acme.example/"
    assert Reader(reader.session).read("https://acme.example/").text == page.text
    assert web.asked == ["acme.example/robots.txt", "acme.example/"]
    assert [one.url for one in reader.pages] == ["https://acme.example"]
