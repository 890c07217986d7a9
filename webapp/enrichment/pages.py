"""Reading pages of the public web: politely, once for everybody, and never for longer than there is time."""

import time
from http import HTTPStatus

from db import db
from webapp import config
from webapp.core.http import FetchError, ask, redirected
from webapp.core.urls import Unusable, take_apart

from . import pagestore
from .claims import Page
from .decoding import decode
from .politeness import turn
from .robots import rules_of

PAGE_SECONDS = 15  # for one page with its redirects, without waiting for its host
PATIENCE = 60  # seconds for which a page waits for its host, where the reader has no deadline of its own
MAX_BYTES, ROBOTS_BYTES = 2_000_000, 500_000  # of a page; of robots.txt (RFC 9309, section 2.5)
REDIRECTS = 5
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.8,text/plain;q=0.7"
_NO_PAGE = ("Not read", "Not a page")  # how the notes of what has no text begin
_MAGIC = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b", b"\x00\x00")


class Reader:
    """Reads pages for one subject. `session`: a core.http.Session, which other readers may share. `deadline`: a moment
    of time.monotonic(). `pages`: what was read, in order. For one thread.
    """

    def __init__(self, session, deadline=None):
        self.session, self.deadline = session, deadline
        self.pages, self._read, self._rules = [], {}, {}

    def read(self, url, *, service=False):
        """The claims.Page at `url`, which is asked for once. What cannot be read has a `note` that says why. Never
        within a transaction.

        `service`: the address is one of SEARCH_URL or WIKIDATA_URL: it may be in our own network, and is made for
        programs, so robots.txt is not asked.
        """
        if not db.is_closed() and db.in_transaction():
            raise RuntimeError("Nothing is read within a transaction: it would hold its locks for as long.")
        if url not in self._read:
            try:
                page = self._page(url, service)
            except FetchError as error:
                page = Page(url, note=f"Not read, {error}")
            self._read[url] = page
            self.pages.append(page)
        return self._read[url]

    def sitemaps(self, url):
        """The addresses of sitemaps that the robots.txt of the site of `url` names."""
        try:
            file = self._rules_of(_parts(url).origin).file
        except FetchError:
            return []
        return list(file.sitemaps) if file else []

    def _page(self, url, service):
        url_asked, url = url, _parts(url).url
        row = pagestore.find(url)
        if not pagestore.is_fresh(row):
            row = self._asked(url, row, None if service else self._delay_for, service)
        return _as_page(url_asked, row)

    def _asked(self, url, old, check, service=False, max_bytes=MAX_BYTES):
        """The FetchedPage after asking the server, or because somebody else just did. Raises FetchError for what is
        not to be kept. It is kept before the turn ends: who waits for it shall find it.
        """
        here, spent = url, 0.0
        for _ in range(REDIRECTS + 1):
            if self._is_over():
                raise FetchError("there was no time left", "busy")
            pause = check(here) if check else 0.0
            with turn(_parts(here).authority, self._until(PATIENCE)) as mine:
                if here == url and pagestore.is_fresh(row := pagestore.find(url)):
                    return row
                began, mine.pause = time.monotonic(), pause
                try:
                    response = self._response(here, old, PAGE_SECONDS - spent, max_bytes, service)
                    spent += time.monotonic() - began
                    mine.pause = max(pause, _retry_after(response))
                    onward = redirected(response)
                    if onward is None:
                        return _kept(url, old, response, spent)
                except FetchError as error:
                    return self._kept_failure(url, error)
            here = onward
        return pagestore.keep_failure(url, f"Not read, it redirects more than {REDIRECTS} times")

    def _response(self, url, old, seconds, max_bytes, service):
        return ask(
            url,
            allowed=config.current().fetch_allow,
            agent=config.current().agent,
            deadline=self._until(seconds),
            max_bytes=max_bytes,
            session=self.session,
            headers=_headers(old, url),
            accepts=_is_wanted,
            cut=True,
            trusted=_services() if service else (),
        )

    def _kept_failure(self, url, error):
        if error.kind in ("barred", "url") or self._is_over():  # not the server's doing
            raise error
        return pagestore.keep_failure(url, f"Not read, {error}")

    def _until(self, seconds):
        until = time.monotonic() + seconds
        return until if self.deadline is None else min(self.deadline, until)

    def _is_over(self):
        return self.deadline is not None and time.monotonic() >= self.deadline

    def _delay_for(self, url):
        """The seconds that robots.txt wants between two pages. Raises FetchError when it does not want us."""
        rules = self._rules_of(_parts(url).origin)
        if refusal := rules.refusal_of(url):
            raise FetchError(refusal, "robots")
        return rules.delay

    def _rules_of(self, origin):
        if origin not in self._rules:
            url = f"{origin}/robots.txt"
            row = pagestore.find(url)
            if not pagestore.is_fresh(row):
                row = self._asked(url, row, None, max_bytes=ROBOTS_BYTES)
            if not row.status:
                raise FetchError(row.note.removeprefix("Not read, "), "robots")
            self._rules[origin] = rules_of(row.status, decode(pagestore.body_of(row)))
        return self._rules[origin]


def _parts(url):
    try:
        return take_apart(url)
    except Unusable as error:
        raise FetchError(str(error), "url") from None


def _services():
    return tuple(filter(None, (config.current().search_url, config.current().wikidata_url)))


def _kept(url, old, response, seconds):
    if response.status == 304 and old is not None:
        pagestore.renew(old, response.headers)
        return old
    note = _note(response)
    if note.startswith(_NO_PAGE):
        response = response._replace(body=b"")
    return pagestore.keep_answer(url, response, note=note, milliseconds=round(seconds * 1000))


def _headers(old, url):
    headers = {"Accept": ACCEPT, "Accept-Language": "en,*;q=0.5"}
    if old is not None and old.final_url == url and old.body:
        if old.etag:
            headers["If-None-Match"] = old.etag
        if old.last_modified:
            headers["If-Modified-Since"] = old.last_modified
    return headers


def _is_wanted(status, headers):
    return status == 200 and _is_text(headers.get("content-type", ""))


def _is_text(content_type):
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind.startswith("text/") or kind.endswith(("html", "xml", "json"))


def _note(response):
    """What people read about an answer that is no page, or not all of it."""
    if response.status != 200:
        try:
            said = f" {HTTPStatus(response.status).phrase}"
        except ValueError:
            said = ""
        return f"Not read, the server said {response.status}{said}"
    content_type = response.headers.get("content-type", "")
    if not _is_text(content_type) or response.body.startswith(_MAGIC):
        return f"Not a page ({content_type.partition(';')[0][:60] or 'of no type'})"
    return f"Only the first {MAX_BYTES // 1_000_000} MB were read" if response.is_cut else ""


def _retry_after(response):
    """The seconds that a busy server asks for (RFC 9110, section 10.2.3)."""
    said = response.headers.get("retry-after", "")
    if response.status not in (429, 503) or not (said.isascii() and said.isdecimal()):
        return 0.0
    return float(min(int(said[:9]), 10**6))


def _as_page(url, row):
    return Page(
        url=url,
        final_url=row.final_url,
        status=row.status,
        content_type=row.content_type,
        headers=row.headers,
        text="" if row.note.startswith(_NO_PAGE) else decode(pagestore.body_of(row), row.content_type),
        note=row.note,
        milliseconds=row.milliseconds,
    )
