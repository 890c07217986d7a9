"""How numbers, money, dates and times are written in each language, by Babel (the Unicode CLDR).

Galena's own English is not written here but in web/filters.py: it is what most people see, and needs no library. Every
function takes a key of LOCALES other than DEFAULT. Sentences stay English everywhere; only formats follow the locale.
"""

import re
from datetime import time
from functools import cache, lru_cache

DEFAULT = "en"
LOCALES = {
    DEFAULT: "English (UK)",
    "en-US": "English (US)",
    "da": "Dansk",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-BR": "Português (Brasil)",
    "sv": "Svenska",
    "ja": "日本語",
}
_YEAR = re.compile("(?: 'de'|,)? ?y年?")  # in the pattern of a full date, with what ties it to the rest


@cache
def _babel(locale):
    from babel import Locale  # heavy: loaded on first use

    return Locale.parse(locale, sep="-")


@lru_cache(maxsize=4096)
def number(value, locale, places=None):
    """12400 as "12.400"; with `places`, exactly so many decimals."""
    from babel.numbers import format_decimal  # heavy: loaded on first use

    pattern = None if places is None else f"#,##0{'.' * bool(places)}{'0' * places}"
    return format_decimal(value, pattern, _babel(locale))


@lru_cache(maxsize=1024)
def percent(share, locale, places=0):
    """11.2 as "11 %": a share in hundredths."""
    from babel.numbers import format_percent  # heavy: loaded on first use

    pattern = _babel(locale).percent_formats[None].pattern
    return format_percent(share / 100, pattern.replace("0", f"0.{'0' * places}") if places else pattern, _babel(locale))


@lru_cache(maxsize=4096)
def money(amount, currency, locale):
    """64000 as "64.000 €": whole units."""
    from babel.numbers import format_currency  # heavy: loaded on first use

    pattern = _babel(locale).currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, pattern, _babel(locale), currency_digits=False)


@lru_cache(maxsize=4096)
def compact_money(amount, currency, locale):
    """4120000 as "4,1 Mio. €". Exact where the language does not shorten a number of that size."""
    from babel.numbers import format_compact_currency  # heavy: loaded on first use

    text = format_compact_currency(amount, currency, locale=_babel(locale), fraction_digits=1)
    return money(amount, currency, locale) if str(abs(amount)) in text else text


@lru_cache(maxsize=2048)
def date(day, style, locale):
    """A `datetime.date` as "Di., 18. Nov." (near), "18. Nov. 2025" (dated), "Dienstag, 18. November" (long) or
    "Dienstag, 18. November 2025" (full).
    """
    from babel.dates import format_date, format_skeleton  # heavy: loaded on first use

    babel = _babel(locale)
    if style in ("near", "dated"):
        return format_skeleton("MMMEd" if style == "near" else "yMMMd", day, locale=babel)
    full = babel.date_formats["full"].pattern
    return format_date(day, full if style == "full" else _YEAR.sub("", full), babel)


@lru_cache(maxsize=2048)
def clock(hour, minute, locale):
    """14, 30 as "14:30" or "2:30 PM"."""
    from babel.dates import format_time  # heavy: loaded on first use

    return format_time(time(hour, minute), "short", locale=_babel(locale))
