"""The company's full name with its legal form, as an imprint and the small print give it."""

import re

from webapp.core.text import fold

from ..claims import Claim
from .document import tidy
from .evidence import around
from .legal_forms import has_form, named, without_form
from .names import compact, label_of, spelt
from .organizations import own_organizations
from .structured import text_of

_IMPRINT = re.compile(
    r"impressum|imprint|legal|mentions|aviso-legal|note-legali|colofon|kontakt|contact|contatti|about|ueber-uns|"
    r"uber-uns|chi-siamo|a-propos|"
    r"company|empresa|o-nas|om-oss|tokushoho|unternehmen"
)
_MOST = 40


def legal_claims(document, found):
    """At most two claims of the legal name."""
    claims = []
    for method, node in own_organizations(document, found)[:1]:
        for name, confidence in (("legalName", 92), ("name", 78)):
            said = tidy(text_of(node.get(name)), 120)
            if said and (name == "legalName" or has_form(said)):
                claims.append(Claim("legal_name", said, document.url, f'"{name}": "{said}"', method, confidence))
                break
    return claims + _written(document)


def _written(document):
    """The names with a form in the text: one that fits the domain, or that an imprint begins with."""
    text, label = document.text if _IMPRINT.search(document.path) else document.edges, label_of(document.host)
    counts, first = {}, {}
    for found, start, end in named(text, _MOST):
        name = _trimmed(found)
        counts[name] = counts.get(name, 0) + 1
        first.setdefault(name, (start, end))
    rows = []
    for name, count in counts.items():
        confidence = _confidence(document, name, label, count)
        if confidence >= 50:
            rows.append((confidence, name))
    rows.sort(key=lambda row: (-row[0], len(row[1])))
    made = []
    for confidence, name in rows[:1]:
        quote = around(text, *first[name], before=40, after=40)
        made.append(Claim("legal_name", name, document.url, quote, "text", confidence))
    return made


def _trimmed(name):
    name = tidy(name, 140)
    return re.sub(
        r"^(?:(?:Die|Der|Das|The|La|Le|By|Copyright|Firma|Anbieter|Bei|Von|Von der|Copyright by|19\d\d|20\d\d|"
        r"and|und|et|y|e|i|of|&)\s+)+",
        "",
        name,
    )


def _confidence(document, name, label, count):
    keys = {compact(without_form(name)), spelt(without_form(name))}
    short = compact(label)
    fits = any(
        key and short and (key == short or (min(len(key), len(short)) >= 4 and (key in short or short in key)))
        for key in keys
    )
    initials = "".join(word[0] for word in fold(without_form(name)).split() if word[0].isalnum())
    fits = fits or (len(short) > 1 and initials == short)
    titled = any(key and key in compact(document.title + document.meta("og:site_name")) for key in keys)
    base = 44 + (28 if fits else 0) + (14 if titled else 0) + min(6, 3 * (count - 1))
    if _IMPRINT.search(document.path):
        base += 10
    return min(90, base)
