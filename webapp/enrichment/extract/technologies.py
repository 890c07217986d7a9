"""What a website is built with, by the marks in technologies.txt."""

from functools import cache
from pathlib import Path

from ..claims import Claim
from .document import tidy

_MOST = 25
_CONFIDENCE = {"generator": 92, "header": 88, "script": 85, "inline": 70}


def technology_claims(document):
    """One claim each technology: its value is the name, its quote what it was told by."""
    headers = "\n".join(f"{name}: {value}" for name, value in document.page.headers.items() if name in _HEADERS).lower()
    links = [*document.sources, *(link["href"] or "" for link in document.head_links)]
    places = (
        (
            "generator",
            "meta",
            document.meta("generator", "powered-by").lower(),
            document.meta("generator", "powered-by"),
        ),
        ("header", "header", headers, headers),
        ("script", "script", "\n".join(links)[:60_000].lower(), None),
        ("inline", "script", "\n".join(document.inline)[:80_000], None),
    )
    claims = {}
    for kind, method, text, shown in places:
        if not text:
            continue
        for mark, name in _marks()[kind]:
            if name not in claims and mark in text:
                quote = tidy(shown, 200) if shown and kind == "generator" else _line(text, mark)
                claims[name] = Claim("technologies", name, document.url, quote, method, _CONFIDENCE[kind])
    return list(claims.values())[:_MOST]


_HEADERS_WORDS = """
    server x-powered-by x-generator via x-drupal-cache x-shopify-stage x-shopid x-wix-request-id x-vercel-id
    x-nf-request-id cf-ray x-amz-cf-id x-fastly-request-id x-served-by x-hs-cache-config set-cookie x-aspnet-version
    x-litespeed-cache x-pingback x-github-request-id x-magento-cache-debug"""
_HEADERS = _HEADERS_WORDS.split()


def _line(text, mark):
    """The line around a mark, at most 160 characters of it."""
    place = text.index(mark)
    start = max(text.rfind("\n", 0, place) + 1, place - 80)
    end = text.find("\n", place)
    return tidy(text[start : min(end if end >= 0 else len(text), place + 80)], 160)


@cache
def _marks():
    """{place: [(mark, technology), …]} of technologies.txt."""
    marks = {kind: [] for kind in _CONFIDENCE}
    for line in (Path(__file__).parent / "technologies.txt").read_text("utf-8").splitlines():
        name, _, told = line.partition("|")
        for one in told.split("|"):
            kind, _, mark = one.strip().partition(" ")
            if kind in marks:
                marks[kind].append((mark if kind == "inline" else mark.lower(), name.strip()))
    return marks
