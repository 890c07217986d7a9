"""What a site's map (sitemaps.org) says there is, for sites whose home page does not lead anywhere."""

import html
import re
from itertools import islice
from urllib.parse import urlsplit

from webapp.core.urls import Unusable, take_apart

from .claims import Page
from .extract import links
from .naming import registrable

_LOCATION = re.compile(r"<(?:\w{1,20}:)?loc>\s{0,50}+(?:<!\[CDATA\[\s{0,50}+)?([^<>\s\]]{1,2000})", re.IGNORECASE)
_INDEX = re.compile(r"<(?:\w{1,20}:)?sitemapindex\b", re.IGNORECASE)
_OF_PAGES = re.compile(r"page|main|general|static|company|about", re.IGNORECASE)
_DATED = re.compile(  # what is written every other day, and sold
    r"/(?:blog|news|posts?|press|events?|jobs?|careers?|articles?|artikel|aktuelles|magazine?|products?|produkte?|shop"
    r"|tags?|category|kategorie|(?:19|20)\d\d)/",
    re.IGNORECASE,
)
_LOOKED_AT = 5_000  # addresses
_DEEPEST, _KEPT = 3, 500  # parts of the path of a page about the company; addresses of such


def mapped(page, reader):
    """The extract.Links of what a site's map names; `page` is the document of its home page."""
    known = [one for one in reader.sitemaps(page.url) if _is_here(one, page) and not one.endswith(".gz")]
    found, is_index = _locations((known or [page.absolute("/sitemap.xml")])[0], page, reader)
    if is_index:
        found.sort(key=lambda one: not _OF_PAGES.search(urlsplit(one).path))
        found, is_index = _locations(found[0], page, reader) if found else ([], False)
    return links(_list_of([] if is_index else found, page))


def _locations(url, page, reader):
    """(the addresses on the page's site that a sitemap names, whether they are those of other sitemaps)."""
    text = reader.read(url).text
    found = (html.unescape(match[1]) for match in islice(_LOCATION.finditer(text), _LOOKED_AT))
    return [one for one in found if _is_here(one, page)], bool(_INDEX.search(text[:2000]))


def _is_here(url, page):
    try:
        return registrable(take_apart(url).host) == registrable(page.host)
    except Unusable:
        return False


def _list_of(urls, page):
    """A Page with links to `urls`, so that what an address is about is told in one place only."""
    near = [one for one in urls if urlsplit(one).path.strip("/").count("/") < _DEEPEST and not _DATED.search(one)][
        :_KEPT
    ]
    anchors = "".join(f'<a href="{html.escape(one)}"></a>' for one in near)
    return Page(url=page.url, final_url=page.url, status=200, content_type="text/html", text=anchors)
