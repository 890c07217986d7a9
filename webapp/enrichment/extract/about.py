"""What a page says in so many words: website, summary, founding year, employees, ticker, industry."""

import re

from webapp.core.clock import now

from ..claims import Claim
from .document import tidy
from .evidence import around
from .industries import industry_of
from .organizations import own_organizations
from .structured import text_of

_YEAR = r"(1[5-9]\d\d|20\d\d)"
_FOUNDED = re.compile(
    r"(?:\b(?:founded|established|est\.|incorporated|started|formed|"
    r"launched)(?:\s+(?:back\s+)?in)?(?:\s+the\s+year)?\s*:?\s*"
    r"|\b(?:gegründet|gründung(?:sjahr)?|gegr\.)(?:\s*:?\s*(?:im\s+jahre?\s+|in\s+|wurde\s+)?)"
    r"|\b(?:fondée?|créée?|date de création)(?:\s*:?\s*(?:en\s+|depuis\s+)?)"
    r"|\b(?:fundad[ao]|creada|año de fundación)(?:\s*:?\s*(?:en\s+(?:el\s+año\s+)?)?)"
    r"|\b(?:fondat[ao]|nat[ao]|nasce|anno di fondazione)(?:\s*:?\s*(?:nel\s+)?)"
    r"|\b(?:opgericht|gesticht)(?:\s*:?\s*in\s+)|\b(?:założon[aoy]|powstał[aoy]?|rok "
    r"założenia)(?:\s*:?\s*w\s+(?:roku\s+)?)"
    r"|\b(?:grundat|grundades|grundad|grundlagt|stiftet|etablert|etableret|perustettu)(?:\s*:?\s*(?:år\s+|i\s+|"
    r"vuonna\s+)*)"
    r"|\b(?:fundada|založen[ao]|alapítva|înființată)(?:\s*:?\s*(?:em|v roce|în)?\s*)"
    rf"|(?:創業|設立|創立|创立于|成立于|설립)[\s:：年月日]*(?:西暦)?){_YEAR}",
    re.IGNORECASE,
)
_WAS_FOUNDED = re.compile(
    rf"\b(?:in|im jahre?|en|nel|anno|år|w)\s+{_YEAR}(?:\s+roku)?[^.\n]{{0,40}}?\b(?:gegründet|founded|"
    rf"established|fondée?|opgericht|fondata|fundada|założon[ay]|grundades|startades)\b",
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"\b(?:since|seit|depuis|desde|dal|sinds|od|sedan|siden)\s+(?:(?:dem jahr|the year|l'année|el año|roku|"
    rf"år)\s+)?{_YEAR}\b",
    re.IGNORECASE,
)
_WORKERS = (
    r"employees|people|staff|professionals|colleagues|mitarbeiter(?:innen)?(?:\s+und\s+mitarbeiter(?:innen)?)?|"
    r"mitarbeitende[nr]?|beschäftigte|"
    r"collaborateurs|salariés|employés|empleados|trabajadores|dipendenti|collaboratori|persone|medewerkers|"
    r"pracowników|anställda|medarbetare|ansatte|medarbejdere"
)
_OURS = (
    r"\b(?:we|our|us|employs?|team of|wir|unser\w*|beschäftig\w*|nous|notre|nos|emploie|compte|contamos|"
    r"nuestr\w+|equipo de|emplea|"
    r"nostr[oaie]|siamo|team di|conta|onze?|wij|werken|zatrudnia\w*|nasz\w*|vår[at]?|vi är|företaget har|har)\b"
)
_EMPLOYEES = re.compile(
    rf"{_OURS}[^.\n]{{0,50}}?\b(\d{{1,3}}(?:[.,\s]\d{{3}})+|\d{{1,6}})\+?\s+(?:\w+\s+)?(?:{_WORKERS})\b", re.IGNORECASE
)
_EMPLOYEES_EAST = re.compile(r"従業員数?\s*[:：]?\s*(?:約|連結)?\s*([\d,]{1,9})\s*(?:名|人)")
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
    if match := _TICKER.search(document.text):
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
    texts = (document.text, document.meta("description", "og:description"), document.title)
    found = [
        (match, text)
        for text in texts
        for pattern in (_FOUNDED, _WAS_FOUNDED)
        for match in pattern.finditer(text)
        if _is_past(match[1])
    ]
    confidence = 72
    if not found:
        found = [(match, text) for text in texts for match in _SINCE.finditer(text) if int(match[1]) < now().year - 1]
        confidence = 50
    years = [match[1] for match, _ in found]
    if not years or (confidence == 50 and len(set(years)) > 1):
        return
    year = max(set(years), key=lambda one: (years.count(one), -int(one)))
    match, text = next((match, text) for match, text in found if match[1] == year)
    confidence -= 12 * (len(set(years)) - 1)
    if confidence >= 35:
        yield Claim("founded", year, document.url, around(text, *match.span()), "text", confidence)


def _employees(document):
    for pattern in (_EMPLOYEES, _EMPLOYEES_EAST):
        for match in pattern.finditer(document.text):
            count = re.sub(r"\D", "", match[1])
            if 2 <= int(count) < 1_000_000 and not (
                len(match[1]) == 4 and match[1][:2] in ("19", "20") and match[1].isdecimal()
            ):
                quote = around(document.text, *match.span())
                yield Claim("employees", str(int(count)), document.url, quote, "text", 55)
                return
