"""Telling a company's website from what stands at a domain where there is none: parked, for sale, just set up. Pure."""

import re

from .extract.parked import is_about_nobody

_SMALL = 3000  # letters of text: what says more than that is somebody's website, whatever else it says
_SCANNED = 100_000  # letters of its source
_FOR_SALE = re.compile(
    r"(?:domain|website|url)(?: name)?\b.{0,60}\b(?:is|may be|could be) (?:for sale|available for purchase|parked)"
    r"|buy this domain|this domain (?:has been registered|was registered|has expired|is parked)|parked (?:free|domain)"
    r"|domain parking|inquire about this domain|domain.{0,40}(?:steht zum verkauf|zu verkaufen|ist geparkt)"
    r"|domain kaufen|diese domain (?:wurde registriert|kaufen)|(?:ce|nom de) domaine.{0,40}(?:à vendre|en vente)"
    r"|dominio.{0,40}(?:en venta|in vendita|à venda)|domein.{0,40}te koop|related searches.{0,200}privacy policy",
    re.IGNORECASE | re.DOTALL,
)
_NOT_YET = re.compile(
    r"^(?:test page for|domain default|site not found|coming soon$|under construction$|suspended domain"
    r"|website (?:coming soon|under construction|im aufbau)|in kürze (?:hier|verfügbar)|site en construction"
    r"|sitio en construcción)",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"just a moment|checking your browser|attention required|are you a (?:robot|human)|a human|captcha|access denied"
    r"|request blocked|enable javascript and cookies|_incapsula_",
    re.IGNORECASE,
)
_SERVICES = re.compile(
    r"sedoparking\.com|parkingcrew\.net|bodis\.com|hugedomains\.com|afternic\.com|\bdan\.com/|undeveloped\.com|parklogic"
    r"|img1\.wsimg\.com/parking|window\.location\.href\s*=\s*[\"']/lander|d38psrni17bvxu\.cloudfront|cashparking"
    r"|domainmarket\.com|above\.com/marketplace|skenzo\.com",
    re.IGNORECASE,
)
_MARKETS = """
    sedo.com sedo.de hugedomains.com dan.com afternic.com undeveloped.com domainmarket.com atom.com squadhelp.com
    brandbucket.com godaddy.com namecheap.com above.com buydomains.com parkingcrew.com perfectdomain.com efty.com
    spaceship.com domainnamesales.com uniregistry.com epik.com"""
MARKETS = frozenset(_MARKETS.split())


def is_wall(page):
    """Whether a site shows programs, as which it knows us, nothing but that."""
    return is_about_nobody(page) and bool(_WALL.search(f"{page.title} {page.text} {page.html[:_SCANNED]}"))


def is_parked(page):
    """Whether nobody has put a website where `page` was read: the extract.document of a domain's home page."""
    if len(page.text) > _SMALL or is_wall(page):
        return False
    return bool(
        is_about_nobody(page)
        or _SERVICES.search(page.html[:_SCANNED])
        or _NOT_YET.match(page.title or page.text.lstrip())
        or _FOR_SALE.search(f"{page.title} {page.text}")
    )
