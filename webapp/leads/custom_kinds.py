"""What a custom field of each kind takes, how it is kept and how it is shown."""

import json
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from webapp.core import locales, typed
from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT
from webapp.core.text import fold

from .cleaning import clean_website
from .field_models import CustomKind

LENGTH = 1000  # characters of a text
KEY = 255
DIGITS = 15  # that a number keeps exactly
EXAMPLES = 8  # options named in a sentence
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORDS = {
    "yes": ("yes", "y", "true", "1", "on", "x", "✓", "✔", "ja", "j", "oui", "o", "si", "sim", "s", "tak", "はい"),
    "no": ("no", "n", "false", "0", "off", "nein", "non", "nao", "nie", "nej", "nee", "✗", "いいえ"),
}
_WORDS = {word: text for text, words in WORDS.items() for word in words}
LABELS = {
    CustomKind.TEXT: "Text",
    CustomKind.NUMBER: "Number",
    CustomKind.DATE: "Date",
    CustomKind.CHOICE: "Choice",
    CustomKind.URL: "Web address",
    CustomKind.YES_NO: "Yes or no",
}


class Field(NamedTuple):
    """A custom field. `written` is the JSON of its options."""

    id: int
    name: str
    slug: str
    kind: CustomKind
    written: str

    @property
    def options(self):
        """The texts of a choice, a tuple."""
        return _options(self.written)

    @property
    def identity(self):
        """What an activity keeps to know the field again, and to show its values when it is gone: see recalled()."""
        return [self.id, self.slug, self.kind.value]

    @property
    def input(self):
        """What it is called in forms."""
        return f"custom-{self.id}"


class Value(NamedTuple):
    """What is kept of a value: the columns of CustomValue."""

    text: str
    key: str
    number: float | None = None


def recalled(name, identity):
    """The Field that an activity tells of, as far as it was kept."""
    field_id, slug, kind = identity
    return Field(field_id, name, slug, CustomKind(kind), "[]")


@lru_cache(maxsize=1024)
def _options(written):
    return tuple(json.loads(written))


def cleaned(field, text, locale=DEFAULT):
    """The Value of what was typed into `field`, or None for nothing. Raises Invalid at the field with a sentence.

    Numbers and dates are read as `locale` writes them; what is kept already is read so under DEFAULT.
    """
    text = (text or "").replace("\0", "").strip()
    if not text:
        return None
    try:
        return _READ[field.kind](field, text, locale)
    except Invalid as error:
        raise Invalid(str(error), field.input) from None


def _read_text(field, text, locale):
    if len(text) > LENGTH:
        raise Invalid(f"Keep it under {LENGTH + 1:,} characters; this is {len(text):,}.")
    return Value(text, fold(text)[:KEY])


def _read_url(field, text, locale):
    site = clean_website(text)
    return _read_text(field, site, locale) if site else None


def _read_number(field, text, locale):
    found = typed.number(text, locale)
    if found is None:
        raise Invalid(f"“{_short(text)}” is not a number. Write one such as {_number(Decimal('1234.5'), locale)}.")
    plain = format(found.normalize(), "f")
    if len(plain.lstrip("-").replace(".", "").lstrip("0")) > DIGITS:
        raise Invalid(f"Write a number of at most {DIGITS} digits.")
    plain = "0" if plain == "-0" else plain
    return Value(plain, plain, float(plain))


def _read_date(field, text, locale):
    found = typed.date(text, locale)
    if found is None:
        raise Invalid(f"“{_short(text)}” is not a date. Write one such as 2026-11-21 or 21 Nov 2026.")
    return Value(found.isoformat(), found.isoformat())


def _read_choice(field, text, locale):
    key = fold(text)[:KEY]
    for option in field.options:
        if fold(option)[:KEY] == key:
            return Value(option, key)
    named = ", ".join(field.options[:EXAMPLES])
    more = f" and {len(field.options) - EXAMPLES} more" if len(field.options) > EXAMPLES else ""
    raise Invalid(f"“{_short(text)}” is not an option of {field.name}. Choose one: {named}{more}.")


def _read_yes_no(field, text, locale):
    found = _WORDS.get(fold(text))
    if found is None:
        raise Invalid(f"“{_short(text)}” is neither yes nor no. Write one of the two.")
    return Value(found, found)


_READ = {
    CustomKind.TEXT: _read_text,
    CustomKind.NUMBER: _read_number,
    CustomKind.DATE: _read_date,
    CustomKind.CHOICE: _read_choice,
    CustomKind.URL: _read_url,
    CustomKind.YES_NO: _read_yes_no,
}


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def shown(field, text, locale=DEFAULT):
    """What is kept, as people read it: "1.234,5", "21 Nov 2026", "Yes", an address without its scheme."""
    if not text:
        return ""
    if field.kind is CustomKind.NUMBER:
        return _number(Decimal(text), locale)
    if field.kind is CustomKind.DATE:
        return _date(typed.date(text), locale)
    if field.kind is CustomKind.URL:
        return text.partition("://")[2]
    return text.capitalize() if field.kind is CustomKind.YES_NO else text


def _number(number, locale):
    if locale == DEFAULT:
        return f"{number:,}"
    return locales.number(number, locale, max(0, -number.as_tuple().exponent))


def _date(day, locale):
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if locale == DEFAULT else locales.date(day, "dated", locale)
