"""Numbers and dates as people type them, in the way of their language."""

import datetime
import re
from decimal import Decimal
from functools import cache

from .locales import DEFAULT
from .text import fold

_GROUPING = re.compile(r"[\s\u00a0\u202f\u2009'’_]")  # what parts thousands and never decimals
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[.,]?", re.ASCII)
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_FILLING = frozenset(
    ["de", "of", "the", "st", "nd", "rd", "th", "年", "月", "日", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
)
_CENTURY = 69  # two digits from here on are of the last century


def number(text, locale=DEFAULT):
    """The Decimal in "1,234.5" or, where the language writes so, "1.234,5"; None when it is no number.

    A mark that cannot part thousands is read as the decimal one, whatever the language: "12,5" is twelve and a half.
    """
    text = _GROUPING.sub("", text).replace("−", "-")
    if not _NUMBER.fullmatch(text):
        return None
    marks = [mark for mark in text if mark in ".,"]
    decimal = _decimal_mark(locale)
    if len(set(marks)) == 2:
        decimal = marks[-1]
    elif len(marks) == 1 and not _is_grouped(text, marks[0]):
        decimal = marks[0]
    group = "," if decimal == "." else "."
    whole, _, places = text.partition(decimal)
    if decimal in places or group in places or (group in whole and not _is_grouped(whole, group)):
        return None
    return Decimal(f"{whole.replace(group, '') or '0'}.{places or '0'}")


def _is_grouped(text, mark):
    return re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+", text) is not None


@cache
def _decimal_mark(locale):
    if locale == DEFAULT:
        return "."
    from babel.numbers import get_decimal_symbol  # heavy: loaded on first use

    return get_decimal_symbol(locale.replace("-", "_"))


def date(text, locale=DEFAULT):
    """The date in "2026-11-21", "21/11/2026" (or "11/21/2026" where the language writes so), "21 Nov 2026"; None when
    it is no date. A time behind an ISO date is left out.
    """
    if match := _ISO.fullmatch(text.strip()):
        return _day(*map(int, match.groups()))
    parts, months = _PARTS.findall(fold(text)), _months(locale)
    numbers = [part for part in parts if part.isascii() and part.isdigit()]
    words = [part for part in parts if not part.isdigit() and part not in _FILLING]
    if len(words) > 1 or (words and words[0] not in months) or any(len(part) > 4 for part in numbers):
        return None
    if words and len(numbers) == 2:
        first, last = numbers
        day, year = (last, first) if len(first) == 4 else (first, last)
        return _day(_year(year), months[words[0]], int(day))
    if words or len(numbers) != 3:
        return None
    order = "ymd" if len(numbers[0]) == 4 else _order(locale)
    return _ordered(numbers, order) or _ordered(numbers, {"dmy": "mdy", "mdy": "dmy"}.get(order, order))


def _ordered(numbers, order):
    found = dict(zip(order, numbers, strict=True))
    return _day(_year(found["y"]), int(found["m"]), int(found["d"]))


def _year(text):
    return int(text) if len(text) != 2 else int(text) + (1900 if int(text) >= _CENTURY else 2000)


def _day(year, month, day):
    try:
        return datetime.date(year, month, day) if year > 999 else None
    except ValueError:
        return None


@cache
def _order(locale):
    """In which order the language writes day, month and year: "dmy", "mdy" or "ymd"."""
    if locale == DEFAULT:
        return "dmy"
    from babel.dates import get_date_format  # heavy: loaded on first use

    pattern = get_date_format("short", locale.replace("-", "_")).pattern
    return "".join(sorted("dmy", key=pattern.lower().index))


@cache
def _months(locale):
    """{a month's name, folded: its number}, in English and in the language."""
    names = {name: number for names in (_MONTHS, _LONG_MONTHS) for number, name in enumerate(names, 1)}
    names["sept"] = 9
    if locale == DEFAULT:
        return names
    from babel.dates import get_month_names  # heavy: loaded on first use

    for width in ("abbreviated", "wide"):
        found = get_month_names(width, locale=locale.replace("-", "_"))
        names |= {fold(name).strip("."): number for number, name in found.items()}
    return names
