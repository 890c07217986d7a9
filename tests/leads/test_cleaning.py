"""What a person or a file writes, and what a lead keeps of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import Invalid
from webapp.leads.cleaning import clean_email, clean_phone, clean_website, domain_of, split_location, split_name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Mara@Halden.Example ", "mara@halden.example"),
        ("o'neil+crm@mail.halden.co.uk", "o'neil+crm@mail.halden.co.uk"),
        ("Mara Lindqvist <mara@halden.example>", "mara@halden.example"),
        ('"Lindqvist, Mara" <mara@halden.example>', "mara@halden.example"),
        ("mailto:mara@halden.example", "mara@halden.example"),
        ("\u200bmara@halden.example\xa0", "mara@halden.example"),
        ("mara@halden.example;", "mara@halden.example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("", ""),
        ("   ", ""),
        ("n/a", ""),
    ],
)
def test_an_address_is_found_in_what_people_write(text, address):
    assert clean_email(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nancy.blair at ametek.example", "no @ sign"),
        ("a@b@c.example", "more than one @"),
        ("a@halden.example; b@halden.example", "more than one address"),
        ("mara@", "half"),
        ("@halden.example", "half"),
        ("mara@halden", "ending"),
        ("mara@halden..example", "dot"),
        (".mara@halden.example", "dot"),
        ("mara lindqvist@halden.example", "space"),
        ("jürgen@halden.example", "“ü”"),
        ("a" * 65 + "@halden.example", "too long"),
        ("a@" + "b" * 250 + ".example", "too long"),
        ("mara@-halden.example", "not an e-mail address"),
        ("mara@halden.example\r\nBcc: x@y.example", "more than one"),
    ],
)
def test_a_bad_address_is_refused_with_its_reason(text, reason):
    with pytest.raises(Invalid, match=reason):
        clean_email(text)


@given(st.text(max_size=80))
def test_any_text_gives_an_address_or_a_reason(text):
    try:
        address = clean_email(text)
    except Invalid as error:
        assert str(error).endswith(".") and error.field == "email"
    else:
        assert address == clean_email(address) and address.isascii() and not set(address) & set(" \r\n\0<>,;")


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("https://www.3m.example/", "https://www.3m.example/"),
        ("3m.example/", "https://3m.example/"),
        ("HTTP://Halden.Example/Team?x=1#top", "http://halden.example/Team?x=1#top"),
        ("www.halden.example", "https://www.halden.example"),
        ("halden.example:8080/x", "https://halden.example:8080/x"),
        ("https://user:pass@halden.example/", "https://halden.example/"),
        ("bücher.example", "https://xn--bcher-kva.example"),
        ("", ""),
        ("n/a", ""),
    ],
)
def test_a_website_gets_its_scheme(text, site):
    assert clean_website(text) == site


@pytest.mark.parametrize("text", ["javascript:alert(1)", "no website", "halden", "ftp://halden.example", "mara@halden"])
def test_what_is_not_a_website_is_refused(text):
    with pytest.raises(Invalid, match="not a website"):
        clean_website(text)


@pytest.mark.parametrize(
    ("website", "email", "domain"),
    [
        ("https://www.3m.example/x?y", "a@other.example", "3m.example"),
        ("", "a@halden.example", "halden.example"),
        ("", "a@gmail.com", ""),
        ("https://www.linkedin.com/company/halden", "a@halden.example", "halden.example"),
        ("", "", ""),
    ],
)
def test_the_domain_is_the_companys_own(website, email, domain):
    assert domain_of(website, email) == domain


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("'+1-555-504-1791", "+1-555-504-1791"),
        ("+1 555 504 1791", "+1 555 504 1791"),
        ("15551234567.0", "15551234567"),
        ("tel:+49 30 1234", "+49 30 1234"),
        ("+49\xa030  1234", "+49 30 1234"),
        ("-", ""),
        ("", ""),
    ],
)
def test_a_phone_loses_what_a_spreadsheet_put_around_it(text, phone):
    assert clean_phone(text) == phone


@pytest.mark.parametrize("text", ["ask Mara", "1.55513E+10"])
def test_a_phone_without_its_digits_is_refused(text):
    with pytest.raises(Invalid):
        clean_phone(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Flantz, Markus", "Markus", "Flantz"),
        ("Ralph Williams", "Ralph", "Williams"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("van Beethoven, Ludwig", "Ludwig", "van Beethoven"),
        ("Dr. Anna Maria Schmidt", "Anna Maria", "Schmidt"),
        ("Schmidt, Dr. Anna", "Anna", "Schmidt"),
        ("Martin Luther King, Jr.", "Martin Luther", "King Jr."),
        ("John Smith III", "John", "Smith III"),
        ("Madonna", "Madonna", ""),
        ("  ", "", ""),
        (",", "", ""),
    ],
)
def test_names_are_split_in_both_orders(text, first, last):
    assert split_name(text) == (first, last)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Saint Paul, Minnesota", ("Saint Paul", "Minnesota", "")),
        ("Dublin, Ireland", ("Dublin", "", "Ireland")),
        ("Warmley, Bristol, United Kingdom", ("Warmley", "Bristol", "United Kingdom")),
        ("Austin, TX, USA", ("Austin", "TX", "USA")),
        ("Austin, TX", ("Austin", "TX", "")),
        ("Zürich, CH", ("Zürich", "", "CH")),
        ("Columbus, Georgia", ("Columbus", "Georgia", "")),
        ("Germany", ("", "", "Germany")),
        ("Berlin", ("Berlin", "", "")),
        ('"Saint Paul"\nFloor 2, Minnesota', ("Saint Paul", "Minnesota", "")),
        ("", ("", "", "")),
    ],
)
def test_a_place_is_split_into_city_region_and_country(text, place):
    assert split_location(text) == place
