"""Telephone numbers: one way of writing them, and the quick way says what the library says."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.leads import phones
from webapp.leads.phones import international

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
MARKS = st.sampled_from(["", "", " ", "-", "/", ".", " (", ") "])


@pytest.mark.parametrize(
    ("text", "region", "written"),
    [
        ("030 1234567", "DE", "+49301234567"),
        ("+49 (0)30 1234567", "", "+49301234567"),
        ("0049 30 1234567", "DE", "+49301234567"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("1-212-555-2368", "US", "+12125552368"),
        ("+1 212 555 2368 ext. 12", "", "+12125552368 x12"),
        ("212-555-2368 x7", "US", "+12125552368 x7"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("+39 02 1234 5678", "DE", "+390212345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+1 555 504 1791", "", "+15555041791"),
        ("(555) 504-1791", "US", "+15555041791"),
        ("+1 555 504 179", "US", ""),
        ("12345", "DE", ""),
        ("030 1234567", "", ""),
        ("12", "DE", ""),
        ("+999 123456", "DE", ""),
        ("ask reception", "DE", ""),
        ("0800 FLOWERS", "DE", ""),
        ("Tel. 030 1234567", "DE", "+49301234567"),
        ("0715123", "BQ", ""),  # seven digits there, but Curaçao next to it under +599 has eight, too
    ],
)
def test_a_number_is_written_as_everywhere_or_is_none(text, region, written):
    assert international(text, region) == written


@st.composite
def numbers(draw):
    """Digits with marks among them: examples of a region with some digits changed, and any digits at all."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([0, 1, 2, 3, 4, 6, 7]))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    digits = list(phonenumbers.national_significant_number(example)) if example else list("12345678")
    for _ in range(draw(st.integers(0, 3))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    digits = digits[: draw(st.integers(len(digits) - 1, len(digits)))] + draw(
        st.lists(st.sampled_from("0159"), max_size=1)
    )
    code = phonenumbers.country_code_for_region(region)
    before = draw(
        st.sampled_from(["", "0", "1", "8", "00", "011", str(code), f"+{code}", f"+{code}0", f"00{code}", "+"])
    )
    text = before + "".join(draw(MARKS) + digit for digit in digits)
    return text, draw(st.sampled_from(["", region, region, region, "US", "DE", "IT"]))


@settings(max_examples=500, deadline=None)
@given(numbers())
def test_the_quick_way_says_what_the_library_says(number):
    text, region = number
    found = phones._plainly(text, region) if phones._PLAIN.fullmatch(text) else None
    assert found is None or found == phones._parsed.__wrapped__(text, region)


def test_every_example_of_every_region_is_found_valid_the_quick_way_or_by_the_library():
    for region in REGIONS:
        example = phonenumbers.example_number(region)
        if example:
            written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
            assert international(written) == written == international(national, region)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40) | st.text("+0123456789 ()./-", max_size=40), st.sampled_from(["", "DE", "US", "XX"]))
def test_whatever_stands_there_has_an_answer_that_stays_one(text, region):
    written = international(text, region)
    assert written == "" or (written[0] == "+" and international(written) == written)
