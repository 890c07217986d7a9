"""The general e-mail address of a company, also where a page hides it from robots a little."""

import re
from itertools import chain
from urllib.parse import unquote

from webapp.leads.cleaning import FREE_MAIL

from ..claims import Claim
from .document import tidy
from .evidence import around
from .links import is_same_site
from .names import label_of
from .organizations import own_organizations
from .structured import each, text_of

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"([a-z0-9][a-z0-9._%+-]{{0,63}})@((?:{_LABEL}\.){{1,5}}[a-z]{{2,24}})(?![\w-])", re.IGNORECASE)
_AT = re.compile(
    r"[\[({<]\s?(?:at|ät|æt|arobase?|arroba|chiocciola|apenstaartje|małpa|snabel-?a|@)\s?[\])}>]\s?", re.IGNORECASE
)
_AT_WORD = re.compile(r" (?:AT|_at_) | at (?=[\w-]{2,40} (?:dot|punkt) )", re.IGNORECASE)
_DOT = re.compile(
    r"\s?[\[({<]\s?(?:dot|punkt|point|punto|kropka|ponto|\.)\s?[\])}>]\s?|\s(?:DOT|dot|punkt|"
    r"PUNKT)\s",
    re.IGNORECASE,
)
_FRONT = re.compile(r"[\w.+-]{1,40}$", re.ASCII)
# Mailboxes that a company has for everybody, the most general first; those of others say something else.
_GENERAL_WORDS = """
    info hello contact kontakt office mail hallo post bonjour hola ciao hej contacto contato contatti informacion
    accueil welcome team general biuro kontor sekretariat buero zentrale postmaster@ enquiries enquiry inquiries ask
    hi hey service firma empresa studio informatie informazioni contactus administracion administration reception"""
_GENERAL = _GENERAL_WORDS.split()
_SPECIAL_WORDS = """
    sales support help vertrieb verkauf ventas vendite commercial comercial shop orders order bestellung service
    kundenservice customerservice helpdesk booking reservations reservierung reservas prenotazioni bookings"""
_SPECIAL = _SPECIAL_WORDS.split()
_NEVER = re.compile(
    r"^(?:no-?reply|do-?not-?reply|abuse|postmaster|hostmaster|webmaster|privacy|datenschutz|dpo|dsb|gdpr|rgpd|"
    r"dsgvo|privacidad|security|jobs?|"
    r"career|careers|karriere|bewerbung|recruit\w*|hr|press|presse|media|newsletter|billing|invoice|rechnung|"
    r"example|name|your|you|user|"
    r"email|e-mail|mustermann|max\.mustermann|john\.?doe|jane\.?doe|firstname.*|vorname.*|test)$"
)
_NO_DOMAIN = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|domain\.(?:com|tld)|email\.com|yourdomain\.\w+|"
    r"sentry\.io|wixpress\.com|sentry\.wixpress\.com)$|\.(?:png|jpe?g|gif|webp|svg|css|"
    r"js)$"
)
_MOST = 60


def email_claims(document, found):
    """At most three claims of the general e-mail, the best first."""
    rows = []
    for order, (address, method, quote) in enumerate(_addresses(document, found)):
        if (confidence := _confidence(document.host, address)) > 0:
            bonus = {"json-ld": 6, "microdata": 6, "link": 4}.get(method, 0)
            rows.append(
                (
                    -min(96, confidence + bonus),
                    order,
                    Claim("email", address, document.url, quote, method, min(96, confidence + bonus)),
                )
            )
    kept = {}
    for *_, claim in sorted(rows, key=lambda row: row[:2]):
        kept.setdefault(claim.value, claim)
    return list(kept.values())[:3]


def _confidence(host, address):
    """How sure it is that an address is the company's general one; 0 when it is somebody else's."""
    local, _, domain = address.partition("@")
    if _NEVER.search(local) or _NO_DOMAIN.search(domain) or len(address) > 120:
        return 0
    own = is_same_site(domain, host) or (label_of(domain) and label_of(domain) == label_of(host))
    if own:
        base = 86
    elif domain in FREE_MAIL:
        return 55 if re.split(r"[._-]", local)[0] in _GENERAL or label_of(host).replace("-", "")[:5] in local else 42
    else:
        return 45 if local in _GENERAL and label_of(domain)[:4] == label_of(host)[:4] else 0
    first = re.split(r"[._-]", local)[0]
    if local in _GENERAL or first in _GENERAL:
        return base - (_GENERAL.index(first) // 6 if first in _GENERAL else 0)
    if local in _SPECIAL:
        return base - 22
    if compactly(local) == compactly(label_of(host)):
        return base - 6
    return 0 if re.fullmatch(r"[a-z]+[._-][a-z]+|[a-z][._-]?[a-z]+", local) and "." in local else 40


def compactly(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _addresses(document, found):
    """(address in lower case, method, quote), structured data before links before text."""
    for method, node in own_organizations(document, found)[:3]:
        points = [one for one in each(node.get("contactPoint")) if isinstance(one, dict)]
        for said in [node.get("email"), *(point.get("email") for point in points)]:
            for one in each(said):
                text = text_of(one).strip().removeprefix("mailto:")
                if match := _ADDRESS.fullmatch(text):
                    yield match[0].lower(), method, f'"email": "{text}"'
    for href, node in document.anchors:
        if href[:7].lower() == "mailto:" and (match := _ADDRESS.match(unquote(href[7:200]).strip())):
            yield match[0].lower(), "link", tidy(node.text(strip=True), 100) or match[0]
    if "cfemail" in document.html or "email-protection#" in document.html:
        for node in document.css('[data-cfemail], a[href*="email-protection#"]')[:20]:
            code = node.attributes.get("data-cfemail") or (node.attributes.get("href") or "").partition("#")[2]
            if match := _ADDRESS.fullmatch(_unprotected(code)):
                yield match[0].lower(), "link", match[0]
    yield from _written(document.text)


def _unprotected(code):
    """What Cloudflare's e-mail protection hides: bytes in hex, each xor the first."""
    try:
        key, *rest = bytes.fromhex(code[:400])
    except ValueError:
        return ""
    return bytes(byte ^ key for byte in rest).decode("utf-8", "replace")


def _written(text):
    place = -1
    for _ in range(_MOST):
        place = text.find("@", place + 1)
        if place < 0:
            break
        piece, start = text[max(0, place - 64) : place + 100], max(0, place - 64)
        for match in _ADDRESS.finditer(piece):
            if match.start() < place - start < match.end():
                yield match[0].lower(), "text", around(text, start + match.start(), start + match.end())
    worded = any(word in text for word in (" dot ", " DOT ", " punkt ", " AT ", "_at_"))
    for order, mark in enumerate(chain(_AT.finditer(text), _AT_WORD.finditer(text) if worded else ())):
        if order >= _MOST:
            break
        front = _FRONT.search(text[max(0, mark.start() - 40) : mark.start()].rstrip())
        rest = _DOT.sub(".", text[mark.end() : mark.end() + 90])
        if front and (match := _ADDRESS.match(f"{front[0]}@{rest}")):
            yield match[0].lower(), "text", around(text, mark.start() - len(front[0]) - 1, mark.end() + 20)
