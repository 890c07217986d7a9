"""The stage that reads a company's own website: its home page, and what that or its sitemap leads to."""

from itertools import chain, zip_longest

from .claims import Claim
from .extract import company_name, document, extract, links
from .homes import find_home
from .naming import registrable
from .sitemaps import mapped

PAGES = 6  # of a company, with its home page
ENOUGH = 80  # confidence from which a page is not read for a field
# What the pages of a kind may add, in the order in which they are read
_ADDED = {
    "about": "description founded employees employee_range city country industry products business_model "
    "chief_executive key_people investors",
    "contact": "email phone city country linkedin social",
    "imprint": "legal_name company_name email phone city country chief_executive founded",
    "team": "chief_executive key_people employees",
}
_KINDS = {kind: frozenset(names.split()) for kind, names in _ADDED.items()}


def look_up(subject, reader, *, fields):
    """Add what the website of `subject` says of `fields` to its claims, and to `subject` the domain that was found.

    Raises claims.StageFailed when there is no website, or it cannot be read.
    """
    home = find_home(subject, reader)
    subject.domain = home.domain
    subject.name = subject.name or company_name(home.page)
    found = {}
    _add(found, [*_of_domain(home), *home.claims], home)
    seen = {_same(home.page.url)}
    for kind, url in _onward(home.page, reader, found, fields):
        if len(seen) >= PAGES:
            break
        if _same(url) in seen or not _wants(kind, found, fields):
            continue
        seen.add(_same(url))
        page = reader.read(url)
        if page.is_html:
            page = document(page)
            if registrable(page.host) == registrable(home.page.host) and _same(page.url) not in seen - {_same(url)}:
                seen.add(_same(page.url))
                _add(found, extract(page), home)
    subject.claims += [claim for claim in found.values() if claim.field in fields]


def _of_domain(home):
    """Where the website is, with the title of its home page as evidence."""
    url = home.page.url
    origin = "/".join(url.split("/", 3)[:3])
    yield Claim("website", origin, url, home.page.title, "domain", home.confidence)
    yield Claim("domain", home.domain, url, home.page.title, "domain", home.confidence)


def _add(found, claims, home):
    """Keep of each value the surest claim; none is surer than that this is the company's website."""
    for claim in claims:
        claim = claim._replace(confidence=min(claim.confidence, home.confidence))
        known = found.get((claim.field, claim.value))
        if known is None or known.confidence < claim.confidence:
            found[claim.field, claim.value] = claim


def _onward(page, reader, found, fields):
    """(kind, address) of what to read next: the best of each kind first. Asks for the sitemap where the page leads
    nowhere.
    """
    ways = links(page)
    if sum(bool(getattr(ways, kind)) for kind in _KINDS) < 2 and any(_wants(kind, found, fields) for kind in _KINDS):
        more = mapped(page, reader)
        ways = ways._replace(**{kind: (*getattr(ways, kind), *getattr(more, kind)) for kind in _KINDS})
    rounds = zip_longest(*([(kind, url) for url in getattr(ways, kind)[:2]] for kind in _KINDS))
    return [one for one in chain.from_iterable(rounds) if one]


def _wants(kind, found, fields):
    """Whether pages of a kind may add something that was asked for and is not known well."""
    known = {claim.field for claim in found.values() if claim.confidence >= ENOUGH}
    return bool(_KINDS[kind] & set(fields) - known)


def _same(url):
    return url.partition("://")[2].partition("#")[0].removeprefix("www.").rstrip("/").lower()
