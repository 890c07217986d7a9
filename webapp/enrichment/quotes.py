"""Whether a quote really stands in a text, and whether it shows the value that it is given for. Pure."""

import re
import unicodedata
from functools import lru_cache

from .fields import FIELDS, LIST_SEPARATOR

_ALONE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # letters of scripts that put no spaces between words
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
_THOUSANDS = re.compile(r"(?<=\d)[.,'’ \u00a0\u202f](?=\d{3}(?!\d))")
_INVISIBLE = ("Cf", "Mn")  # soft hyphens, joiners; marks that NFKC leaves apart
_NAMES = ("company_name", "legal_name", "chief_executive", "ticker", "city")
_NAME_LISTS = ("investors", "key_people", "products", "technologies", "competitors")
_LEAST_WORDS = 3  # of a quote that does not name the value itself: fewer stand everywhere


def words_of(text):
    """`text` as words: in lower case, however it is spaced and punctuated."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall("".join(letter for letter in text if unicodedata.category(letter) not in _INVISIBLE))


def stands(quote, text):
    """Whether the words of `quote` stand in `text`, one after the other."""
    words = words_of(quote)
    return bool(words) and f" {' '.join(words)} " in _spaced(text)


@lru_cache(maxsize=8)  # one page is asked about many times
def _spaced(text):
    return f" {' '.join(words_of(text))} "


def shows(name, value, quote, url):
    """Whether `quote`, on the page at `url`, shows that `value` is one of the field `name`: what is a name, a number or
    an address has to stand in it; of what is told in other words (a summary) only some words have to.
    """
    kind = FIELDS[name].kind
    if kind in ("year", "number"):
        digits = _THOUSANDS.sub("", value)
        return digits in re.findall(r"\d+", _THOUSANDS.sub("", quote))
    if kind == "phone":
        return _digits(value)[-6:] in _digits(quote) and len(_digits(value)) >= 5
    if kind == "email":
        return value.strip().casefold() in quote.casefold()
    if kind in ("url", "domain") or name == "social":
        address = _address(value)
        return bool(address) and (address in quote.casefold() or f"{_address(url)}/".startswith(f"{address}/"))
    if name in _NAMES or name in _NAME_LISTS:
        named = words_of(value.partition("(")[0])  # "Jane Doe (CFO)": what is in brackets is ours
        return bool(named) and set(named) <= set(words_of(quote))
    return len(words_of(quote)) >= _LEAST_WORDS


def items_of(name, value):
    """The values in `value`: each item of a list by itself."""
    if FIELDS[name].kind != "list":
        return [value]
    return [item.strip() for item in value.split(LIST_SEPARATOR.strip()) if item.strip()]


def _digits(text):
    return "".join(filter(str.isdecimal, text))


def _address(url):
    """`url` as people write it: without scheme, www. and the slash at the end."""
    return re.sub(r"^https?://", "", url.strip().casefold()).removeprefix("www.").partition("#")[0].rstrip("/")
