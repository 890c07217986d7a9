"""Where a page's links lead within its own site: to what is worth reading next."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from webapp.core.text import fold

from .document import document, host_of

# Words of an address or of a link's text, folded, in the languages of Europe; those of Japan, China, Korea as they are.
_WORDS = {
    "imprint": """impressum imprint legal-notice legalnotice legal mentions-legales mentions aviso-legal note-legali
        informazioni-legali colofon nota-prawna informacje-prawne dane-firmy juridisk impresszum tiraz
        yasal anbieterkennzeichnung site-notice tokushoho company-details 特定商取引 特商法 法的""",
    "contact": """contact contact-us contactus contacts kontakt kontakta kontakty contacto contactanos contatti
        contattaci contatto contacten contato contatos contacte contactez yhteystiedot kapcsolat
        iletisim kontaktai toimipisteet standorte
        locations find-us get-in-touch nous-contacter お問い合わせ お問合せ アクセス 联系 聯絡 문의""",
    "team": """team our-team people leadership management unser-team ueber-team equipe equipo squadra chi-siamo-team
        mensen medarbetare zespol tym csapat ekip about-team board directors founders mitarbeiter ansprechpartner
        staff crew vorstand geschaeftsleitung 役員 スタッフ 团队 팀""",
    "about": """about about-us aboutus company our-story who-we-are uber-uns ueber-uns uberuns unternehmen firma wir
        a-propos apropos qui-sommes-nous entreprise quienes-somos sobre-nosotros nosotros empresa
        conocenos acerca chi-siamo azienda la-societa over-ons overons ons-verhaal wie-zijn-wij o-nas
        o-firmie onas om-oss omoss om-os foretaget hakkimizda meista yritys sobre quem-somos o-nama
        rolunk despre-noi profil story history historie histoire 会社概要 会社案内 会社情報 企業情報 私たちについて
        关于 關於 회사소개
        corporate profile""",
}
_KINDS = {
    kind: re.compile(
        rf"(?:^|[-/ ])(?:{'|'.join(sorted((word for word in words.split() if word.isascii()), key=len, reverse=True))})"
        r"(?=$|[-/. ])"
    )
    for kind, words in _WORDS.items()
}
_SIGNS = {kind: [word for word in words.split() if not word.isascii()] for kind, words in _WORDS.items()}
_FILE = re.compile(r"\.(?:pdf|jpe?g|png|gif|svg|webp|zip|docx?|xlsx?|pptx?|mp[34]|mov|ics|vcf|exe|dmg|css|js|ico)$")
_DULL = re.compile(
    r"(?:^|[/-])(?:login|log-in|signin|sign-in|signup|register|logout|cart|basket|warenkorb|panier|carrito|"
    r"carrello|checkout|account|"
    r"konto|privacy|datenschutz|confidentialite|privacidad|cookies?|agb|terms|wp-admin|wp-login|tag|category|"
    r"feed|search|"
    r"suche|wishlist|cdn-cgi|print|share)(?=$|[/.-])"
)
_GAP = re.compile(r"[^\w]+|_")
_MOST = 25


class Links(NamedTuple):
    """Absolute addresses on the page's own site, the most promising first; `feeds` are RSS and Atom."""

    about: tuple = ()
    contact: tuple = ()
    team: tuple = ()
    imprint: tuple = ()
    other: tuple = ()
    feeds: tuple = ()


def links(page):
    """The Links of a page."""
    page = document(page)
    if not page.html:
        return Links()
    found, seen = {kind: [] for kind in (*_WORDS, "other")}, {_same(page.url)}
    for order, (href, node) in enumerate(page.anchors):
        address = _on_site(page, href)
        if not address or _same(address) in seen:
            continue
        path = fold(urlsplit(address).path.rstrip("/"))
        if _FILE.search(path) or _DULL.search(path):
            continue
        seen.add(_same(address))
        kind, score = _kind(path, node.text(strip=True)[:80] or node.attributes.get("title") or "")
        found[kind].append((-score, path.count("/"), order, address))
    best = {kind: tuple(address for *_, address in sorted(rows)[:_MOST]) for kind, rows in found.items()}
    return Links(**best, feeds=_feeds(page))


def _on_site(page, href):
    href = href.strip()
    if not href or href[0] == "#" or href[:11].lower().startswith(("mailto:", "tel:", "javascript:", "data:")):
        return ""
    address = page.absolute(href[:2000])
    return address if address and is_same_site(host_of(address), page.host) else ""


def is_same_site(host, other):
    """Whether two hosts (without www.) are one site: the same, or one below the other."""
    return bool(host) and (host == other or host.endswith(f".{other}") or other.endswith(f".{host}"))


def _kind(path, words):
    """("about", how sure) of a link by the last parts of its path and by its words."""
    last = path.rpartition("/")[2].partition(".")[0]
    text = _GAP.sub("-", fold(words)).strip("-")
    last = _GAP.sub("-", last)
    best = ("other", 0)
    for kind, pattern in _KINDS.items():
        score = 0
        for said, whole, part in ((last, 4, 2), (text, 5, 2 if len(text) < 40 else 0)):
            if match := pattern.search(said):
                score += whole if match[0].strip("-/ ") == said else part
        if any(sign in words for sign in _SIGNS[kind]):
            score += 5
        if not score and pattern.search(path):
            score = 1
        if score > best[1]:
            best = (kind, score)
    return best


def _feeds(page):
    kinds = ("application/rss+xml", "application/atom+xml")
    addresses = [page.absolute(link["href"] or "") for link in page.head_links if link.get("type") in kinds]
    return tuple(dict.fromkeys(filter(None, addresses)))[:5]


def _same(address):
    return address.partition("://")[2].removeprefix("www.").rstrip("/").lower()
