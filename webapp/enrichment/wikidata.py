"""The stage that asks Wikidata: which of its items is the company, and what it says of it.

An item is known again by its official website, and by its name where that fits only one company. One that has another
website than the company is another company, whatever it is called.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from webapp.leads.countries import code_of

from . import wikibase
from .naming import Likeness, label, likeness, registrable, short
from .wikidata_claims import claims_of, linked

# Confidences by what an item is known by
SITE_AND_NAME, SITE, OTHERS_SITE, PAGE_AND_NAME = 92, 82, 70, 78  # OTHERS_SITE: with a name unlike ours
NAME_AND_LABEL, NAME_AND_COUNTRY, NAME = 65, 65, 55  # NAME_AND_LABEL: acme.com is of the Acme that we know as acme.de
LOOKED_AT = 8  # items
# What companies have, and what else that has a website has not
_COMPANIES = "P452 P159 P1128 P2139 P169 P414 P1454 P1278 P749 P355 P4264 P1320 P112 P488 P1056 P3320"
_OF_COMPANIES = _COMPANIES.split()
# people, disambiguation, names, films, series, albums, bands, songs, books, games, countries, towns, lists, categories
_OTHERS = """
    Q5 Q4167410 Q22808320 Q101352 Q202444 Q11424 Q5398426 Q482994 Q215380 Q7366 Q134556 Q571 Q7889 Q6256 Q515 Q13406463
    Q4167836"""
_NO_COMPANY = frozenset(_OTHERS.split())


class Match(NamedTuple):
    """The item that a company is, and how sure that is."""

    entity: wikibase.Entity
    confidence: int

    @property
    def websites(self):
        """Its addresses on the web, the current one first."""
        return self.entity.values("P856")


def look_up(subject, reader, *, fields):
    """Add what Wikidata says of `fields` to the claims of `subject`. Raises StageFailed if it cannot be asked."""
    match = find(subject, reader)
    if match is None:
        return
    names = wikibase.labels(linked(match.entity), reader)
    subject.claims += [claim for claim in claims_of(match, names, subject.domain) if claim.field in fields]


def find(subject, reader):
    """The Match of `subject`, or None when there is none, or several that it may be. Raises StageFailed."""
    name = subject.name or getattr(subject.best("company_name"), "value", "")
    if subject.domain:
        ids = wikibase.at_websites(_addresses(subject.domain), reader)[:LOOKED_AT]
        if match := _at_domain(_distinct(ids, reader), subject.domain, name):
            return match
    if not name:
        return None
    called = sorted(wikibase.called(short(name), reader), key=lambda one: -likeness(name, one[1]))
    ids = [id for id, _ in called[:LOOKED_AT]]
    named = [one for one in _distinct(ids, reader) if _alike(one, name) is Likeness.SAME]
    if subject.domain:
        return _at_domain(named, subject.domain, name) or _named_at(named, subject, reader)
    return _only(named, subject.country, reader)


def _distinct(ids, reader):
    found = wikibase.entities(ids, reader)
    return list({entity.id: entity for entity in found.values()}.values())


def _addresses(domain):
    """The ways in which an official website is usually written down."""
    return [
        f"{scheme}://{www}{domain}{end}" for scheme in ("https", "http") for www in ("www.", "") for end in ("/", "")
    ]


def _alike(entity, name):
    return max((likeness(name, one) for one in entity.names), default=Likeness.NONE)


def _weight(entity):
    """How much of what companies have an item has; 0 for what is none, or is no more."""
    kinds = {one.value for one in entity.statements("P31") if isinstance(one.value, str)}
    ended = any(getattr(one.value, "is_past", True) for one in entity.statements("P576"))
    return 0 if ended or kinds & _NO_COMPANY else sum(bool(entity.statements(prop)) for prop in _OF_COMPANIES)


# ------------------------------------------------------------ by the website


def _at_domain(entities, domain, name):
    """The Match among items whose official website is at `domain`: the one with the name, and most of a company."""
    ranked = []
    for entity in entities:
        depth = _depth(entity, domain)
        alike = _alike(entity, name) if name else Likeness.NONE
        weight = _weight(entity)
        if depth is None or not weight:
            continue
        ranked.append(((alike, not depth, weight), entity))
    ranked.sort(key=lambda one: one[0], reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    (alike, is_home, _), entity = ranked[0]
    if not is_home:
        return Match(entity, PAGE_AND_NAME)
    return Match(entity, SITE_AND_NAME if alike else OTHERS_SITE if name else SITE)


def _depth(entity, domain):
    """0 when the domain's home page is an official website of `entity`, 1 when another page there is, else None."""
    depths = [_depth_of(address, domain) for address in _websites(entity)]
    return min((depth for depth in depths if depth is not None), default=None)


def _websites(entity):
    return [one.value for one in entity.statements("P856") if isinstance(one.value, str)]


def _depth_of(address, domain):
    host, path = host_and_path(address)
    if host == domain:
        return 0 if len(path.strip("/")) <= 5 else 1  # "/", "/en", "/de-de/"
    return 1 if registrable(host) == registrable(domain) else None


def host_and_path(address):
    """The host of an address without www., and its path; both "" for what is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").removeprefix("www."), parts.path
    except ValueError:
        return "", ""


# --------------------------------------------------------------- by the name


def _named_at(entities, subject, reader):
    """The Match by name of a company with a domain: an item without a website, or with one that is called the same."""
    ours = label(subject.domain)
    fitting = [one for one in entities if all(label(host_and_path(site)[0]) == ours for site in _websites(one))]
    match = _only(fitting, subject.country, reader)
    if match and _websites(match.entity):
        return match._replace(confidence=NAME_AND_LABEL)
    return match


def _only(entities, country, reader):
    """The Match of the one company among these items, or of the one in `country`; None when it may be several."""
    companies = [one for one in entities if _weight(one)]
    code = code_of(country)
    if code and companies:
        places = {one.id: one.values("P17") for one in companies}
        names = wikibase.labels([place for some in places.values() for place in some], reader)
        codes = {id: {code_of(names.get(place, "")) for place in some} - {""} for id, some in places.items()}
        here = [one for one in companies if code in codes[one.id]]
        if len(here) == 1:
            return Match(here[0], NAME_AND_COUNTRY)
        companies = here or [one for one in companies if not codes[one.id]]
    return Match(companies[0], NAME) if len(companies) == 1 else None
