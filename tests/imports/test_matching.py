"""Columns find their fields: the exports people bring, four languages, and cells that speak for themselves."""

import pytest

from tests.imports.files import imported_from, table
from tests.imports.headers import HEADERS
from webapp.imports.matching import TARGETS, match
from webapp.imports.numbers import whole_number
from webapp.imports.recognising import program
from webapp.imports.shaping import FIELDS, LABELS, Shaper, tidy

PROGRAMS = (
    "HubSpot", "Salesforce", "Apollo", "LinkedIn", "Google Contacts", "Outlook", "Pipedrive", "Mailchimp",
    "Meta lead ads", "Galena",
)  # fmt: skip


def fields(header, *rows):
    return {name: field for name, (field, _) in zip(header, match(header, list(rows)), strict=True) if field}


@pytest.mark.parametrize("what", HEADERS)
def test_the_columns_of_what_people_export_find_their_fields_and_others_none(what):
    columns = HEADERS[what]
    found = match([column for column, _ in columns], [])
    assert [(column, field) for (column, _), (field, _) in zip(columns, found, strict=True)] == columns


@pytest.mark.parametrize("what", HEADERS)
def test_the_program_that_wrote_a_file_is_recognised(what):
    expected = next((name for name in PROGRAMS if what.startswith(name)), "")
    assert program([column for column, _ in HEADERS[what]]) == expected


@pytest.mark.parametrize(
    ("name", "rows", "field"),
    [
        ("Title", ["Mr", "Ms.", "Herr Dr."], ""),
        ("Title", ["CTO", "Head of Sales"], "title"),
        ("Country code", ["49", "1"], ""),
        ("Country code", ["DE", "US"], "country"),
        ("Owner", ["005Dn000001AbCdIAK", "005Dn000001AbCeIAK"], ""),
        ("Owner", ["Mara Lindqvist", "bo@halden.example"], "owner"),
        ("Status", ["subscribed", "cleaned"], ""),
        ("Status", ["New", "Open - Not Contacted"], "stage"),
        ("LinkedIn", ["x.com/ann", "x.com/bo"], ""),
        ("Contact", ["ann@x.example", "bo@x.example"], "email"),
        ("Tags", ["TRUE", "FALSE"], ""),
        ("Account", ["0015g00000AbCdEAAV", "0015g00000AbCdFAAV"], ""),
        ("Company", ["1020", "4711"], "company"),
        ("City", ["8000", "3000"], ""),
    ],
)
def test_a_name_is_believed_only_as_far_as_its_cells_agree(name, rows, field):
    assert match([name], [[cell] for cell in rows])[0][0] == field


def test_a_name_beside_a_first_name_is_a_last_name_unless_it_holds_the_whole():
    assert fields(["Vorname", "Name"], ["Ann", "Bo"]) == {"Vorname": "first_name", "Name": "last_name"}
    assert fields(["First name", "Name"], ["Ann", "Ann Bo"]) == {"First name": "first_name"}


def test_cells_speak_where_names_do_not():
    header = ["A", "B", "C", "D", "E", "F"]
    rows = [
        ["ann@x.example", "https://www.linkedin.com/in/ann", "+47 22 00 00 00", "x.example", "Oslo, Norway", "88121"],
        ["bo@y.example", "linkedin.com/in/bo", "(555) 010-4477", "https://y.example", "Rome, Italy", "88122"],
    ]
    assert match(header, rows) == [
        ("email", "content"),
        ("linkedin", "content"),
        ("phone", "content"),
        ("website", "content"),
        ("location", "content"),
        ("", ""),
    ]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["21/11/2026", "03.04.2026", "2026-11-21"], ""),
        (["06-12-34-56-78", "06 12 34 56 78"], "phone"),
        (["Flantz, Markus", "Williams, Ralph"], ""),
        (["Partner, VIP", "Customer, DACH"], ""),
        (["Austin, TX", "Saint Paul, Minnesota"], "location"),
    ],
)
def test_cells_that_only_look_like_a_field_are_none(cells, field):
    assert match(["A"], [[cell] for cell in cells])[0][0] == field


def test_the_url_of_a_linkedin_export_is_a_profile():
    row = ["Ann", "Bo", "https://www.linkedin.com/in/annbo", "", "Halden", "CTO", "1 Jan 2026"]
    header = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
    assert fields(header, row)["URL"] == "linkedin"


def test_countries_are_told_by_content():
    assert fields(["E-mail", "Herkunftsland"], ["a@x.example", "IE"], ["b@x.example", "Germany"]) == {
        "E-mail": "email",
        "Herkunftsland": "country",
    }


def test_a_name_whose_cells_say_otherwise_is_not_believed():
    assert fields(["Mail", "Contact"], ["yes", "ann@x.example"], ["no", "bo@x.example"]) == {"Contact": "email"}
    assert "Mail" not in fields(["Mail", "Who"], ["yes", "Ann Bo"], ["no", "Cy Dee"])


def test_a_bare_name_is_a_company_when_its_cells_are():
    assert fields(["Name", "E-mail"], ["Globex Inc.", ""], ["Halden GmbH", ""])["Name"] == "company"
    assert fields(["Name", "E-mail"], ["Ann Bo", ""], ["Cy Dee", ""])["Name"] == "full_name"


def test_no_field_is_matched_twice():
    found = match(["Email", "E-mail 2", "email address", "Phone", "Mobile"], [["a@x.example"] * 3 + ["1", "2"]])
    chosen = [field for field, _ in found if field]
    assert len(chosen) == len(set(chosen))


def test_an_empty_column_does_not_take_the_field_from_a_full_one():
    assert fields(["Email", "Work Email"], ["", "a@x.example"]) == {"Work Email": "email"}


def test_every_target_has_a_label_and_a_place():
    assert set(TARGETS) == set(LABELS) and set(TARGETS) - {"full_name", "location"} < set(FIELDS)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('=HYPERLINK("http://https://www.3m.example/","3M")', "3M"),
        ('=HYPERLINK("x";"Say ""hi""")', 'Say "hi"'),
        ('="007"', "007"),
        ("'=1+1", "=1+1"),
        ("'+49 30", "+49 30"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("O'Neil", "O'Neil"),
        ("two\r\n lines\xa0here\t", "two lines here"),
        ("zero\u200bwidth", "zero width"),
    ],
)
def test_a_cell_loses_what_a_spreadsheet_put_around_it(cell, text):
    assert tidy(cell) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,200", 1200), ("1.200", 1200), ("1 200", 1200), ("51-200", 51), ("10,000+", 10000), ("€ 64k", 64000),
     ("1.5m", 1_500_000), ("1,200.50", 1200), ("1.200,50", 1200), ("about 40", 40), ("0", 0)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["many", "-5", "9" * 30, "1e400", "NaN", "..", "--"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Exception, match=r"not (a number|between)"):
        whole_number(text)


def test_cells_beyond_the_last_column_are_kept_as_left_out():
    shaped = Shaper(["email"])(["a@x.example", "", "  ", "and more"])
    assert shaped.left_out == [(3, "", "and more", "no column")]


def test_a_full_name_fills_only_what_columns_of_their_own_left_empty():
    shaped = Shaper(["email", "first_name", "full_name"])(["a@x.example", "", "Bo, Ann"])
    assert dict(zip(FIELDS, shaped.values, strict=True))["last_name"] == "Bo"


def test_an_upload_says_which_program_it_is_from_and_what_each_column_could_be(cast):
    header = "Record ID,First Name,Email,Contact owner,Tier"
    rows = [f"{number},Ann,a{number}@x.example,Zed,{'Gold' if number % 2 else 'Silver'}" for number in range(6)]
    imported = imported_from(cast.alice, table(header, *rows))
    assert imported.dialect["export"] == "HubSpot"
    assert [column["kind"] for column in imported.columns] == ["number", "text", "text", "text", "choice"]
    assert sorted(imported.columns[4]["options"]) == ["Gold", "Silver"]
