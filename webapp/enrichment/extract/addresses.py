"""Where a company has its seat: city and country, from structured data, postal addresses and tax numbers."""

import re
from typing import NamedTuple

from webapp.core.countries import COUNTRIES
from webapp.leads.countries import code_of

from ..claims import Claim
from .document import tidy
from .evidence import around
from .organizations import addresses, own_organizations
from .places import of_domain, of_language
from .structured import text_of
from .tax_numbers import country_by_tax_number

_TOWN = (
    r"[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃÓĘĄČŠŽĐŘŤĎŇ][\w'’.\-]*(?:[ \-/](?:[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃÓĘĄČŠŽ][\w'’.\-]*|am|an|der|im|in|"
    r"bei|ob|a\.\s?d\.|d['’]\w+|sur|sous|en|le|la|les|lès|de|del|di|do|da|dos|el|los|las|den|aan|upon|on|nad|"
    r"i|und)){0,4}"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|"
    "OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_STREET = r"[^\n|·•]{3,70}?"


class _Shape(NamedTuple):
    """How addresses of some countries end. The country is the only one, or else whichever of them is likely."""

    countries: tuple
    pattern: re.Pattern


def _shape(countries, pattern):
    return _Shape(tuple(countries.split()), re.compile(pattern))


_CUT = r"(?=\s*(?:[\n,|·•(;]|$|[-–—] |\d))"
_SHAPES = (
    _shape("NL", rf"(?<![\w-])\d{{4}} ?[A-Z]{{2}}[ \n]{{1,2}}({_TOWN}){_CUT}"),
    _shape("PL", rf"(?<![\w-])\d\d-\d{{3}}[ \n]({_TOWN}){_CUT}"),
    _shape("PT", rf"(?<![\w-])\d{{4}}-\d{{3}}[ \n]({_TOWN}){_CUT}"),
    _shape("SE CZ SK GR", rf"(?<![\w-])(?:SE?-|CZ-|SK-)?\d{{3}} \d\d[ \n]({_TOWN}){_CUT}"),
    _shape(
        "US",
        rf"(?:^|[,\n|·•])[ \t]*([A-Z][A-Za-z.'\- ]{{2,30}}?),?\s(?:{_STATES})[ ,]{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\d)",
    ),
    _shape(
        "CA",
        r"(?:^|[,\n|·•])[ \t]*([A-ZÀ-Ý][\w.'\- ]{2,30}?),?\s\(?(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|Québec|"
        r"Ontario)\)?[ ,]{1,2}[A-Z]\d[A-Z] ?\d[A-Z]\d",
    ),
    _shape(
        "AU", r"(?:^|[,\n|·•])[ \t]*([A-Z][A-Za-z' ]{2,30}?),?\s(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)[ ,]{1,2}\d{4}(?!\d)"
    ),
    _shape("GB", r"(?:^|[,\n|·•])[ \t]*([A-Z][A-Za-z'\- ]{2,30}?)[,\s]{1,3}[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)"),
    _shape(
        "IE",
        r"(?:^|[,\n|·•])[ \t]*(?:Co\.? )?([A-Z][A-Za-z' ]{2,25}?)(?: \d{1,2})?[,\s]{1,3}[AC-FHKNPRTV-Y]\d[\dW] "
        r"?[0-9AC-FHKNPRTV-Y]{4}(?!\w)",
    ),
    _shape(
        "JP",
        r"〒?\s?\d{3}[-‐－]\d{4}\s*((?:北海道|東京都|京都府|大阪府|[一-龠]{2,3}県)?[一-龠ぁ-んァ-ヶ]{1,6}?[市区町村])",
    ),
    _shape(
        "DE FR ES IT FI",
        rf"{_STREET}[\n,|·•–-]\s{{0,2}}(?:D-|F-|E-|I-|FI-|DE-|FR-|IT-|"
        rf"ES-)?(?<!\d)\d{{5}}(?! ?[\d.,€%])[ \n]({_TOWN}){_CUT}",
    ),
    _shape(
        "AT CH BE DK NO HU LU",
        rf"{_STREET}[\n,|·•–-]\s{{0,2}}(?:A-|CH-|B-|DK-|N-|L-|H-|BE-)?(?<!\d)\d{{4}}(?! ?[\d.,€%])[ \n]({_TOWN}){_CUT}",
    ),
)
_PREFIXES = {
    "D-": "DE",
    "DE-": "DE",
    "F-": "FR",
    "FR-": "FR",
    "E-": "ES",
    "I-": "IT",
    "IT-": "IT",
    "A-": "AT",
    "CH-": "CH",
    "B-": "BE",
    "BE-": "BE",
    "DK-": "DK",
    "N-": "NO",
    "L-": "LU",
    "S-": "SE",
    "SE-": "SE",
    "CZ-": "CZ",
    "SK-": "SK",
}
_PREFIX = re.compile(r"(?<!\w)([A-Z]{1,2}-)(?=\d{3})")
_NO_TOWN = re.compile(
    r"^(?:Euro|EUR|Uhr|Tel|Telefon|Fax|USt|HRB|Amtsgericht|Mail|Jahre|Mitarbeiter|Kunden|Box|"
    r"Postfach|Cedex|Phone|Page|Copyright|All)\b|\bGmbH\b|\bAG$"
)
_LAST_LINES = 120  # characters behind a town where its country may stand


def address_claims(document, found, claims):
    """Claims of city and country, of structured data before addresses before the domain's ending."""
    made = []
    for place, (method, node) in enumerate(own_organizations(document, found)[:3]):
        for order, address in enumerate(addresses(node)[:2]):
            made += _structured(document, method, address, 90 - 15 * place - 12 * order)
    tax = country_by_tax_number(document)
    if tax is not None:
        made.append(tax)
    likely = [code for code in (_code(made), of_domain(document.host), of_language(document)) if code]
    made += _written(document, likely)
    code = of_domain(document.host)
    if code and not _code(made):
        made.append(Claim("country", COUNTRIES[code], document.url, document.host, "domain", 45))
    return made


def _code(claims):
    found = [claim for claim in claims if claim.field == "country"]
    return code_of(max(found, key=lambda claim: claim.confidence).value) if found else ""


def _structured(document, method, address, confidence):
    city = tidy(text_of(address.get("addressLocality")), 80).strip(" ,")
    if city and any(character.isalpha() for character in city) and not any(character.isdigit() for character in city):
        yield Claim("city", _cased(city), document.url, f'"addressLocality": "{city}"', method, confidence)
    said = tidy(text_of(address.get("addressCountry")), 60)
    if code := code_of(said) if said else "":
        yield Claim("country", COUNTRIES[code], document.url, f'"addressCountry": "{said}"', method, confidence)


def _cased(city):
    return city.title() if city.isupper() and len(city) > 3 else city


def _written(document, likely):
    """Of the postal addresses in the text the first one in each shape; the likely countries' shapes first."""
    text = document.text
    rows = []
    for shape in _SHAPES:
        match = next((one for one in shape.pattern.finditer(text) if not _NO_TOWN.search(one[1])), None)
        if match is None or (
            len(shape.countries) == 1 and shape.countries[0] in ("GB", "IE", "US", "CA", "AU") and not match[1].strip()
        ):
            continue
        prefix = _PREFIX.search(match[0])
        code = _PREFIXES.get(prefix[1], "") if prefix else ""
        told = _country_behind(text, match.end())
        code = code or told or next((one for one in likely if one in shape.countries), "")
        certain = bool(told or prefix)
        if not code and len(shape.countries) == 1:
            code = shape.countries[0]
        if not code or code not in (*shape.countries, told):
            continue
        confidence = 72 if certain or code in likely else 58
        rows.append((confidence, match, code))
    for confidence, match, code in sorted(rows, key=lambda row: -row[0])[:1]:
        quote = around(text, *match.span(), before=10, after=30)
        yield Claim("city", _town(match[1]), document.url, quote, "text", confidence)
        yield Claim("country", COUNTRIES[code], document.url, quote, "text", confidence)


def _town(said):
    town = re.sub(r"\s+(?:Cedex|CEDEX)\b.*", "", tidy(said, 80)).strip(" ,.-")
    if prefecture := re.match(r"(?:北海道|東京都|京都府|大阪府|[一-龠]{2,3}県)(?=.)", town):
        town = "東京" if prefecture[0] == "東京都" else town[prefecture.end() :]
    return _cased(town)


def _country_behind(text, end):
    """The code of a country that is named in the words right behind an address."""
    for piece in re.split(r"[\n,|·•()–]", text[end : end + _LAST_LINES])[:4]:
        word = piece.strip(" .-")
        if 2 < len(word) < 30 and (code := code_of(word)):
            return code
    return ""
