"""How each language writes numbers, money and dates; what a page does with it is in tests/web/test_filters.py."""

from datetime import date, timedelta

import pytest

from webapp.core import locales
from webapp.core.locales import DEFAULT, LOCALES

OTHERS = [locale for locale in LOCALES if locale != DEFAULT]
TUESDAY = date(2025, 11, 18)


def plain(text):
    """With ordinary spaces: which of the narrow ones a language uses may change with the Unicode tables."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    "locale, number, money, compact, share",
    [
        ("en-US", "12,400", "€64,000", "€4.1M", "11%"),
        ("de", "12.400", "64.000 €", "4,1 Mio. €", "11 %"),
        ("fr", "12 400", "64 000 €", "4,1 M €", "11 %"),
        ("es", "12.400", "64.000 €", "4,1 M€", "11 %"),
        ("pt-BR", "12.400", "€ 64.000", "€ 4,1 mi", "11%"),
        ("nl", "12.400", "€ 64.000", "€ 4,1 mln.", "11%"),
        ("sv", "12 400", "64 000 €", "4,1 mn €", "11 %"),
        ("pl", "12 400", "64 000 €", "4,1 mln €", "11%"),
        ("ja", "12,400", "€64,000", "€412万", "11%"),
    ],
)
def test_numbers_and_money_are_written_as_the_language_does(locale, number, money, compact, share):
    assert plain(locales.number(12400, locale)) == number
    assert plain(locales.money(64000, "EUR", locale)) == money
    assert plain(locales.compact_money(4_120_000, "EUR", locale)) == compact
    assert plain(locales.percent(11.2, locale)) == share


@pytest.mark.parametrize(
    "locale, near, dated, long, clock",
    [
        ("en-US", "Tue, Nov 18", "Nov 18, 2025", "Tuesday, November 18", "2:30 PM"),
        ("da", "tirs. 18. nov.", "18. nov. 2025", "tirsdag den 18. november", "14.30"),
        ("de", "Di., 18. Nov.", "18. Nov. 2025", "Dienstag, 18. November", "14:30"),
        ("es", "mar, 18 nov", "18 nov 2025", "martes, 18 de noviembre", "14:30"),
        ("fr", "mar. 18 nov.", "18 nov. 2025", "mardi 18 novembre", "14:30"),
        ("it", "mar 18 nov", "18 nov 2025", "martedì 18 novembre", "14:30"),
        ("nl", "di 18 nov", "18 nov 2025", "dinsdag 18 november", "14:30"),
        ("pl", "wt., 18 lis", "18 lis 2025", "wtorek, 18 listopada", "14:30"),
        ("pt-BR", "ter., 18 de nov.", "18 de nov. de 2025", "terça-feira, 18 de novembro", "14:30"),
        ("sv", "tis 18 nov.", "18 nov. 2025", "tisdag 18 november", "14:30"),
        ("ja", "11月18日(火)", "2025年11月18日", "11月18日火曜日", "14:30"),
    ],
)
def test_dates_have_the_order_the_names_and_the_clock_of_the_language(locale, near, dated, long, clock):
    assert plain(locales.date(TUESDAY, "near", locale)) == near
    assert plain(locales.date(TUESDAY, "dated", locale)) == dated
    assert plain(locales.date(TUESDAY, "long", locale)) == long
    assert plain(locales.clock(14, 30, locale)) == clock


@pytest.mark.parametrize("locale", OTHERS)
def test_the_long_date_is_the_full_one_without_its_year(locale):
    assert "2025" in locales.date(TUESDAY, "full", locale) and "2025" not in locales.date(TUESDAY, "long", locale)


@pytest.mark.parametrize("amount", [0, 7, 850, 1500, -64_000, 999_499])
def test_money_is_exact_where_the_language_has_no_shorter_word(amount):
    assert locales.compact_money(amount, "EUR", "de") == locales.money(amount, "EUR", "de")


def test_decimals_are_as_many_as_asked_for():
    assert locales.number(1.2, "de", 1) == "1,2" and locales.number(3, "fr", 1) == "3,0"
    assert plain(locales.percent(16.34, "sv", 1)) == "16,3 %"


@pytest.mark.parametrize("locale", OTHERS)
def test_no_format_holds_what_would_be_markup(locale):
    texts = [locales.number(-1234567, locale), locales.money(-1234567, "CHF", locale), locales.percent(5, locale, 1)]
    for week in range(52):
        day = TUESDAY + timedelta(days=8 * week)
        texts += [locales.date(day, style, locale) for style in ("near", "dated", "long", "full")]
    texts += [locales.clock(hour, 5, locale) for hour in range(24)]
    assert not set("<>&\"'") & set("".join(texts))


def test_every_locale_fits_its_column_and_is_known_to_the_tables():
    for locale in OTHERS:
        assert len(locale) <= 10 and locales.number(1, locale) == "1"
