"""Everything that is looked for on a page, and in which order."""

from ..claims import Claim
from .about import about_claims
from .addresses import address_claims
from .contacts import email_claims
from .document import document
from .legal import legal_claims
from .names import company_names
from .parked import is_about_nobody
from .people import people_claims
from .phones import phone_claims
from .profiles import profile_claims
from .structured import nodes
from .technologies import technology_claims

_LONGEST = {"description": 600, "company_name": 120, "legal_name": 160}


def extract(page):
    """The claims of a page about the company whose site it is on: [Claim, …], several for one field where the page
    says it in several places. Never raises; nothing of what is no page, is parked or a wall before the site.
    """
    page = document(page)
    if not page.html or is_about_nobody(page):
        return []
    found = nodes(page)
    claims = [*_name(page, found), *legal_claims(page, found), *about_claims(page, found)]
    claims += address_claims(page, found, claims)
    claims += [*email_claims(page, found), *phone_claims(page, found, claims)]
    claims += [*profile_claims(page, found), *people_claims(page, found), *technology_claims(page)]
    return _best(claims)


def company_name(page):
    """What the company behind a page calls itself, "" when nothing says so clearly."""
    page = document(page)
    if not page.html or is_about_nobody(page):
        return ""
    named = company_names(page, nodes(page))
    return named.value if named else ""


def _name(page, found):
    named = company_names(page, found)
    return [Claim("company_name", named.value, page.url, named.quote, named.method, named.confidence)] if named else []


def _best(claims):
    """Each value of a field once, from its best source."""
    kept = {}
    for claim in claims:
        key = (claim.field, claim.value.casefold())
        if claim.value and (key not in kept or claim.confidence > kept[key].confidence):
            kept[key] = claim
    return list(kept.values())
