"""The telephone number of a company, as E.164."""

import re
from collections import Counter
from urllib.parse import unquote

from webapp.leads.phones import international

from ..claims import Claim
from .document import tidy
from .evidence import around
from .organizations import own_organizations
from .places import region_of
from .structured import each, text_of

_NUMBER = re.compile(r"[+(\d][\d ()/.\-–\u2011]{5,24}\d")
_LABEL = re.compile(
    r"(?:\b(?:telefon(?:o|ní)?|téléphone|teléfono|telephone|phone|telefone|tel|tél|tlf|tfno|fon|call(?: us)?|"
    r"rufen sie uns an|puh|ph|mobile|mobil|t)|電話番号|電話|☎|📞|✆)\s*(?:nr|no|number|numer|nummer)?[\s.:：]{0,4}$",
    re.IGNORECASE,
)
_FAX = re.compile(r"fax|faks|télécopie|ファックス|ｆａｘ|\bF\s*:?\s*$", re.IGNORECASE)
_NOT_PLAIN = str.maketrans({"–": "-", "\u2011": "-", "\xa0": " "})
_MOST = 12


def phone_claims(document, found, claims):
    """At most two claims of the phone. `claims`: what was found so far, for the country that numbers are read for."""
    region = region_of(document, claims)
    rows, counts = {}, Counter()
    for text, method, quote, confidence in _numbers(document, found):
        number = _international(text, region)
        if not number:
            continue
        counts[number] += 1
        if number not in rows or confidence > rows[number].confidence:
            rows[number] = Claim("phone", number, document.url, quote, method, confidence)
    ranked = sorted(rows.values(), key=lambda claim: -claim.confidence - 4 * min(counts[claim.value], 3))
    return [
        claim._replace(confidence=claim.confidence - 15 * place + (4 if counts[claim.value] > 1 else 0))
        for place, claim in enumerate(ranked[:2])
    ]


def _international(text, region):
    text = text.translate(_NOT_PLAIN).replace("(0)", " ").strip(" .-/")
    digits = sum(character.isdigit() for character in text)
    if not 7 <= digits <= 15:
        return ""
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return international(text, region).partition(" x")[0]


def _numbers(document, found):
    """(number as written, method, quote, confidence); no fax."""
    for method, node in own_organizations(document, found)[:2]:
        points = [one for one in each(node.get("contactPoint")) if isinstance(one, dict)]
        for said in [node.get("telephone"), *(point.get("telephone") for point in points)]:
            for one in each(said)[:2]:
                if text := tidy(text_of(one), 60).removeprefix("tel:"):
                    yield text, method, f'"telephone": "{text}"', 88
    links = [(href, node) for href, node in document.anchors if href[:4].lower() == "tel:"]
    for href, node in links[:_MOST]:
        said = tidy(node.text(separator=" ", strip=True), 80)
        if not _FAX.search(said):
            yield unquote(href[4:60]), "link", said or href[:60], 78
    yield from _written(document.figures)


def _written(text):
    found = 0
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        labelled = _LABEL.search(before)
        if (
            not (labelled or match[0][0] == "+")
            or (before[-1:].isalnum() and not labelled)
            or _FAX.search(before[-16:])
        ):
            continue
        yield match[0], "text", around(text, *match.span(), before=30, after=30), 70 if labelled else 55
        found += 1
        if found >= _MOST:
            return
