"""What a company calls itself: every place of a page that may say so has a voice, and its domain the casting one."""

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from webapp.core.text import fold

from .document import tidy
from .legal_forms import has_form, named, without_form
from .organizations import own_organizations, website_names

_PARTS = re.compile(r"\s+[|·•»«›:/~–—-]+\s+|\s*[|｜•»«›【】]\s*|\s+::\s+|\s*(?<=\w):\s+|\s[–—]|[–—]\s")
_GREETING = re.compile(
    r"^(?:(?:herzlich\s+)?willkommen\s+(?:bei\s+(?:der\s+|dem\s+)?|in\s+der\s+|zu\s+)|welcome\s+to\s+(?:the\s+)?|"
    r"bienvenue\s+(?:chez|à|sur)\s+|"
    r"bienvenid[oa]s?\s+a\s+|benvenut[oi]\s+(?:in|da|su|a)\s+|welkom\s+(?:bij|op)\s+|witamy\s+w\s+|"
    r"välkommen\s+till\s+|velkommen\s+til\s+|"
    r"home\s+of\s+|about\s+|über\s+|contact\s+|kontakt\s+|à\s+propos\s+de\s+|ようこそ)|"
    r"\s+(?:homepage|website|online\s?shop|official\s+(?:web)?site|offizielle\s+webseite|site\s+officiel|"
    r"sito\s+ufficiale|へようこそ|公式サイト|オフィシャルサイト|公式)$",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|\bcopyright\b|&copy;)[\s©]*(?:\(c\)|copyright|by)?[\s,:]*(?:(?:19|"
    r"20)\d\d\s*(?:[-–—/]\s*(?:(?:19|20)?\d\d|present|heute|today)?)?)?[\s,.:|–-]*"
    r"(?:by\s+|copyright\s+)?([^\n|©]{2,80})",
    re.IGNORECASE,
)
_SIGN = re.compile(r"©|[Cc](?:opyright\b|OPYRIGHT\b)|\([cC]\)")
_AFTER = re.compile(
    r"\s*(?:[.,;|–—]\s|\s-\s|\s\()?(?:all rights|alle rechte|tous droits|todos los derechos|tutti i diritti|alle "
    r"rechten|wszelkie prawa|"
    r"all rättigheter|alla rättigheter|alle rettigheter|all right|rights reserved|inc\. all|(?:19|20)\d\d|"
    r"p\.?\s?iva|vat\b|kvk|org\.?\s?nr|designed|powered|made (?:with|by)|website by|site by).*$",
    re.IGNORECASE | re.DOTALL,
)
_LOGO_WORDS = re.compile(
    r"\b(?:logo|logotype|logotip|logotyp|icon|image|bild|homepage|home|startseite|header|"
    r"white|weiss|black|dark|footer|website)\b|\.(?:png|svg|jpe?g|webp)$",
    re.IGNORECASE,
)
_TLD = re.compile(r"\.[a-z]{2,6}(?:\.[a-z]{2})?$", re.IGNORECASE)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_SECOND = frozenset({"co", "com", "org", "net", "gov", "ac", "or", "ne", "gv", "edu"})
_FREE_WORDS = """
    wordpress blogspot wixsite squarespace weebly github gitlab netlify vercel herokuapp myshopify shopify webflow
    jimdo jimdofree jimdosite business-site webnode strikingly carrd localhost"""
_FREE = frozenset(_FREE_WORDS.split())
_LONGEST = 70


@cache
def _generic():
    """What many pages are called, folded: "Home", "Startseite"."""
    return frozenset(fold((Path(__file__).parent / "generic_names.txt").read_text("utf-8")).splitlines())


class Named(NamedTuple):
    value: str
    method: str
    quote: str
    confidence: int


class _Voice(NamedTuple):
    name: str
    weight: int
    method: str
    quote: str


def company_names(document, found):
    """The Named that a page's company goes by, None when nothing says so clearly. `found`: its structured data."""
    ballot = _Ballot(document.host)
    for voice in _voices(document, found):
        ballot.add(voice)
    return ballot.winner()


def label_of(host):
    """The part of a host that somebody chose: "kessler-bau" of kessler-bau.co.uk and of kessler-bau.myshopify.com."""
    parts = host.split(".")
    if len(parts) > 2 and parts[-2] in _FREE:
        return parts[-3]
    if len(parts) > 2 and parts[-2] in _SECOND and len(parts[-1]) == 2:
        return parts[-3]
    return parts[-2] if len(parts) > 1 and not parts[-1].isdigit() else ""


def compact(text):
    """The letters and digits of `text` alone, folded."""
    return "".join(character for character in fold(text) if character.isalnum())


def spelt(text):
    """compact() with umlauts written as two letters, as German domains do."""
    if text.isascii():
        return compact(text)
    return compact(unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS))


class _Ballot:
    """Voices by what they come to: without form, case, accents."""

    def __init__(self, host):
        self.label = compact(label_of(host))
        self.voices = {}

    def add(self, voice):
        name = _cleaned(voice.name)
        key = compact(without_form(name))
        if not key or fold(name) in _generic() or fold(without_form(name)) in _generic() or len(name) > _LONGEST:
            return
        if not any(character.isalpha() for character in name) or name.startswith(("http", "{{", "[", "%", "<")):
            return
        self.voices.setdefault(key, []).append(voice._replace(name=name))

    def winner(self):
        best, first = None, 0
        for key, voices in self.voices.items():
            heard = {}
            for voice in voices:  # two of the same kind are one
                heard[voice.method, voice.weight] = voice.weight
            score = sum(heard.values()) + self._affinity(key, voices[0].name)
            score += sum(
                v.weight // 2
                for other, rows in self.voices.items()
                if other != key and _holds(other, key)
                for v in rows[:1]
            )
            score -= max(0, len(voices[0].name.split()) - 4) * 8
            if score > first:
                best, first = voices, score
        if best is None or first < 40:
            return None
        chosen = self._spelling(best)
        return Named(chosen.name, chosen.method, chosen.quote, min(96, 38 + first // 2))

    def _spelling(self, voices):
        """The voice whose way of writing most agree on; a name in capitals or in small letters alone counts less."""
        weights = {}
        for voice in voices:
            odd = (voice.name.isupper() and len(voice.name) > 5) or voice.name.islower()
            weights[voice.name] = weights.get(voice.name, 0) + voice.weight * (0.4 if odd else 1)
        name = max(weights, key=weights.get)
        plain = without_form(name)
        if plain != name and plain in weights:
            name = plain
        return max((voice for voice in voices if voice.name == name), key=lambda voice: voice.weight)

    def _affinity(self, key, name):
        label = self.label
        if len(label) < 2:
            return 0
        keys = {key, spelt(without_form(name))}
        if label in keys:
            return 45
        if any(
            len(one) >= 4 and (label.startswith(one) or (one.startswith(label) and len(label) >= 4)) for one in keys
        ):
            return 28
        if any(len(one) >= 4 and len(label) >= 4 and (one in label or label in one) for one in keys):
            return 18
        letters = "".join(word[0] for word in fold(without_form(name)).split() if word[0].isalnum())
        return 22 if len(letters) > 1 and letters == label else 0


def _holds(longer, key):
    """Whether another name only says more than this one: "Kessler Bau Stuttgart" and "Kessler Bau"."""
    return len(key) >= 4 and longer.startswith(key)


def _voices(document, found):
    for order, (method, node) in enumerate(own_organizations(document, found)[:5]):
        name = node.get("name")
        for one in name if isinstance(name, list) else [name]:
            if isinstance(one, str):
                yield _Voice(tidy(one), 50 if order == 0 else 12, method, f'"name": "{tidy(one)}"')
        alternate = node.get("legalName")
        if isinstance(alternate, str):
            yield _Voice(tidy(alternate), 15, method, f'"legalName": "{tidy(alternate)}"')
    for method, name in website_names(found)[:2]:
        yield _Voice(tidy(name), 30, method, f'"name": "{tidy(name)}"')
    for meta, weight in (("og:site_name", 42), ("application-name", 20), ("apple-mobile-web-app-title", 18)):
        if said := document.meta(meta):
            yield _Voice(said, weight, "opengraph" if meta[:2] == "og" else "meta", f"{meta}: {said}")
            for part in _PARTS.split(said)[:3]:
                if part != said:
                    yield _Voice(part, weight // 2, "opengraph" if meta[:2] == "og" else "meta", f"{meta}: {said}")
    yield from _titles(document)
    yield from _copyrights(document)
    yield from _logos(document)
    yield from _written(document)


def _titles(document):
    label = compact(label_of(document.host))
    for said, method, weight in (
        (document.title, "title", 24),
        (document.meta("og:title", "twitter:title"), "opengraph", 12),
    ):
        parts = [part for part in _PARTS.split(said)[:8] if part and part.strip()]
        usual = [part for part in parts if fold(part.strip()) not in _generic()]
        for place, part in enumerate(usual):
            end = place in (0, len(usual) - 1)
            short = len(part) <= 40
            yield _Voice(part, weight + (12 if len(usual) == 1 and short else 0) if end else weight // 2, method, said)
        yield from _within(parts, label, method, weight, said)
    heading = document.first("h1")
    if heading is not None and (said := tidy(heading.text(separator=" ", strip=True))):
        yield _Voice(said, 8, "text", said)
        yield from _within([said], label, "text", 10, said)
    if said := document.meta("description", "og:description"):
        yield from _within([said[:200]], label, "meta", 16, said[:200])


def _within(parts, label, method, weight, said):
    """Words within a longer part that together spell the domain: "Shoes by Halden Studio" at halden-studio.example."""
    if len(label) < 3:
        return
    for part in parts:
        words = part.split()[:40]
        plain, usual = [compact(word) for word in words], [spelt(word) for word in words]
        for first in range(len(words)):
            joined = other = ""
            for last in range(first, min(first + 5, len(words))):
                joined, other = joined + plain[last], other + usual[last]
                if label in (joined, other) and last - first + 1 < len(words):
                    yield _Voice(" ".join(words[first : last + 1]), weight, method, said)
                if len(joined) > len(label):
                    break


def _copyrights(document):
    text = document.text[-20_000:]
    for match in list(_SIGN.finditer(text))[:4]:
        said = _COPYRIGHT.match(text, match.start())
        name = _AFTER.sub("", said[1]).strip(" .,-–|:") if said else ""
        if name and len(name) <= 60 and len(name.split()) <= 7:
            yield _Voice(name, 30, "text", tidy(said[0], 200))


def _logos(document):
    selector = (
        'header img[alt], [class*="logo" i] img[alt], img[class*="logo" i][alt], img[id*="logo" i][alt], '
        'a[href="/"] img[alt], img[src*="logo" i][alt], .navbar-brand, .site-title, [class*="site-title"], '
        '[class*="brand"] > a'
    )
    for node in document.css(selector)[:4]:
        said = tidy(
            node.attributes.get("alt") or ("" if node.tag == "img" else node.text(separator=" ", strip=True)), 100
        )
        name = _LOGO_WORDS.sub("", said).strip(" -–|:,_")
        if name:
            yield _Voice(name, 22, "text", said)


def _written(document):
    """Names with a company's form in the text: the most frequent ones say something."""
    counts = Counter(name for name, _, _ in named(document.edges))
    for name, count in counts.most_common(3):
        yield _Voice(name, 14 + 4 * min(count, 4), "text", tidy(name, 200))


def _cleaned(name):
    name = tidy(name, 160).strip(" \"'“”„«»|-–—:;,®™©*#>")
    name = name.replace("®", "").replace("™", "").strip()
    for _ in range(2):
        name = _GREETING.sub("", name).strip()
    if "." in name and " " not in name and _TLD.search(name) and not has_form(name):
        name = re.sub(r"^www\.", "", name, flags=re.IGNORECASE)
        shorter = _TLD.sub("", name)
        name = shorter if len(shorter) > 1 else name
    return name
