"""The second step: what columns become, fields made on the way, another way to read the file."""

import pytest

from tests import factories
from tests.imports.files import imported_from, run, table
from tests.imports.steps import at, columns_form, fresh
from webapp.imports.models import Import, ImportState
from webapp.leads.custom import fields_of

PEOPLE = table(
    "E-mail,Name,Company,Segment", "a@halden.example,Ann Bo,Halden,Tier A", "b@halden.example,Cy Dee,Halden,Tier B"
)
ROUTES = ("columns", "columns/keep", "columns/field", "columns/skip", "reading")


@pytest.fixture
def imported(cast):
    return imported_from(cast.alice, PEOPLE)


def test_the_page_says_what_was_read_matched_and_left_open(client, imported):
    page = client.get(at(imported, "columns")).text
    assert "2 rows, UTF-8, comma separated" in page and "We matched 3 of 4 columns" in page
    assert "3 matched" in page and "1 needs you" in page and "Create “Segment”" in page
    assert "Ann Bo · Cy Dee" in page and "By name" in page and "No field like this yet" in page


def test_an_import_leads_to_the_step_it_is_at(client, imported):
    assert client.get(at(imported)).location == at(imported, "columns")


def test_what_was_chosen_is_kept_and_the_options_come_next(client, imported):
    answer = client.post(at(imported, "columns"), data=columns_form(imported, "email", "full_name", "", "-"))
    assert answer.status_code == 303 and answer.location == at(imported, "options")
    assert fresh(imported).mapping == ["email", "full_name", "", ""]


def test_each_choice_is_kept_at_once_and_answered_with_what_follows(client, imported, htmx):
    form = columns_form(imported, "", "full_name", "company", "-")
    answer = client.post(at(imported, "columns/keep"), data=form, headers=htmx)
    assert answer.status_code == 200 and "<html" not in answer.text and "Left out by you" in answer.text
    assert "2 matched" in answer.text and fresh(imported).mapping == ["", "full_name", "company", ""]


def test_without_scripts_keeping_leads_on(client, imported):
    assert client.post(at(imported, "columns/keep"), data=columns_form(imported)).status_code == 303


def test_a_field_chosen_twice_is_refused_and_the_choices_stay(client, imported):
    answer = client.post(at(imported, "columns"), data=columns_form(imported, "email", "company", "company", "-"))
    assert answer.status_code == 422 and "Company is chosen for “Name” and “Company”" in answer.text
    assert fresh(imported).mapping == ["email", "company", "company", ""]
    assert answer.text.count('<option value="company" selected>') == 2 and "Chosen twice" in answer.text


def test_columns_that_cannot_make_a_lead_are_refused(client, imported):
    answer = client.post(at(imported, "columns"), data=columns_form(imported, "-", "full_name", "-", "-"))
    assert answer.status_code == 422 and "a lead needs one or the other" in answer.text
    assert "A column for E-mail is missing, or two for name and company" in answer.text


def test_a_field_that_does_not_exist_is_refused(client, imported):
    answer = client.post(at(imported, "columns"), data=columns_form(imported, "workspace_id", "-", "-", "-"))
    assert answer.status_code == 422 and fresh(imported).mapping == imported.mapping


def test_a_field_is_created_for_a_column_which_then_becomes_it(cast, client, imported):
    form = {"create": "3", "new-3-name": "Tier", "new-3-kind": "text"}
    answer = client.post(at(imported, "columns/field"), data=columns_form(imported, "email", "", "", "", **form))
    (field,) = fields_of(cast.acme)
    assert answer.status_code == 200 and "New field" in answer.text
    assert (field.name, field.kind.value) == ("Tier", "text")
    assert fresh(imported).mapping == ["email", "", "", f"custom:{field.id}"]


def test_a_column_of_few_texts_is_offered_a_choice_of_them(cast, client):
    tiers = [f"a{number}@x.example,Tier {'AB'[number % 2]}" for number in range(6)]
    imported = imported_from(cast.alice, table("E-mail,kind_of_tier", *tiers))
    page = client.get(at(imported, "columns")).text
    assert '<option value="choice" selected>Choice: Tier A, Tier B</option>' in page and 'value="Kind of tier"' in page
    form = {"create": "1", "new-1-name": "Kind of tier", "new-1-kind": "choice"}
    client.post(at(imported, "columns/field"), data=columns_form(imported, "email", "", **form))
    (field,) = fields_of(cast.acme)
    assert (field.kind.value, field.options) == ("choice", ("Tier A", "Tier B"))


def test_a_name_that_is_taken_is_refused_beside_its_column(client, imported):
    form = {"create": "3", "new-3-name": "Company", "new-3-kind": "text"}
    answer = client.post(at(imported, "columns/field"), data=columns_form(imported, **form))
    assert answer.status_code == 422 and 'id="new-3-error"' in answer.text and "something called Company" in answer.text


def test_a_second_click_makes_no_second_field_and_says_nothing(cast, client, imported):
    form = {"create": "3", "new-3-name": "Tier", "new-3-kind": "text"}
    for _ in range(2):
        answer = client.post(at(imported, "columns/field"), data=columns_form(imported, "email", "", "", "", **form))
        assert answer.status_code == 200 and "New field" in answer.text
    (field,) = fields_of(cast.acme)
    assert fresh(imported).mapping == ["email", "", "", f"custom:{field.id}"]


def test_a_column_that_is_not_there_gets_no_field(cast, client, imported):
    for number in ("99", "", "x"):
        form = columns_form(imported, create=number)
        assert client.post(at(imported, "columns/field"), data=form).status_code == 422
    assert not fields_of(cast.acme)


def test_going_on_creates_the_fields_that_were_chosen(cast, client, imported):
    answer = client.post(at(imported, "columns"), data=columns_form(imported, "email", "-", "-", "new"))
    assert answer.status_code == 303 and [field.name for field in fields_of(cast.acme)] == ["Segment"]


def test_only_who_may_add_fields_is_offered_one(cast, sign_in):
    imported = imported_from(cast.bob, PEOPLE)
    client = sign_in(cast.bob)
    page = client.get(at(imported, "columns")).text
    assert "Create “Segment”" not in page and "New field" not in page
    form = columns_form(imported, create="3", **{"new-3-name": "Tier", "new-3-kind": "text"})
    assert client.post(at(imported, "columns/field"), data=form).status_code == 403 and not fields_of(cast.acme)


@pytest.mark.parametrize("number", [-1, 4])
def test_a_column_that_is_not_there_gets_no_field_and_is_not_skipped(cast, client, imported, number):
    form = columns_form(imported, "email", "full_name", "company", "")
    assert client.post(at(imported, "columns/field"), data={**form, "create": number}).status_code == 422
    assert client.post(at(imported, "columns/skip"), data={**form, "skip": number}).status_code == 200
    assert fields_of(cast.acme) == () and not any(column.get("left") for column in fresh(imported).columns)


def test_a_column_that_is_skipped_asks_no_more(client, imported):
    form = columns_form(imported, "email", "full_name", "company", "", skip="3")
    page = client.post(at(imported, "columns/skip"), data=form).text
    assert "needs you" not in page and "1 not imported" in page and "New field" not in page
    assert "needs you" not in client.get(at(imported, "columns")).text


def test_the_file_is_read_another_way_and_the_page_follows(cast, client):
    imported = imported_from(cast.alice, table("E-mail;Name,Company", "a@x.example;Ann,Globex", "b@x.example;Bo,Hooli"))
    reading = {
        "shape": columns_form(imported)["shape"],
        "encoding": "utf-8",
        "header_line": "0",
        "decimal": ".",
        "dates": "ymd",
    }
    other = "," if imported.dialect["delimiter"] == ";" else ";"
    answer = client.post(at(imported, "reading"), data={**reading, "delimiter": other})
    assert answer.status_code == 200 and fresh(imported).dialect["delimiter"] == other
    assert " open>" in answer.text and fresh(imported).columns[0]["name"] in answer.text


def test_a_way_to_read_that_cannot_be_keeps_the_one_before(client, imported):
    reading = {"shape": columns_form(imported)["shape"], "encoding": "utf-16", "delimiter": "nothing"}
    answer = client.post(at(imported, "reading"), data=reading)
    assert answer.status_code == 422 and "Read as before" in answer.text
    assert fresh(imported).dialect == imported.dialect


def test_a_form_about_columns_that_were_read_anew_in_another_tab_changes_nothing(client, imported):
    old = columns_form(imported, "-", "-", "-", "-")
    client.post(
        at(imported, "reading"),
        data={
            "shape": old["shape"],
            "encoding": "utf-8",
            "delimiter": ",",
            "header_line": "none",
            "decimal": ".",
            "dates": "ymd",
        },
    )
    before = fresh(imported).mapping
    for route in ROUTES:
        answer = client.post(at(imported, route), data=old)
        assert answer.status_code == 409 and "Reload the page" in answer.text, route
    assert fresh(imported).mapping == before


def test_after_the_start_nothing_is_changed_and_the_page_goes_on(client, imported):
    form = columns_form(imported, "-", "-", "-", "-")
    Import.update(state=ImportState.DONE, finished_at=imported.created_at).execute()
    assert client.get(at(imported, "columns")).location == at(imported)
    for route in ROUTES:
        assert client.post(at(imported, route), data=form).status_code == 409, route
    assert fresh(imported).mapping == imported.mapping


def test_outsiders_viewers_and_own_reach(cast, sign_in, imported):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    for member, status in ((cast.charlie, 404), (mia, 404), (cast.vera, 403)):
        client = sign_in(member)
        for route in ROUTES:
            assert client.post(at(imported, route), data=columns_form(imported)).status_code == status, route
    assert sign_in(cast.charlie).get(at(imported, "columns")).status_code == 404
    assert "waits for its columns" in sign_in(cast.vera).get(at(imported, "columns")).text
    assert fresh(imported).mapping == imported.mapping


def test_a_file_without_names_for_its_columns_still_shows_them(cast, client):
    imported = imported_from(cast.alice, b"a@halden.example,Ann Bo,+47 22 00 00 00\nb@halden.example,Cy Dee,\n")
    page = client.get(at(imported, "columns")).text
    assert "without column names" in page and "Column 2" in page and imported.mapping[0] == "email"


def test_an_owner_column_says_how_many_of_its_people_are_here(cast, client):
    rows = ("a@x.example,Bob Baker", "b@x.example,Bob", "c@x.example,Nobody Here")
    imported = imported_from(cast.alice, table("E-mail,Owner", *rows))
    page = client.get(at(imported, "columns")).text
    assert "1 of 3 people found" in page and imported.mapping[1] == "owner"


def test_an_export_of_a_known_program_is_recognised(cast, client):
    names = "Record ID,First Name,Last Name,Email,Contact owner,Lifecycle Stage,Lead Status,Create Date"
    imported = imported_from(cast.alice, table(names, "1,Ann,Bo,a@x.example,,lead,New,2026-01-02"))
    assert "This looks like a HubSpot export." in client.get(at(imported, "columns")).text


def test_the_next_file_with_the_same_columns_is_matched_as_the_last_one(cast, client, imported):
    mapping = ["email", "full_name", "", "company"]
    run(imported, mapping=mapping)
    again = imported_from(cast.alice, PEOPLE)
    page = client.get(at(again, "columns")).text
    assert again.mapping == mapping and page.count("As last time") == 3 and "needs you" not in page
