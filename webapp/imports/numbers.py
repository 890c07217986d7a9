"""Whole numbers as lists have them: headcounts and amounts of money."""

import re

from webapp.core.errors import Invalid

_NUMBER = re.compile(r"[^\d.,-]*(-?\d[\d.,' \u00a0\u202f]*)\s*([km]|mio|mn)?\b.*", re.IGNORECASE | re.DOTALL)
_SPACES = re.compile(r"[ '\u00a0\u202f]")
_GROUPED = re.compile(r"[.,](?=\d{3}(?:[.,]|$))")
LONGEST = 255  # letters; with more it is no number, and the expression above would take minutes
_SCALES = {"k": 1000, "m": 1_000_000, "mio": 1_000_000, "mn": 1_000_000}


def whole_number(text, decimal="", most=2_000_000_000):
    """The number in "1,200", "1.200", "€ 64k", "51-200" (the lower bound). Raises Invalid.

    `decimal` is the file's decimal mark, "" when nobody knows. A mark before three last digits parts thousands whatever
    the file does elsewhere, unless the other mark does so already: nobody has 1.2 employees.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    digits = match and _SPACES.sub("", match[1]).rstrip(".,-")
    if not digits or "-" in digits[1:]:
        raise Invalid("not a number")
    if not digits.isdigit():
        digits = _with_point(digits, decimal)
    try:
        number = round(float(digits) * _SCALES.get((match[2] or "").lower(), 1))
    except ValueError:
        raise Invalid("not a number") from None
    if not 0 <= number <= most:
        raise Invalid(f"not between 0 and {most:,}")
    return number


def _with_point(digits, decimal):
    other = {".": ",", ",": "."}.get(decimal)
    if other and decimal in digits and (other in digits or digits.startswith(f"0{decimal}")):
        return digits.replace(other, "").replace(decimal, ".")
    return _GROUPED.sub("", digits).replace(",", ".")


def money(text, decimal=""):
    """The same for a lead's value."""
    return whole_number(text, decimal, most=10**15)
