import gzip
import threading
import time
from datetime import timedelta

import pytest

from db import db
from tests.core.raw_server import page as answer_of
from tests.core.raw_server import raw_server
from webapp.core import clock, jobs
from webapp.core.http import Session
from webapp.enrichment import pages, pagestore
from webapp.enrichment.page_models import FetchedPage, HostTurn
from webapp.enrichment.pages import Reader
from webapp.enrichment.robots import rules_of

HOME = "https://acme.example/"


@pytest.fixture
def read(app):
    """Read a page as somebody new; `read.session` is what they share."""
    with Session() as session:

        def read(url, seconds=30.0, **options):
            return Reader(session, time.monotonic() + seconds).read(url, **options)

        read.session = session
        yield read


def later(**duration):
    return clock.freeze(clock.now() + timedelta(**duration))


def test_a_page_is_read_and_its_pages_are_told_in_order(web, read):
    web.pages.update({"acme.example/": "<h1>Acme makes anvils</h1>", "acme.example/about": "Since 1919"})
    reader = Reader(read.session)
    page = reader.read("https://acme.example")
    assert page.is_html and page.text == "<h1>Acme makes anvils</h1>" and page.final_url == HOME
    assert page.headers["content-type"] == page.content_type == "text/html; charset=utf-8"
    reader.read("https://acme.example/about"), reader.read("https://acme.example"), reader.read("nonsense")
    assert [one.url for one in reader.pages] == ["https://acme.example", "https://acme.example/about", "nonsense"]
    assert web.asked == ["acme.example/robots.txt", "acme.example/", "acme.example/about"]


def test_the_server_is_told_who_asks(web, read):
    web.pages["acme.example/"] = "hello"
    read(HOME)
    headers = web.requests[-1][1]
    assert headers["User-Agent"].startswith("Galena/") and headers["User-Agent"].endswith(" (+http://galena.test)")
    assert "Cookie" not in headers and "Referer" not in headers


# ------------------------------------------------------------------ what is kept


def test_what_one_has_read_the_next_needs_not_ask_for(web, read):
    web.pages["acme.example/"] = "hello"
    first = read(HOME)
    web.pages["acme.example/"] = "goodbye"
    assert read(HOME) == first and read("https://ACME.example:443#top").text == "hello"
    with later(hours=25):
        assert read(HOME).text == "goodbye"
    assert web.asked.count("acme.example/") == 2


@pytest.mark.parametrize(
    ("said", "hours"),
    [({}, 24), ({"Cache-Control": "max-age=7200"}, 2), ({"Cache-Control": "private, max-age=0"}, 1),
     ({"Cache-Control": "no-store"}, 1), ({"Cache-Control": "no-cache, max-age=99999"}, 1),
     ({"Cache-Control": "public, max-age=31536000, immutable"}, 24 * 7), ({"Cache-Control": "max-age=forever"}, 24),
     ({"Cache-Control": "max-age=36000", "Age": "18000"}, 5), ({"Cache-Control": "max-age=" + "9" * 400}, 24 * 7),
     ({"Cache-Control": 'max-age="7200"', "Age": "-1"}, 2)],
)  # fmt: skip
def test_a_page_is_fresh_for_as_long_as_its_server_says_within_bounds(said, hours):
    assert pagestore.freshness({name.lower(): value for name, value in said.items()}) == timedelta(hours=hours)


def test_an_old_page_is_asked_for_only_if_it_changed(web, read):
    def answer(request):
        if request.headers["If-None-Match"] == '"1"' and request.headers["If-Modified-Since"] == "Mon":
            return 304, {"Cache-Control": "max-age=7200"}, b""
        return 200, {"ETag": '"1"', "Last-Modified": "Mon"}, "hello"

    web.pages["acme.example/"] = answer
    read(HOME)
    with later(hours=25):
        assert read(HOME).text == "hello" and web.asked.count("acme.example/") == 2
    with later(hours=26):
        assert read(HOME).text == "hello" and web.asked.count("acme.example/") == 2
    with later(hours=28):
        web.pages["acme.example/"] = "new"
        assert read(HOME).text == "new" and web.asked.count("acme.example/") == 3


def test_a_page_that_redirects_is_kept_with_where_it_led(web, read):
    web.pages["acme.example/"] = (301, {"Location": "https://www.acme.example/en"}, "")
    web.pages["www.acme.example/en"] = lambda request: (
        (304, {}, b"") if request.headers["If-None-Match"] else (200, {"ETag": '"1"'}, "hello")
    )
    assert read(HOME).final_url == "https://www.acme.example/en" and read(HOME).text == "hello"
    with later(hours=25):
        assert read(HOME).text == "hello"
    sent = [headers.get("If-None-Match") for page, headers in web.requests if "robots" not in page]
    assert sent == [None, None, None, '"1"']


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
def test_a_refusal_is_kept_for_an_hour(web, read, status):
    web.pages["acme.example/"] = (status, {}, "<h1>Sorry</h1>")
    page = read(HOME)
    assert page.status == status and page.text == "" and page.note.startswith(f"Not read, the server said {status} ")
    assert read(HOME) == page and web.asked.count("acme.example/") == 1
    web.pages["acme.example/"] = "hello"
    with later(minutes=61):
        assert read(HOME).text == "hello"


def test_a_failure_is_kept_for_an_hour_and_a_lack_of_time_is_not(web, read):
    web.pages["acme.example/robots.txt"] = ""
    web.pages["acme.example/"] = lambda request: request.connection.close()
    page = read(HOME)
    assert page.status == 0 and page.note == "Not read, acme.example hung up in the middle"
    asked = len(web.asked)
    assert read(HOME).note == page.note and len(web.asked) == asked
    waits = threading.Event()
    web.pages["acme.example/slow"] = lambda request: waits.wait(10)
    assert read(HOME + "slow", seconds=0.2).note == "Not read, acme.example did not answer in time"
    waits.set()
    web.pages["acme.example/slow"] = "hello"
    assert read(HOME + "slow").text == "hello"


def test_a_reader_without_time_asks_nobody(web, read):
    web.pages["acme.example/"] = "hello"
    assert read(HOME, seconds=-1).status == 0 and web.asked == []


def test_old_pages_and_turns_are_swept_away(web, read):
    web.pages["acme.example/"] = "hello"
    read(HOME)
    with later(days=7):
        pagestore.sweep_pages()
        assert FetchedPage.select().count() == 2 and not HostTurn.select().count()
    with later(days=8, hours=1):
        pagestore.sweep_pages()
    assert not FetchedPage.select().count()


# ------------------------------------------------------------------ robots.txt


def test_robots_txt_is_honoured_and_asked_for_once(web, read):
    web.pages["acme.example/robots.txt"] = "User-agent: *\nDisallow: /team\nAllow: /team/public\n"
    web.pages.update({f"acme.example{path}": "hello" for path in ("/", "/team", "/team/public")})
    assert read(HOME + "team").note == "Not read, robots.txt says no"
    assert read(HOME).text == read(HOME + "team/public").text == "hello"
    assert web.asked == ["acme.example/robots.txt", "acme.example/", "acme.example/team/public"]


def test_what_robots_txt_says_of_us_goes_before_what_it_says_to_all(web, read):
    web.pages["acme.example/robots.txt"] = "User-agent: *\nDisallow:\n\nUser-agent: Galena\nDisallow: /\n"
    assert read(HOME).note == "Not read, robots.txt says no"
    web.pages["globex.example/robots.txt"] = "User-agent: *\nDisallow: /\n\nUser-agent: Galena/2.0\nAllow: /\n"
    web.pages["globex.example/"] = "hello"
    assert read("https://globex.example/").text == "hello"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_robots_txt_may_be_read(web, read, status):
    web.pages["acme.example/robots.txt"] = (status, {}, "User-agent: *\nDisallow: /")
    web.pages["acme.example/"] = "hello"
    assert read(HOME).text == "hello"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_cannot_say_is_not_read(web, read, status):
    web.pages["acme.example/robots.txt"] = (status, {}, "")
    web.pages["acme.example/"] = "hello"
    page = read(HOME)
    assert page.note == f"Not read, the server cannot say what its robots.txt allows ({status})"
    assert web.asked == ["acme.example/robots.txt"]


def test_a_site_whose_robots_txt_cannot_be_reached_is_not_read(web, read):
    web.pages["acme.example/robots.txt"] = lambda request: request.connection.close()
    web.pages["acme.example/"] = "hello"
    assert read(HOME).note == read(HOME + "about").note == "Not read, acme.example hung up in the middle"
    assert "acme.example/" not in web.asked


def test_where_a_redirect_leads_is_asked_for_its_own_robots_txt(web, read):
    web.pages["acme.example/"] = (302, {"Location": "https://globex.example/acme"}, "")
    web.pages["globex.example/acme"] = "hello"
    web.pages["globex.example/robots.txt"] = "User-agent: *\nDisallow: /acme"
    assert read(HOME).note == "Not read, robots.txt says no" and "globex.example/acme" not in web.asked


def test_robots_txt_may_redirect(web, read):
    web.pages["acme.example/robots.txt"] = (301, {"Location": "https://www.acme.example/robots.txt"}, "")
    web.pages["www.acme.example/robots.txt"] = "User-agent: *\nDisallow: /"
    assert read(HOME).note == "Not read, robots.txt says no"


def test_a_page_that_says_it_is_robots_txt_forbids_nothing(web, read):
    web.pages["acme.example/robots.txt"] = web.pages["acme.example/"] = "<html><p>User-agent of the year</p></html>"
    assert read(HOME).is_html


def test_a_hostile_robots_txt_cannot_make_more_groups_than_we_read(web, read):
    agents = "".join(f"User-agent: a{number}\n" for number in range(15_000))
    rules = "".join(f"Disallow: /{'*a' * 5}{number}$\n" for number in range(15_000))
    web.pages["acme.example/robots.txt"] = agents + "User-agent: *\n" + rules + "a" * 2_000_000
    web.pages["acme.example/" + "a" * 1500] = "hello"
    assert read(HOME + "a" * 1500).text == "hello"
    assert set(rules_of(200, agents + "User-agent: *\n" + rules).file._user_agents) == {"others", "*"}


def test_the_pause_that_robots_txt_wants_is_kept(web, read, monkeypatch):
    paused = []
    monkeypatch.setattr(
        "webapp.enrichment.politeness.wait", lambda seconds: paused.append(seconds) or _forward(seconds)
    )
    web.pages["acme.example/robots.txt"] = "User-agent: *\nCrawl-delay: 4"
    web.pages.update({"acme.example/": "hello", "acme.example/about": "we"})
    with clock.freeze(clock.now()) as moment:

        def _forward(seconds):
            nonlocal moment
            moment += timedelta(seconds=seconds)
            clock._frozen = moment

        assert read(HOME).text == "hello" and not paused
        assert read(HOME + "about").text == "we" and paused == [4.0]


def test_a_pause_for_which_there_is_no_time_is_said(web, read):
    web.pages["acme.example/robots.txt"] = "User-agent: *\nCrawl-delay: 9"
    web.pages.update({"acme.example/": "hello", "acme.example/about": "we"})
    read(HOME)
    page = read(HOME + "about", seconds=3)
    assert page.note == "Not read, acme.example wants a longer pause between pages than there is time for"
    web.pages["globex.example/robots.txt"] = "User-agent: *\nCrawl-delay: 60"
    assert read("https://globex.example/").note == "Not read, robots.txt wants 60 seconds between pages"


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(web, read):
    web.pages["acme.example/"] = (429, {"Retry-After": "120"}, "")
    web.pages["acme.example/about"] = "we"
    read(HOME)
    assert "wants a longer pause" in read(HOME + "about").note and "acme.example/about" not in web.asked
    with later(seconds=121):
        assert read(HOME + "about").text == "we"


# ------------------------------------------------------------------ services of the installation


def test_a_service_may_be_anywhere_and_is_not_asked_for_robots_txt(app, read, settings):
    with raw_server(lambda *_: answer_of(b"[]", "Content-Type: application/json")) as server:
        settings(search_url=f"{server.url}/searx", fetch_allow=())
        assert read(f"{server.url}/searx/search?q=acme").note.endswith("not of the public internet")
        assert server.heads == []
        page = read(f"{server.url}/searx/search?q=acme", service=True)
        assert page.text == "[]" and page.status == 200 and len(server.heads) == 1


# ------------------------------------------------------------------ what is no page


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/pdf", b"%PDF-1.7"), ("image/png", b"\x89PNG"), ("application/octet-stream", b"hello"),
     ("text/html", b"%PDF-1.7 really"), ("text/html", b"\x89PNG\r\n\x1a\n" + bytes(500)),
     ("text/html", b"PK\x03\x04zip"),
     ("", b"\xff\xd8\xff\xe0")],
)  # fmt: skip
def test_what_is_no_page_is_said_to_be_none(web, read, content_type, body):
    web.pages["acme.example/"] = (200, {"Content-Type": content_type}, body)
    page = read(HOME)
    assert page.note.startswith("Not a page (") and page.text == "" and page.status == 200
    assert read(HOME) == page


def test_a_page_without_a_type_is_read(web, read):
    web.pages["acme.example/"] = (200, {"Content-Type": None}, b"<p>hello</p>")
    assert read(HOME).text == "<p>hello</p>"


def test_of_a_page_without_end_the_beginning_is_read(web, read):
    bomb = gzip.compress(b"<p>hello" + bytes(30_000_000))
    web.pages["acme.example/"] = (200, {"Content-Encoding": "gzip"}, bomb)
    page = read(HOME)
    assert page.text == "<p>hello" and page.note == "Only the first 2 MB were read"
    assert len(FetchedPage.get(FetchedPage.url == HOME).body) < 20_000
    web.pages["acme.example/deep"] = b"<div>" * 4_000_000
    assert len(read(HOME + "deep").text) == 2_000_000


def test_what_a_server_says_in_headers_is_kept_in_bounded_space(web, read):
    headers = {f"X-{number}": "a" * 60_000 for number in range(3)}
    web.pages["acme.example/"] = (200, {**headers, "ETag": "b" * 5000, "Content-Type": "text/html; " + "c" * 900}, "hi")
    page = read(HOME)
    assert page.text == "hi" and max(map(len, page.headers.values())) == 500
    row = FetchedPage.get(FetchedPage.url == HOME)
    assert row.etag == "" and len(row.content_type) == 255


def test_a_text_with_characters_that_no_database_takes_is_read(web, read):
    web.pages["acme.example/"] = (200, {"X-Odd": "\xff\x01"}, b"a\0b \xed\xa0\x80 \xff")
    assert "\0" not in read(HOME).text and read(HOME).text.startswith("ab")
    odd = "HTTP/1.1 200 OK\r\nContent-Type: text/html\0\x01\r\nETag: a\0\r\nLast-Modified: \0\r\n\r\nhello"
    web.pages["acme.example/odd"] = lambda request: request.wfile.write(odd.encode()) and None
    assert read(HOME + "odd").text == "hello"


def test_an_address_that_grows_too_long_is_not_read(web, read):
    web.pages["acme.example/"] = (302, {"Location": "/" + "\xe9" * 1500}, "")
    assert read(HOME).note == "Not read, it redirects, but its address is too long"
    assert read(HOME + "é" * 1500).note == "Not read, its address is too long"


def test_endless_redirects_end(web, read):
    web.pages["acme.example/"] = (302, {"Location": "/"}, "")
    assert read(HOME).note == "Not read, it redirects more than 5 times"
    assert web.asked.count("acme.example/") == 6


def test_an_address_within_is_never_read(read, settings):
    with raw_server(lambda *_: answer_of(b"secret")) as server:
        settings(fetch_allow=())
        for url in (server.url, f"http://localhost:{server.port}/", "http://169.254.169.254/", "file:///etc/passwd"):
            assert read(url).note.startswith("Not read, ")
        assert server.connections == 0 and not FetchedPage.select().count()


def test_the_slowest_page_does_not_outlast_its_time(app, read, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.3)

    def dripping(connection, head):
        if b"robots" in head:
            return answer_of(b"", status="404 Not Found")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    with raw_server(dripping) as server:
        began = time.monotonic()
        assert read(server.url).note.endswith("did not answer in time")
        assert time.monotonic() - began < 2


def test_nothing_is_read_within_a_transaction(web, read):
    web.pages["acme.example/"] = "hello"
    with pytest.raises(RuntimeError), db.atomic():
        read(HOME)
    assert web.asked == []


def test_a_reader_stops_with_its_worker(web, read, monkeypatch):
    web.pages["acme.example/"] = "hello"
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(jobs, "_stop", stop)
    assert read(HOME).note == "Not read, Galena was being stopped" and not FetchedPage.select().count()
