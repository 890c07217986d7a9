import pytest

from webapp.leads.local_time import zone_of


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("Germany", "", "Europe/Berlin"),  # its second zone keeps the same time
        ("Deutschland", "München", "Europe/Berlin"),
        (" IE ", "", "Europe/Dublin"),
        ("United Kingdom", "Leeds", "Europe/London"),
        ("scotland", "", "Europe/London"),
        ("Türkiye", "", "Europe/Istanbul"),
        ("USA", "new york", "America/New_York"),
        ("Spain", "Madrid", "Europe/Madrid"),
        ("USA", "", ""),
        ("Spain", "Bilbao", ""),  # the Canaries are an hour behind
        ("Georgia", "", ""),  # a country and a state
        ("", "Berlin", ""),
        ("Nowhere", "", ""),
    ],
)
def test_the_zone_is_told_only_where_it_is_beyond_doubt(country, city, zone):
    assert zone_of(country, city) == zone
