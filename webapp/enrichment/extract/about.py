"""What a page says in so many words: website, summary, founding year, employees, ticker, industry."""

import re

from webapp.core.clock import now

from ..claims import Claim
from .document import tidy
from .evidence import around
from .industries import industry_of
from .organizations import own_organizations
from .structured import text_of

_YEAR = r"(1[5-9]\d\d|20\d\d)(?!\d)"
_A_YEAR = re.compile(_YEAR)
# What stands right before the year of foundation, what behind it, and what before a weaker "since".
_FOUNDED = re.compile(
    r"(?:\b(?:founded|established|est\.|incorporated|started|formed|launched)(?:\s+(?:back\s+)?in)?(?:\s+the\s+year)?"
    r"|\b(?:gegründet|gründung(?:sjahr)?|gegr\.)(?:\s*:?\s*(?:im\s+jahre?|in|wurde))?"
    r"|\b(?:fondée?|créée?|date de création)(?:\s*:?\s*(?:en|depuis))?"
    r"|\b(?:fundad[ao]|creada|año de fundación)(?:\s*:?\s*(?:en(?:\s+el\s+año)?))?"
    r"|\b(?:fondat[ao]|nat[ao]|nasce|anno di fondazione)(?:\s*:?\s*nel)?"
    r"|\b(?:opgericht|gesticht)(?:\s*:?\s*in)|\b(?:założon[aoy]|powstał[aoy]?|rok założenia)(?:\s*:?\s*w(?:\s+roku)?)?"
    r"|\b(?:grundat|grundades|grundad|grundlagt|stiftet|etablert|etableret|perustettu)(?:\s*:?\s*(?:år|i|vuonna))*"
    r"|\b(?:fundada|založen[ao]|alapítva|înființată)(?:\s*:?\s*(?:em|v roce|în))?"
    r"|(?:創業|設立|創立|创立于|成立于|설립)(?:年月日|年)?(?:\s*西暦)?)\s*[:：]?\s*$",
    re.IGNORECASE,
)
_WAS_FOUNDED = re.compile(
    r"(?:\s+roku)?[^.\n]{0,40}?\b(?:gegründet|founded|established|fondée?|opgericht|fondata|fundada|założon[ay]|"
    r"grundades|startades)\b",
    re.IGNORECASE,
)
_BEFORE_WAS = re.compile(r"\b(?:wurde|was|fue|werd|została|in|im jahre?|en|nel|anno|år|w)\s+$", re.IGNORECASE)
_SINCE = re.compile(
    r"\b(?:since|seit|depuis|desde|dal|sinds|od|sedan|siden)\s+(?:(?:dem jahr|the year|l'année|el año|roku|år)\s+)?$",
    re.IGNORECASE,
)
_WORKERS = (
    r"employees|people|staff|professionals|colleagues|mitarbeiter(?:innen)?(?:\s+und\s+mitarbeiter(?:innen)?)?|"
    r"mitarbeitende[nr]?|beschäftigte|"
    r"collaborateurs|salariés|employés|empleados|trabajadores|dipendenti|collaboratori|persone|medewerkers|"
    r"pracowników|anställda|medarbetare|ansatte|medarbejdere"
)
_OURS = re.compile(
    r"\b(?:we|our|us|employs?|team of|wir|unser\w*|beschäftig\w*|nous|notre|nos|emploie|compte|contamos|nuestr\w+|"
    r"equipo de|emplea|nostr[oaie]|siamo|team di|conta|onze?|wij|werken|zatrudnia\w*|nasz\w*|vår[at]?|vi är|"
    r"företaget har|har)\b[^.\n]*$",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"(?=\d)(\d{{1,3}}(?:[.,\s]\d{{3}})+|\d{{1,6}})\+?\s+(?:\w+\s+)?(?:{_WORKERS})\b", re.IGNORECASE)
_COUNT_EAST = re.compile(r"従業員数?\s*[:：]?\s*(?:約|連結)?\s*(\d[\d,]{0,8})\s*(?:名|人)")
_EXCHANGES = ("NYSE", "NASDAQ", "Nasdaq", "LSE", "FWB", "XETRA", "Euronext", "TSE", "ASX", "TSX", "WSE", "GPW", "OMX")
_TICKER = re.compile(
    r"\(?\b(NYSE(?: American)?|NASDAQ|Nasdaq|LSE|FWB|XETRA|Euronext(?: \w+)?|TSE|ASX|TSX|WSE|"
    r"GPW|OMX)\s*[:：]\s*([A-Z][A-Z0-9.]{0,5}|\d{4})\b"
)
_EARLIEST = 1500


def about_claims(document, found):
    """Claims about website, domain, description, industry, founded, employees, ticker."""
    claims = [
        Claim(
            "website",
            f"{document.url.partition('://')[0]}://{_netloc(document.url)}",
            document.url,
            document.url,
            "domain",
            80,
        ),
        Claim("domain", document.host, document.url, document.url, "domain", 85),
    ]
    for place, (method, node) in enumerate(own_organizations(document, found)[:3]):
        claims += _of_node(document, method, node, 0 if place == 0 else 20)
    claims += _descriptions(document)
    claims += _founded(document)
    claims += _employees(document)
    exchanges = any(name in document.text for name in _EXCHANGES)
    if exchanges and (match := _TICKER.search(document.text)):
        quote = around(document.text, *match.span())
        claims.append(Claim("ticker", f"{match[1]}: {match[2]}", document.url, quote, "text", 75))
    return claims


def _netloc(url):
    return url.partition("://")[2].partition("/")[0].partition("?")[0].lower()


def _of_node(document, method, node, less):
    def claim(field, value, name, confidence):
        return Claim(field, value, document.url, tidy(f'"{name}": "{value}"', 240), method, confidence - less)

    if (text := tidy(text_of(node.get("description")), 600)) and len(text) >= 30:
        yield claim("description", text, "description", 80)
    year = re.match(rf"\s*{_YEAR}", text_of(node.get("foundingDate")))
    if year and _is_past(year[1]):
        yield claim("founded", year[1], "foundingDate", 90)
    if ticker := tidy(text_of(node.get("tickerSymbol")), 20):
        yield claim("ticker", ticker, "tickerSymbol", 90)
    if industry := industry_of(node):
        yield Claim("industry", industry[0], document.url, f'"@type": "{industry[1]}"', method, 60 - less)
    yield from _head_count(claim, node.get("numberOfEmployees"))


def _head_count(claim, said):
    if isinstance(said, dict):
        low, high = (re.sub(r"\D", "", text_of(said.get(name)))[:7] for name in ("minValue", "maxValue"))
        if low and high and int(low) < int(high):
            yield claim("employee_range", f"{int(low)}-{int(high)}", "numberOfEmployees", 80)
        said = said.get("value")
    said = text_of(said)
    if match := re.fullmatch(r"\s*(\d{1,7})\s*[-–]\s*(\d{1,7})\s*", said):
        yield claim("employee_range", f"{match[1]}-{match[2]}", "numberOfEmployees", 80)
    elif (digits := re.sub(r"[\s.,](?=\d{3}\b)", "", said).strip()).isdecimal() and 0 < int(digits[:8]) < 5_000_000:
        yield claim("employees", str(int(digits)), "numberOfEmployees", 85)


def _descriptions(document):
    for names, method, confidence in (
        (("description",), "meta", 72),
        (("og:description", "twitter:description"), "opengraph", 68),
    ):
        text = document.meta(*names)
        if len(text) >= 40:
            deep = document.path.strip("/").count("/") + bool(document.path.strip("/"))
            yield Claim(
                "description", tidy(text, 600), document.url, tidy(text, 240), method, confidence - min(20, 8 * deep)
            )


def _is_past(year):
    return _EARLIEST < int(year) <= now().year


def _founded(document):
    """The year that most places say; "since" counts only when no other year stands there."""
    found = []  # (sure, year, quote)
    for text in (document.figures, document.meta("description", "og:description"), document.title):
        for match in list(_A_YEAR.finditer(text))[:80]:
            before, after = text[max(0, match.start() - 45) : match.start()], text[match.end() : match.end() + 60]
            sure = _FOUNDED.search(before) or (_BEFORE_WAS.search(before) and _WAS_FOUNDED.match(after))
            if _is_past(match[0]) and (sure or (_SINCE.search(before) and int(match[0]) < now().year - 1)):
                found.append((bool(sure), match[0], around(text, *match.span(), before=80)))
    certain = any(sure for sure, _, _ in found)
    years = [year for sure, year, _ in found if sure or not certain]
    if not years or (not certain and len(set(years)) > 1):
        return
    year = max(set(years), key=lambda one: (years.count(one), -int(one)))
    confidence = (72 if certain else 50) - 12 * (len(set(years)) - 1)
    if confidence >= 35:
        quote = next(quote for sure, one, quote in found if one == year and sure == certain)
        yield Claim("founded", year, document.url, quote, "text", confidence)


def _employees(document):
    text = document.figures
    for match in _COUNT.finditer(text):
        count = re.sub(r"\D", "", match[1])
        is_year = len(match[1]) == 4 and match[1][:2] in ("19", "20")
        if (
            1 < int(count) < 1_000_000
            and not is_year
            and _OURS.search(text[max(0, match.start() - 60) : match.start()])
        ):
            quote = around(text, *match.span())
            yield Claim("employees", str(int(count)), document.url, quote, "text", 55)
            return
    if match := _COUNT_EAST.search(text):
        count = match[1].replace(",", "")
        yield Claim("employees", str(int(count)), document.url, around(text, *match.span()), "text", 60)
