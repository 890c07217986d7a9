"""A country is written the same way whatever it is called."""

import pytest

from webapp.core.countries import COUNTRIES
from webapp.leads.countries import clean_country, code_of


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("DE", "Germany", "DE"), ("deu", "Germany", "DE"), ("Deutschland", "Germany", "DE"),
        ("Allemagne", "Germany", "DE"), ("Alemania", "Germany", "DE"), ("ドイツ", "Germany", "DE"),
        ("USA", "United States", "US"), ("U.S.A.", "United States", "US"), ("États-Unis", "United States", "US"),
        ("United States of America", "United States", "US"), ("Vereinigtes Königreich", "United Kingdom", "GB"),
        ("UK", "United Kingdom", "GB"), ("Scotland", "Scotland", "GB"), ("Österreich", "Austria", "AT"),
        ("Holland", "Netherlands", "NL"), ("Czech Republic", "Czechia", "CZ"), ("GERMANY", "Germany", "DE"),
        ("California", "California", ""), ("EMEA", "EMEA", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_a_country_gets_its_english_name_and_anything_else_stays(text, name, code):
    assert (clean_country(text), code_of(text)) == (name, code)


def test_a_cleaned_country_stays_as_it_is():
    assert [clean_country(name) for name in COUNTRIES.values()] == list(COUNTRIES.values())
