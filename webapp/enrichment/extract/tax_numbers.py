"""In which country a company pays its value-added tax: the first letters of its number."""

import re

from webapp.core.countries import COUNTRIES

from ..claims import Claim
from .evidence import around

_NUMBER = re.compile(
    r"(?=[A-Z]{2}[U E\dA-Z-])(?:(DE) ?\d{3} ?\d{3} ?\d{3}|(AT)U ?\d{8}|(CH)E[- ]?\d{3}\.?\d{3}\.?\d{3}|"
    r"(FR) ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}|(NL) ?\d{9}B\d\d|"
    r"(IT) ?\d{11}|(ES) ?[A-Z]\d{7}[0-9A-Z]|(PL) ?\d{10}|(SE) ?\d{12}|(BE) ?0\d{3}\.?\d{3}\.?\d{3}|(GB) ?\d{3} "
    r"?\d{4} ?\d\d|(DK) ?\d{8}|(FI) ?\d{8}|"
    r"(PT) ?\d{9}|(CZ) ?\d{8,10}|(LU) ?\d{8}|(HU) ?\d{8}|(IE) ?\d{7}[A-Z]{1,2})(?![A-Z0-9])"
)
_LABEL = re.compile(
    r"vat|ust|uid|mwst|umsatzsteuer|tva|iva|btw|nip|moms|cif|nif|tax|steuer|intracom|che|dic|dph", re.IGNORECASE
)
# Numbers that only one country calls by these names: the country, words of which one stands in each of them (in lower
# case, without dots), and their shape.
_NAMED = (
    ("GB", ("registered in england", "company "), re.compile(
        r"registered in England(?: and Wales| & Wales)?|Company (?:registration )?(?:No|number)\.?:? \d{8}",
        re.IGNORECASE,
    )),
    ("DE", ("hra", "hrb", "amtsgericht"), re.compile(r"\bHR[AB]\s?(?:Nr\.?\s?)?\d{2,6}|Amtsgericht [A-Z]\w+")),
    ("FR", ("rcs", "siren", "siret", "au capital"), re.compile(
        r"\bR\.?C\.?S\.? [A-Z]\w+|\bSIRE[NT]\s*:?\s*\d{3} ?\d{3} ?\d{3}|au capital de [\d ., ]+ ?(?:€|euros)"
    )),
    ("IT", ("iva",), re.compile(r"(?:P\.? ?IVA|Partita IVA)[ :.]*(?:IT)? ?\d{11}", re.IGNORECASE)),
    ("ES", ("cif", "nif"), re.compile(r"\b(?:C\.?I\.?F|N\.?I\.?F)\.?\s*:?\s*(?:ES)?-?[A-HJ-NP-SUVW]-?\d{8}\b")),
    ("NL", ("kvk",), re.compile(r"\bK\.?v\.?K\.?(?:-nummer|[- ]?nr\.?)?\s*:?\s*\d{8}\b", re.IGNORECASE)),
    ("PL", ("nip", "regon", "krs"), re.compile(r"\b(?:NIP|REGON|KRS)\s*:?\s*(?:PL)?\d[\d -]{7,14}")),
    ("SE", ("org",), re.compile(
        r"\borg(?:anisations)?\.?\s?-?(?:nr|nummer)\.?\s*:?\s*5\d{5}-?\d{4}", re.IGNORECASE
    )),
    ("DK", ("cvr",), re.compile(r"\bCVR(?:[- ]?nr\.?)?\s*:?\s*\d{2} ?\d{2} ?\d{2} ?\d{2}\b")),
    ("AT", ("fn", "firmenbuch"), re.compile(r"\bFN ?\d{5,6} ?[a-z]\b|\bFirmenbuch")),
    ("NO", ("org",), re.compile(r"\borg\.?\s?nr\.?\s*:?\s*(?:NO ?)?[89]\d{2} ?\d{3} ?\d{3}\b", re.IGNORECASE)),
    ("FI", ("y-tunnus",), re.compile(r"\bY-tunnus\s*:?\s*\d{7}-\d")),
)  # fmt: skip


def country_by_tax_number(document):
    """A Claim of the country by a tax or register number on the page, None without one."""
    text = document.figures
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if not before[-1:].isalnum() and _LABEL.search(before):
            code = next(group for group in match.groups() if group)
            quote = around(text, *match.span(), before=30, after=10)
            return Claim("country", COUNTRIES[code], document.url, quote, "text", 80)
    flat = text.lower().replace(".", "")
    for code, words, pattern in _NAMED:
        if any(word in flat for word in words) and (match := pattern.search(text)):
            quote = around(text, *match.span(), before=20, after=20)
            return Claim("country", COUNTRIES[code], document.url, quote, "text", 76)
    return None
