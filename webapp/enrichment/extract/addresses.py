"""Where a company has its seat: city and country, from structured data, postal addresses and tax numbers."""

import re

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
    r"(?:[A-Z][a-z]{0,2}\.|[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃÓĘĄČŠŽĐŘŤĎŇ][\w'’\-]*)"
    r"(?:[ \-/](?:[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃÓĘĄČŠŽ][\w'’\-]*|am|an|der|im|in|bei|"
    r"ob|a\.\s?d\.|d['’]\w+|sur|sous|en|le|la|les|lès|de|del|di|do|da|dos|el|los|las|den|aan|upon|on|nad|"
    r"i|und)){0,4}"
)
_STATE_WORDS = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI
    SC SD TN TX UT VT VA WA WV WI WY DC"""
_STATE = re.compile(rf"([A-Z][A-Za-z.'\- ]{{2,30}}?),?\s(?:{'|'.join(_STATE_WORDS.split())})[ ,]{{1,2}}$")
_REGION = re.compile(r"([A-Z][A-Za-z' ]{2,30}?),?\s(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)[ ,]{1,2}$")
_PROVINCE = re.compile(
    r"([A-ZÀ-Ý][\w.'\- ]{2,30}?),?\s\(?(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|Québec|Ontario)\)?[ ,]{1,2}$"
)
_BEFORE = re.compile(r"(?:^|[,\n|·•])[ \t]*(?:Co\.? )?([A-Z][A-Za-z'\- ]{2,30}?)(?: \d{1,2})?[,\s]{1,3}$")
# Postal codes by their shape; the countries that have them, of which the likely one is taken.
_CODE = re.compile(
    r"(?=\d\d)(?:(?P<US>\d{5}-\d{4})|(?P<PT>\d{4}-\d{3})|(?P<NL>\d{4} ?[A-Z]{2}(?![\w]))|(?P<DE_FR_ES_IT_FI_US>\d{5})"
    r"|(?P<SE_CZ_SK_GR>\d{3} \d\d)|(?P<PL>\d\d-\d{3})|(?P<AT_CH_BE_DK_NO_HU_LU_AU>\d{4}))"
)
_ISLES = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)")
_CANADA = re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d(?!\w)")
_EIRE = re.compile(r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}(?!\w)")
_JAPAN = re.compile(
    r"〒\s?\d{3}[-‐－]\d{4}\s*((?:北海道|東京都|京都府|大阪府|[一-龠]{2,3}県)?[一-龠ぁ-んァ-ヶ]{1,6}?[市区町村])"
)
_TOWN_BEHIND = re.compile(rf"[ \n]{{1,2}}({_TOWN})(?=\.?\s*(?:[\n,|·•(;]|$|[-–—] |\d)|\.\s)")
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
_PREFIX = re.compile(r"(?<!\w)([A-Z]{1,2}-)$")
_NO_TOWN = re.compile(
    r"^(?:Euro|EUR|Uhr|Tel|Telefon|Fax|USt|HRB|Amtsgericht|Mail|Jahre|Mitarbeiter|Kunden|Box|"
    r"Postfach|Cedex|Phone|Page|Copyright|All)\b|\bGmbH\b|\bAG$"
)
_LAST_LINES = 120  # characters behind a town where its country may stand
_STREET_END = re.compile(r"[^\n|·•]{3}\s{0,2}[\n,|·•–-]\s{0,2}(?:[A-Z]{1,2}[- ])?$")
_GLUED = frozenset("0123456789.,-/+:€$£#")
_MOST = 120


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
    """The most credible of the postal addresses in the text."""
    text, rows = document.figures, []
    for start, end, said, countries in _places(text, likely):
        if _NO_TOWN.search(said):
            continue
        prefix = _PREFIX.search(text[max(0, start - 3) : start])
        told = _PREFIXES.get(prefix[1], "") if prefix else _country_behind(text, end)
        code = told or next((one for one in likely if one in countries), "")
        if not code and len(countries) == 1:
            code = countries[0]
        if code and (code in countries or told):
            rows.append((72 if told or code in likely else 58, start, end, said, code))
    for confidence, start, end, said, code in sorted(rows, key=lambda row: (-row[0], row[1]))[:1]:
        quote = around(text, start, end, before=40, after=30)
        yield Claim("city", _town(said), document.url, quote, "text", confidence)
        yield Claim("country", COUNTRIES[code], document.url, quote, "text", confidence)


def _places(text, likely):
    """(start, end, town, the countries whose shape it has) of what looks like the last line of an address."""
    for match in list(_CODE.finditer(text))[:_MOST]:
        before, countries = text[max(0, match.start() - 45) : match.start()], match.lastgroup.split("_")
        if before[-1:] in _GLUED and not _PREFIX.search(before):
            continue
        for country, pattern in (("US", _STATE), ("AU", _REGION)):
            if country in countries and (town := pattern.search(before)):
                yield match.start() - len(before) + town.start(1), match.end(), town[1].strip(), (country,)
        if (town := _TOWN_BEHIND.match(text, match.end())) and _is_last_line(before, match.lastgroup):
            yield match.start(), town.end(), town[1], [one for one in countries if one not in ("US", "AU")]
    for country, code, pattern in (("GB", _ISLES, _BEFORE), ("CA", _CANADA, _PROVINCE), ("IE", _EIRE, _BEFORE)):
        if country in likely or not likely:
            for match in list(code.finditer(text))[:10]:
                if town := pattern.search(text[max(0, match.start() - 45) : match.start()]):
                    yield match.start() - len(town[0]), match.end(), town[1].strip(), (country,)
    if "〒" in text and (match := _JAPAN.search(text)):
        yield *match.span(), match[1], ("JP",)


def _is_last_line(before, shape):
    """Whether a street may stand before: plain digits alone are a code only behind a line's or a part's end."""
    if shape in ("PT", "NL", "PL"):
        return True
    return bool(_STREET_END.search(before))


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
