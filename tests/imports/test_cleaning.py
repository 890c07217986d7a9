"""What a row's cells are kept as, and what is told of it."""

import pytest

from tests.imports.files import imported_from, run, table
from webapp.core.errors import Invalid
from webapp.imports.becoming import becomes
from webapp.imports.models import Import
from webapp.imports.numbers import money, whole_number
from webapp.imports.shaping import FIELDS, Shaper
from webapp.leads import custom, custom_fields, tags
from webapp.leads.models import Lead


def shaped_values(mapping, cells, **options):
    shaped = Shaper(mapping, **options)(cells)
    return {field: value for field, value in zip(FIELDS, shaped.values, strict=True) if value}


@pytest.mark.parametrize(
    ("country", "phone", "kept"),
    [
        ("France", "06 12 34 56 78", "+33612345678"),
        ("CH", "044 668 18 00", "+41446681800"),
        ("", "030 1234567", "+49301234567"),
        ("", "+1 212 555 2368 ext 9", "+12125552368 x9"),
        ("", "0800 NOTHING", "0800 NOTHING"),
        ("", "'+49 30 1234567", "+49301234567"),
        ("", "p:+4915112345678", "+4915112345678"),
        ("", "+1 555 504 17", "+1 555 504 17"),
    ],
)
def test_a_phone_is_read_as_of_the_rows_own_country_else_of_the_imports(country, phone, kept):
    cells = ["a@x.example", country, phone]
    assert shaped_values(["email", "country", "phone"], cells, country="DE")["phone"] == kept


def test_a_phone_that_is_none_is_kept_and_doubted_and_one_of_an_unknown_country_is_only_kept():
    assert Shaper(["email", "phone"], country="DE")(["a@x.example", "123"]).doubts[0][0] == 1
    assert Shaper(["email", "phone"])(["a@x.example", "+1 555 504 17"]).doubts
    assert Shaper(["email", "phone"])(["a@x.example", "030 1234567"]).doubts == ()


def test_names_are_calmed_unless_somebody_wants_them_as_they_are():
    cells = ["a@x.example", "VON DER LINDE, MARA"]
    assert shaped_values(["email", "full_name"], cells)["last_name"] == "von der Linde"
    assert shaped_values(["email", "full_name"], cells, calm=False)["last_name"] == "VON DER LINDE"


def test_countries_are_named_in_english_in_places_too():
    assert shaped_values(["email", "country"], ["a@x.example", "Deutschland"])["country"] == "Germany"
    assert shaped_values(["email", "location"], ["a@x.example", "Austin, TX, USA"])["country"] == "United States"


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1.234,50", ",", 1234), ("1,234.50", ".", 1234), ("1,234.500", ".", 1234), ("1.234,500", ",", 1234),
        ("1.234", ",", 1234), ("1,234", ",", 1234), ("0,500", ",", 0), ("12,7", ",", 13), ("1.234.567", "", 1_234_567),
    ],
)  # fmt: skip
def test_whole_numbers_are_read_by_the_files_decimal_mark(text, decimal, number):
    assert whole_number(text, decimal) == money(text, decimal) == number


def test_a_cell_that_makes_the_row_unusable_names_its_column():
    with pytest.raises(Invalid) as refused:
        Shaper(["company", "email"])(["Halden", "nobody"])
    assert refused.value.field == 1
    with pytest.raises(Invalid) as refused:
        Shaper(["city"])(["Oslo"])
    assert refused.value.field is None


def test_the_check_is_told_what_each_cell_becomes_and_as_what():
    mapping = ["email", "phone", "website", "country", "employees", "full_name", "city", ""]
    cells = [" A@X.example ", "030 1234567", "x.example", "DE", "1.200", "LINDE, MARA", " Berlin ", "left"]
    found = becomes(mapping, cells, Shaper(mapping, country="DE")(cells))
    assert {column: (one.kind, one.value) for column, one in found.items()} == {
        0: ("e-mail", "a@x.example"),
        1: ("phone", "+49301234567"),
        2: ("website", "https://x.example"),
        3: ("country", "Germany"),
        4: ("number", "1200"),
        5: ("name", "Mara Linde"),
    }
    assert found[4].text == "1.200"


def test_the_check_is_told_of_cells_that_stand_for_nothing_but_not_of_those_that_cannot_be_used():
    mapping = ["company", "email", "phone", "website"]
    cells = ["Halden", "n/a", "-", "not a site"]
    found = becomes(mapping, cells, Shaper(mapping)(cells))
    assert {column: (one.text, one.value) for column, one in found.items()} == {1: ("n/a", ""), 2: ("-", "")}


def test_numbers_and_dates_of_a_workspaces_own_fields_follow_the_file(cast):
    budget = custom_fields.create_field(cast.acme, "Budget", "number", actor=cast.alice)
    until = custom_fields.create_field(cast.acme, "Until", "date", actor=cast.alice)
    imported = imported_from(
        cast.alice,
        table(
            "E-mail;Budget;Until",
            "a@x.example;1.234,5;03/04/2026",
            "b@x.example;1.234;21. Dezember 2026",
            "c@x.example;7;2026-05-06",
        ),
    )
    dialect = {**imported.dialect, "decimal": ",", "dates": "mdy"}
    Import.update(dialect=dialect).where(Import.id == imported.id).execute()
    run(Import.get_by_id(imported.id))
    had = [{one.name: text for one, text in custom.values_of(lead).items()} for lead in Lead.select().order_by(Lead.id)]
    assert had == [
        {"Budget": "1234.5", "Until": "2026-03-04"},
        {"Budget": "1234", "Until": "2026-12-21"},
        {"Budget": "7", "Until": "2026-05-06"},
    ]
    assert {budget.name, until.name} == set(had[0])


def test_groups_of_google_and_quoted_tags_become_tags(cast):
    text = table(
        "E-mail,Labels", "a@x.example,* myContacts ::: Friends ::: * coworkers", 'b@x.example,"""VIP"",""Blog"""'
    )
    run(imported_from(cast.alice, text))
    first, second = Lead.select().order_by(Lead.id)
    assert [tag.name for tag in tags.tags_on(first)] == ["coworkers", "Friends"]
    assert [tag.name for tag in tags.tags_on(second)] == ["Blog", "VIP"]


def test_our_own_export_comes_back_as_it_went(cast):
    text = table(
        "First name,Last name,Stage,Phone,Country,E-mail,Domain,Last touch,Next to-do",
        "MARA,LINDE,New,030 1234567,Deutschland,a@x.example,elsewhere.example,,",
    )
    run(imported_from(cast.alice, text))
    lead = Lead.get()
    assert (lead.first_name, lead.phone, lead.country) == ("MARA", "030 1234567", "Deutschland")
    assert (lead.website, lead.domain) == ("", "x.example")
