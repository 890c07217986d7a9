import pytest

from webapp.enrichment.quotes import items_of, shows, stands

PAGE = """Über uns – Halden Maschinen­bau GmbH wurde 1998 in München gegründet.
   “We’ve 1,200 employees”, says Dr. Anna   Weiß (CEO). 私たちは東京の会社です。 Mail: info@halden.example"""


@pytest.mark.parametrize(
    "quote",
    [
        "wurde 1998 in München gegründet",
        "  WURDE 1998\nin   münchen, gegründet!  ",
        "We've 1,200 employees",
        "Maschinenbau GmbH",
        "Dr Anna Weiss CEO",
        "東京の会社",
        "info@halden.example",
    ],
)
def test_a_quote_stands_however_it_is_spaced_and_punctuated(quote):
    assert stands(quote, PAGE)


@pytest.mark.parametrize(
    "quote",
    [
        "",
        " … ",
        "wurde 1999 in München gegründet",
        "gegründet 1998",
        "200 employees says Anna",
        "98 in München",
        "We ve 12",
    ],
)
def test_a_quote_with_other_words_or_halves_of_them_does_not(quote):
    assert not stands(quote, PAGE)


@pytest.mark.parametrize(
    ("name", "value", "quote"),
    [
        ("founded", "1998", "wurde 1998 gegründet"),
        ("employees", "1200", "We have 1,200 employees"),
        ("employees", "1.200", "etwa 1200 Mitarbeiter"),
        ("phone", "+49 89 123456", "Tel. (089) 12 34 56"),
        ("email", "info@halden.example", "write to Info@Halden.example"),
        ("website", "https://www.halden.example/", "anything at all"),
        ("linkedin", "https://www.linkedin.com/company/halden", "see linkedin.com/company/halden"),
        ("chief_executive", "Anna Weiß", "Dr. Anna Weiß, CEO"),
        ("key_people", "Jane Doe (Chief Financial Officer)", "our CFO Jane Doe"),
        ("description", "It builds machines.", "Wir bauen Maschinen"),
    ],
)
def test_a_quote_shows_a_value_that_it_names(name, value, quote):
    assert shows(name, value, quote, "https://halden.example/about")


@pytest.mark.parametrize(
    ("name", "value", "quote"),
    [
        ("founded", "1998", "wurde 1989 gegründet"),
        ("founded", "1998", "item 19981 of the list"),
        ("employees", "200", "We have 1,200 employees"),
        ("employees", "many", "We have many employees"),
        ("phone", "+49 89 123456", "Tel. 089 654321"),
        ("phone", "1", "Tel. 1"),
        ("email", "eve@evil.example", "write to info@halden.example"),
        ("website", "https://evil.example", "anything at all"),
        ("website", "", "anything at all"),
        ("chief_executive", "Eve Evil", "Dr. Anna Weiß, CEO"),
        ("chief_executive", "…", "Dr. Anna Weiß, CEO"),
        ("products", "Rockets", "we make anvils and springs"),
        ("description", "It builds machines.", "Wir bauen"),
    ],
)
def test_a_quote_shows_nothing_that_it_does_not_name(name, value, quote):
    assert not shows(name, value, quote, "https://halden.example/about")


def test_a_list_is_shown_item_by_item():
    assert items_of("products", "Anvils; Springs;; ") == ["Anvils", "Springs"]
    assert items_of("description", "Anvils; springs") == ["Anvils; springs"]
