"""Names of people that were written all in capitals, written as people write them."""

import re

from .cleaning import PARTICLES

# Capitals that are no shouting: what follows a name, and letters that stand for names.
_KEPT = frozenset(["II", "III", "IV", "PHD", "MBA", "CPA", "DDS", "ESQ", "LLM", "MSC", "BSC", "FRCP"])
_COMPANY = re.compile(r"\b(INC|LLC|LTD|CORP|GMBH|AG|SARL|SRL|BV|PLC|KG|CO|GROUP|SPA|OY|AB)\b")
_PARTS = re.compile(r"[^\W\d_]+")
_FEWEST = 3  # letters of a word; fewer are initials


def calmed(first, last):
    """(first, last) of a person, each all in capitals or not: "MARA", "VON DER LINDE" becomes "Mara", "von der Linde".

    Initials ("JP", "J.R.R.") stay, and so does what looks like the name of a company.
    """
    if _COMPANY.search(first) or _COMPANY.search(last):
        return first, last
    return _calm(first), _calm(last)


def _calm(name):
    if not name.isupper():
        return name
    words = name.split(" ")
    many = len(words) > 1
    return " ".join(_word(word, many and number < len(words) - 1) for number, word in enumerate(words))


def _word(word, before):
    """`before` another word of the name, a particle is in small letters."""
    if before and word.lower() in PARTICLES:
        return word.lower()
    if word.strip(".") in _KEPT or max(map(len, _PARTS.findall(word)), default=0) < _FEWEST:
        return word
    return _PARTS.sub(_capital, word)


def _capital(match):
    text, before = match[0], match.string[match.start() - 1 : match.start()]
    if before in ("'", "’") and len(text) == 1:
        return text.lower()  # MEN'S
    if text.startswith("MC") and len(text) > 4:
        return f"Mc{text[2]}{_small(text[3:])}"
    return text[0] + _small(text[1:])


def _small(text):
    """In small letters, and no longer than before: that of İ would be two."""
    return text.lower().replace("i\u0307", "i")
