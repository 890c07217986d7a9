import json
from urllib.parse import parse_qs, urlsplit

import pytest

from webapp.enrichment.searching import MOST, Hit, search

JSON = {"Content-Type": "application/json"}


def answer(body):
    return 200, JSON, body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def services(web, settings):
    """Let a SearXNG instance give an answer to "Acme Anvils"."""
    settings(search_url="http://search.example")
    return lambda said: web.pages.update({"search.example/search?q=Acme+Anvils&format=json": said})


def test_a_searxng_instance_is_asked_where_there_is_one(services, reader, web):
    results = [
        {"title": "Acme  Anvils\u202e", "url": "https://acme.example/#top", "content": "Makers of <b>anvils</b>"},
        {"title": None, "url": "https://other.example", "content": None},
    ]
    services(answer({"results": results}))
    assert search(" Acme\nAnvils ", reader) == [
        Hit("Acme Anvils", "https://acme.example/", "Makers of <b>anvils</b>"),
        Hit("", "https://other.example/", ""),
    ]
    assert web.asked == ["search.example/search?q=Acme+Anvils&format=json"]  # no robots.txt


def test_an_address_stands_among_the_hits_once_and_only_when_it_is_one_of_the_web(services, reader):
    odd = [
        "javascript:alert(1)",
        "ftp://acme.example/",
        "http://user:word@acme.example/",
        None,
        7,
        "https://",
        ["x"],
        "https://a.example/\ud800",
    ]
    results = [{"title": "x", "url": url} for url in [*odd, "https://a.example", "https://a.example/"]]
    services(answer({"results": [*results, "no result", None]}))
    assert [hit.url for hit in search("Acme Anvils", reader)] == ["https://a.example/"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 50_000,
        b"[]",
        b"7",
        b'{"results": {"url": "x"}}',
        b'{"results": null}',
        b'{"results": [1]}',
    ],
)
def test_an_answer_of_another_form_has_no_hits(services, reader, body):
    services(answer(body))
    assert search("Acme Anvils", reader) == []


def test_a_search_that_fails_has_no_hits_and_a_page_that_says_why(services, reader):
    services((403, {}, "The format json is not switched on."))
    assert search("Acme Anvils", reader) == []
    assert reader.pages[-1].note == "Not read, the server said 403 Forbidden"


def test_no_more_hits_come_back_than_anybody_looks_at(services, reader):
    services(answer({"results": [{"title": "x" * 999, "url": f"https://a{n}.example"} for n in range(50)]}))
    hits = search("Acme Anvils", reader)
    assert len(hits) == MOST and hits[0].url == "https://a0.example/" and len(hits[0].title) == 200


def test_without_one_wikidata_is_asked_for_companies_of_that_name(web, settings, reader):
    settings(wikidata_url="http://wiki.example")
    asked = []

    def entity(label, *websites):
        claims = [{"mainsnak": {"datavalue": {"value": website}}} for website in websites]
        return {"labels": {"en": {"value": label}}, "descriptions": {}, "claims": {"P856": claims} if claims else []}

    def api(handler):
        query = {name: one for name, [one] in parse_qs(urlsplit(handler.path).query).items()}
        asked.append(query)
        if query["action"] == "wbsearchentities":
            return answer({"search": [{"id": "Q1"}, {"id": "Q2"}, {"id": "Q3"}, {"id": None}]})
        found = {
            "Q3": entity("Acme Ltd", "https://acme.example/en"),
            "Q1": entity("Acme (village)"),
            "Q2": {"missing": ""},
        }
        return answer({"entities": found})

    class Api(dict):
        def get(self, path, missing=None):
            return api if path.startswith("wiki.example/w/api.php?") else missing

    web.pages = Api({"wiki.example/": ""})
    assert search("Acme", reader) == [Hit("Acme Ltd", "https://acme.example/en", "")]
    assert asked[0]["search"] == "Acme" and asked[1]["ids"] == "Q1|Q2|Q3"


def test_nothing_is_asked_for_nothing(services, reader, web):
    services(answer({}))
    assert search(" \n\u200b ", reader) == [] and web.asked == []
