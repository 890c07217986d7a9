"""Which website a company has: that of its domain, of its people's e-mail, or one that is found and names it."""

import re
import time
from typing import NamedTuple

from webapp import config
from webapp.imports.addresses import is_throwaway
from webapp.leads.cleaning import FREE_MAIL, domain_of
from webapp.leads.countries import code_of

from . import parking
from .claims import StageFailed
from .extract import document, extract
from .naming import Likeness, best_likeness, guesses, is_made_of, label, registrable, short
from .searching import search

# Confidences by where a domain comes from; UNLIKE: as much less where the website calls itself otherwise
GIVEN, OF_EMAIL, UNLIKE, REDIRECTED = 95, 90, 15, 85
FOUND_SAME_LABEL, FOUND_SAME, FOUND_PART, GUESSED = 85, 75, 65, 65
VAGUE = 45  # a name of one word is guessed to be at its .com: shown, but not sure enough to be written to leads
ABROAD = 15  # less where the domain is of another country than the lead
CANDIDATES, GUESSES = 4, 4  # home pages that are read to find the one
SLOW = 5.0  # seconds after which other spellings of an address are not tried
_REFRESH = re.compile(r"""\s*[\d.]*\s*[;,]\s*url\s*=\s*['"]?([^'"\s]+)""", re.IGNORECASE)
_SPLASH = 400  # letters of text on a page that only leads on
_ANYBODYS = "io co ai me tv cc ly to gg fm eu sh is so la ws vc im re gl st ac"
_FOR_ANYBODY = frozenset(_ANYBODYS.split())  # endings of countries that others use, too
_ENDINGS = {
    "GB": ["co.uk"], "AU": ["com.au"], "BR": ["com.br"], "JP": ["co.jp"], "NZ": ["co.nz"], "ZA": ["co.za"],
    "KR": ["co.kr"], "TR": ["com.tr"], "MX": ["com.mx"], "IN": ["in", "co.in"], "US": [],
}  # fmt: skip
_OF_MANY = """
    wikipedia.org wikidata.org wikimedia.org bloomberg.com reuters.com forbes.com yelp.com yelp.de glassdoor.com
    glassdoor.de indeed.com kununu.com zoominfo.com dnb.com northdata.com northdata.de opencorporates.com
    service.gov.uk gov.uk kompass.com trustpilot.com apollo.io pitchbook.com owler.com rocketreach.co yellowpages.com
    gelbeseiten.de dasoertliche.de 11880.com cylex.de europages.com europages.de firmenwissen.de societe.com pappers.fr
    verif.com wlw.de companyhouse.de implisense.com amazon.com amazon.de ebay.com reddit.com apple.com play.google.com
    tracxn.com cbinsights.com leadiq.com lusha.com signalhire.com bbb.org mapquest.com tripadvisor.com booking.com
    finance.yahoo.com yahoo.com marketwatch.com moneyhouse.ch zefix.ch firmenabc.at herold.at paginegialle.it
    paginasamarillas.es infocif.es einforma.com quora.com pinterest.com vimeo.com stackoverflow.com"""
_DIRECTORIES = frozenset(_OF_MANY.split())


class Home(NamedTuple):
    """The home page of a company's website. Nothing on it is surer than `confidence`, that it is the company's."""

    domain: str  # as Lead.domain
    page: object  # its extract.document
    claims: list  # what it says
    confidence: int


class NoSite(StageFailed):
    """`is_gone`: nobody has a website there, so that another one may be looked for."""

    def __init__(self, sentence, is_gone=False):
        super().__init__(sentence)
        self.is_gone = is_gone


def find_home(subject, reader):
    """The Home of a claims.Subject. Raises StageFailed, which says why there is none.

    The domain that is known counts first, then the e-mail's. Only when nothing is there, or none is known, the website
    is searched and guessed: then it must name the company.
    """
    failure, tried = None, []
    for domain, sure in _known(subject):
        tried.append(domain)
        try:
            return _own(open_home(domain, reader), subject, domain, sure)
        except NoSite as error:
            failure = failure or error
            if not error.is_gone:
                break
    if failure and not failure.is_gone:
        raise failure
    if subject.name:
        if home := _searched(subject, reader, tried) or _guessed(subject, reader, tried):
            return home
        raise failure or NoSite(f"No website was found that names {short(subject.name)}.")
    raise failure or NoSite("There is no domain, e-mail address or company name to find a website by.")


# ----------------------------------------------------------- a known domain


def _known(subject):
    """(domain, confidence) of those that the lead says."""
    if subject.domain:
        yield subject.domain.removeprefix("www."), GIVEN
    host = subject.email.lower().rpartition("@")[2].strip(". ")
    if "." not in host or registrable(host) in FREE_MAIL or is_throwaway(f"@{host}"):
        return
    for domain in dict.fromkeys((host.removeprefix("mail."), registrable(host))):
        if domain != subject.domain:
            yield domain, OF_EMAIL


def _own(page, subject, domain, sure):
    """The Home of a domain that the lead says; where it leads to another one, of that."""
    claims = extract(page)
    alike = best_likeness(subject.name, _names(page, claims)) if subject.name else Likeness.PART
    if registrable(page.host) == registrable(domain):
        fits = alike or is_made_of(domain, subject.name)
        return Home(domain, page, claims, sure if fits else sure - UNLIKE)
    new = domain_of(page.url, "")
    if not new:
        raise NoSite(f"{domain} only leads to a page at {page.host}.", is_gone=True)
    wanted = subject.name or label(domain)
    if label(page.host) != label(domain) and not best_likeness(wanted, _names(page, claims)):
        raise NoSite(f"{domain} leads to {new}, which does not name {short(wanted)}.", is_gone=True)
    return Home(new, page, claims, min(sure, REDIRECTED))


def _names(page, claims):
    """What a page calls the company."""
    return [one.value for one in claims if one.field in ("company_name", "legal_name")] + [page.title]


# -------------------------------------------------------------- to find one


def _searched(subject, reader, tried):
    """The Home of a website that a search found and that names the company, or None."""
    query = f"{subject.name} {subject.country}".strip() if config.current().search_url else short(subject.name)
    found = dict.fromkeys(domain_of(hit.url, "") for hit in search(query, reader))
    found = [one for one in found if one and one not in tried and registrable(one) not in _DIRECTORIES]
    found.sort(key=lambda domain: not is_made_of(domain, subject.name))
    homes = (_confirmed(domain, subject, reader) for domain in found[:CANDIDATES])
    return max(filter(None, homes), key=lambda home: home.confidence, default=None)


def _confirmed(domain, subject, reader):
    try:
        page = open_home(domain, reader)
    except NoSite:
        return None
    claims, host = extract(page), page.host
    alike, is_called = best_likeness(subject.name, _names(page, claims)), is_made_of(host, subject.name)
    if not alike or (alike is Likeness.PART and not is_called):
        return None
    sure = FOUND_PART if alike is Likeness.PART else FOUND_SAME_LABEL if is_called else FOUND_SAME
    sure -= ABROAD if _is_abroad(host, subject.country) else 0
    return Home(domain_of(page.url, "") or domain, page, claims, sure)


def _guessed(subject, reader, tried):
    """The Home of the first of a few domains called as the company is that also names it, or None."""
    code = code_of(subject.country)
    endings = [*_ENDINGS.get(code, [code.lower()] if code else []), "com"]
    for domain in [one for one in guesses(short(subject.name), endings) if one not in tried][:GUESSES]:
        page = reader.read(f"https://{domain}/")
        page = document(page) if page.is_html else None
        if page is None or parking.is_parked(page):
            continue
        host, claims = page.host, extract(page)
        alike = best_likeness(subject.name, _names(page, claims))
        if alike is not Likeness.SAME or not is_made_of(host, subject.name) or _is_abroad(host, subject.country):
            continue
        is_vague = len(short(subject.name).split()) == 1 and not domain.endswith(f".{code.lower() or '-'}")
        return Home(domain_of(page.url, "") or domain, page, claims, VAGUE if is_vague else GUESSED)
    return None


def _is_abroad(host, country):
    """Whether a host's ending is of another country."""
    ending, code = host.rpartition(".")[2], code_of(country)
    if not code or len(ending) != 2 or ending in _FOR_ANYBODY:
        return False
    return {"uk": "GB"}.get(ending, ending.upper()) != code


# ---------------------------------------------------------------- to open it


def open_home(domain, reader):
    """The document that one sees who goes to `domain`. Raises NoSite when there is none of a company."""
    first = None
    for url in (f"https://{domain}/", f"https://www.{domain}/", f"http://{domain}/"):
        began = time.monotonic()
        page = reader.read(url)
        if page.is_html:
            return _home(domain, _led_on(document(page), reader))
        first = first or page
        is_there = page.status and page.status not in (404, 410)  # it does not want us, or has trouble
        if is_there or "robots.txt" in page.note or time.monotonic() - began > SLOW:
            raise _unread(domain, page)
    raise _unread(domain, first)


def _home(domain, page):
    if registrable(page.host) in parking.MARKETS or parking.is_parked(page):
        raise NoSite(f"{domain} is parked: nobody has put a website there.", is_gone=True)
    if parking.is_wall(page):
        raise NoSite(f"{domain} was not read: it lets no programs in.")
    return page


def _led_on(page, reader):
    """The document that `page` leads to when it only does that, as where people choose a language."""
    found = _REFRESH.match(page.meta("refresh"))
    url = page.absolute(found[1]) if found and len(page.text) < _SPLASH else ""
    if not url or url == page.url or (page.url.startswith("https:") and not url.startswith("https:")):
        return page
    after = reader.read(url)
    return document(after) if after.is_html else page


def _unread(domain, page):
    why = page.note.removeprefix("Not read, ") or f"it is not a page ({page.content_type or 'of no type'})"
    why = why.replace("Not a page", "it is not a page")
    is_gone = page.status in (404, 410) or (not page.status and why.startswith("there is no "))
    return NoSite(f"{domain} was not read: {why.rstrip('.')}.", is_gone)
