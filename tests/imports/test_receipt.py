"""The receipt: its lines add up to the rows, each opens its leads, each kind of row can be looked at and downloaded."""

import io

import pytest
from werkzeug.datastructures import MultiDict

from tests import factories
from tests.imports.files import imported_from, run, table
from webapp.accounts import centers
from webapp.imports.models import Import, ImportRow, ImportState, Outcome
from webapp.imports.progress import receipt, undone
from webapp.imports.queries import rows_of
from webapp.imports.rejected import LISTED, rejected_rows
from webapp.imports.undoing import undo_import
from webapp.imports.uploading import upload
from webapp.imports.used import used
from webapp.leads import custom_fields
from webapp.leads.bulk import delete_leads
from webapp.leads.filters import Filter
from webapp.leads.listing import table as listed
from webapp.leads.models import Lead

MIXED = table(
    "E-mail,Title,Company",
    "gina@globex.example,CEO,",
    "new@globex.example,=SUM(A1),Globex",
    "broken at,CFO,'=x",
    "gina@globex.example,,",
    "other@globex.example,CTO,\n",
)


@pytest.fixture
def mixed(cast):
    factories.lead(cast.acme, "Globex", email="gina@globex.example", title="CTO")
    return run(imported_from(cast.alice, MIXED), policy="update")


def told(imported):
    return {line.name: line.rows for line in receipt(imported)}


def test_the_lines_add_up_to_the_rows(mixed):
    assert told(mixed) == {"Created": 2, "Updated": 1, "Twice in the file": 1, "Rejected": 1}
    assert sum(told(mixed).values()) == mixed.rows == 5


def test_kinds_of_rows_that_were_told_apart_have_a_line_each(mixed):
    tallies = {"unchanged": 3, "duplicate": 2, "suppressed": 0, "skipped": 1}
    mixed.skipped, mixed.tallies = 6, tallies
    assert told(mixed) == {
        "Created": 2, "Updated": 1, "Unchanged": 3, "Twice in the file": 2, "Skipped": 1, "Rejected": 1,
    }  # fmt: skip
    mixed.tallies = {"suppressed": 6}
    assert told(mixed) == {"Created": 2, "Updated": 1, "Suppressed": 6, "Rejected": 1}
    assert all(line.meaning and line.listed in LISTED for line in receipt(mixed))


def test_an_import_of_before_says_skipped_as_it_did(mixed):
    mixed.tallies = {}
    (line,) = [line for line in receipt(mixed) if line.name == "Skipped"]
    assert (
        line.meaning == "Already here, or twice in the file, with nothing new in the row" and line.listed == "skipped"
    )


def test_a_line_of_nothing_explains_and_opens_nothing(cast):
    imported = run(imported_from(cast.alice, table("E-mail", "a@halden.example")))
    updated = next(line for line in receipt(imported) if line.name == "Updated")
    assert updated == ("Updated", "idle", "refresh-cw", 0, "", "", "")


def test_created_and_updated_open_their_leads(cast, mixed, sign_in):
    lines = {line.name: line for line in receipt(mixed)}
    assert lines["Created"].leads == f"?f=import.is.{mixed.id}" and lines["Rejected"].leads == ""
    page = sign_in(cast.alice).get(f"/leads{lines['Updated'].leads}").text
    assert "gina@globex.example" in page or "Gina" in page
    assert "Updated by import" in page and "list.csv, 20" in page


def test_what_was_undone_is_told(cast, mixed, run_jobs):
    assert undone(mixed) is None
    undo_import(mixed, actor=cast.alice)
    run_jobs()
    assert undone(Import.get()) == (3, 3, 1, 2, 0)


# ------------------------------------------------------------------- rows


def test_the_rows_of_an_outcome_come_by_pages_with_what_they_changed(cast, mixed):
    (row,) = rows_of(cast.alice, mixed, Outcome.UPDATED).rows
    assert (row.number, row.changes) == (1, (("Title", "CTO", "CEO"),))
    assert row.lead.id and row.cells == ["gina@globex.example", "CEO", ""]
    first = rows_of(cast.alice, mixed, Outcome.CREATED, size=1)
    second = rows_of(cast.alice, mixed, Outcome.CREATED, first.after, size=1)
    names = [Lead.get_by_id(row.lead.id).email for row in (*first.rows, *second.rows)]
    assert names == ["new@globex.example", "other@globex.example"] and second.after is None
    assert [row.number for row in (*first.rows, *second.rows)] == [2, 5]
    (failed,) = rows_of(cast.alice, mixed, Outcome.FAILED).rows
    assert failed.lead is None and "no @ sign" in failed.reason


def test_values_of_own_fields_owners_and_numbers_are_told_as_people_read_them(cast, mixed):
    custom_fields.create_field(cast.acme, "Plan", "text", actor=cast.alice)
    key = f"custom:{custom_fields.CustomField.get().id}"
    before = {"owner": None, "stage": "new", "value": 0, key: "", "custom:99": "x"}
    after = {"owner": cast.bob.user_id, "stage": "replied", "value": 12000, key: "Gold", "custom:99": "y"}
    ImportRow.update(before=before, after=after).where(ImportRow.outcome == Outcome.UPDATED).execute()
    (row,) = rows_of(cast.alice, mixed, Outcome.UPDATED).rows
    assert row.changes == (
        ("Owner", "", "Bob Baker"),
        ("Stage", "New", "Replied"),
        ("Value", "0", "12,000"),
        ("Plan", "", "Gold"),
        ("A field that was deleted", "x", "y"),
    )


def test_leads_that_are_gone_or_out_of_sight_are_not_named(cast, mixed):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    (row,) = rows_of(mia, mixed, Outcome.UPDATED).rows
    assert row.lead == (None, "A lead that you do not see")
    delete_leads(cast.alice, [Lead.get(Lead.title == "CEO").id])
    (row,) = rows_of(cast.alice, mixed, Outcome.UPDATED).rows
    assert row.lead == (None, "A lead that was deleted")


# -------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("word", "numbers"), [("created", [2, 5]), ("updated", [1]), ("rejected", [3]), ("duplicate", [4]), ("skipped", [])]
)
def test_each_kind_of_row_comes_as_a_file_in_the_original_columns(mixed, word, numbers):
    lines = "".join(rejected_rows(mixed, LISTED[word])).splitlines()
    assert lines[0] == "\ufeffE-mail,Title,Company,Row,Reason"
    assert [int(line.split(",")[3]) for line in lines[1:]] == numbers


def test_the_file_is_safe_to_open_and_says_the_same_when_it_is_imported_again(cast, mixed):
    content = "".join(rejected_rows(mixed, Outcome.FAILED)).replace("broken at", "whole@globex.example").encode()
    assert b",'=x," in content
    again = run(upload(cast.alice, "rest.csv", io.BytesIO(content)))
    assert (again.created, again.failed, again.mapping) == (1, 0, ["email", "title", "company", "", ""])
    assert Lead.get(Lead.email == "whole@globex.example").company == "=x"
    content = "".join(rejected_rows(mixed, Outcome.CREATED)).encode()
    assert b",'=SUM(A1)," in content


def test_rows_that_became_leads_need_the_file(cast, mixed, app):
    Import.update(path="uploads/gone.csv").execute()
    assert len("".join(rejected_rows(Import.get(), Outcome.CREATED)).splitlines()) == 1


def test_of_a_stopped_import_only_the_rows_that_were_reached_are_listed(cast, mixed):
    Import.update(state=ImportState.CANCELLED, done_rows=4).execute()
    lines = "".join(rejected_rows(Import.get(), Outcome.CREATED)).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["new@globex.example"]


# ----------------------------------------------------------------- the filter


def found(member, query):
    return sorted(row.email for row in listed(member, Filter.read(MultiDict([("f", query)]))).rows)


def test_leads_can_be_asked_which_import_created_or_updated_them(cast, mixed):
    other = run(imported_from(cast.alice, table("E-mail,Title", "new@globex.example,CFO", "z@globex.example,")))
    created, changed = ["new@globex.example", "other@globex.example"], ["gina@globex.example"]
    assert found(cast.alice, f"import.is.{mixed.id}") == created
    assert found(cast.alice, f"import_updated.is.{mixed.id}") == changed
    assert found(cast.alice, f"import.is.{mixed.id}|{other.id}") == [*created, "z@globex.example"]
    assert found(cast.alice, f"import.not.{mixed.id}") == ["gina@globex.example", "z@globex.example"]
    assert found(cast.alice, "import.empty") == changed
    assert found(cast.alice, f"import_updated.not.{mixed.id}") == [*created, "z@globex.example"]
    assert found(cast.charlie, f"import.is.{mixed.id}") == []
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    assert found(mia, f"import.is.{mixed.id}") == []


def test_the_filter_offers_the_imports_that_a_member_sees_by_file_and_day(cast, mixed, sign_in):
    imported_from(cast.alice, MIXED, name="waiting.csv")
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    for member, there in ((cast.alice, True), (mia, False), (cast.charlie, False)):
        page = sign_in(member).get("/leads/filter?field=import").text
        assert ("list.csv, 20" in page) == there and "waiting.csv" not in page
    page = sign_in(mia).get(f"/leads?f=import.is.{mixed.id}").text
    assert "list.csv" not in page and "another import" in page


# --------------------------------------------------------------- what was chosen


def test_what_was_chosen_otherwise_than_by_default_is_told(cast, sign_in):
    lisbon = centers.create_center(cast.acme, "Lisbon")
    factories.lead(cast.acme, "Globex", email="gina@globex.example", title="CTO")
    imported = imported_from(cast.alice, table("E-mail,Title,Company,Odd", "gina@globex.example,CEO,Globex,x"))
    assert used(imported) == [("Columns not imported", "Odd")]
    share = [cast.alice.user_id, cast.bob.user_id]
    chosen = {"key": "domain_name", "overwrite": {"title": True, "company": False}, "center_id": lisbon.id}
    left = {"leave_role": True, "leave_throwaway": True, "suppressed": True, "clean_names": False, "country": "CH"}
    mapping = ["email", "title", "company", "full_name"]
    imported = run(imported, mapping=mapping, owner="share", share=share, source="Fair", **chosen, **left)
    assert dict(used(imported)) == {
        "A row found its lead by": "Domain and name",
        "Overwritten": "Job title",
        "Center of new leads": "Lisbon",
        "New leads shared out among": "Alice Archer and Bob Baker",
        "Source of new leads": "Fair",
        "Country of phone numbers": "Switzerland",
        "Names in CAPITALS": "Left as they were",
        "Left out": "Shared addresses and throw-away addresses",
        "Suppression list": "People on it were imported, too",
    }
    page = sign_in(cast.alice).get(f"/imports/{imported.id}").text
    assert "New leads shared out among" in page and "Alice Archer and Bob Baker" in page


def test_nobody_is_told_that_nothing_was_overwritten_where_something_was(cast, mixed):
    lines = {line.name: line.meaning for line in receipt(mixed)}
    assert lines["Updated"] == "Already here: changed to what the file says, blank cells changed nothing"
    mixed.options = {**mixed.options, "overwrite": {"title": False}}
    assert "but for the fields below" in {line.name: line.meaning for line in receipt(mixed)}["Updated"]
    assert dict(used(mixed)) == {"Filled only where empty": "Job title"}
    mixed.options = {**mixed.options, "policy": "fill", "overwrite": {"title": True, "company": False}}
    assert "the fields below overwritten" in {line.name: line.meaning for line in receipt(mixed)}["Updated"]
    assert dict(used(mixed)) == {"Overwritten": "Job title"}


def test_whose_the_leads_of_a_small_reach_became_and_who_left_is_told(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    imported = run(imported_from(mia, table("E-mail", "z@globex.example")))
    assert used(imported) == [("Owner of new leads", "Mia Moon")]
    imported.options = {**imported.options, "owner_id": 10**6, "center_id": 10**6, "key": "custom:99"}
    assert used(imported) == [
        ("A row found its lead by", "A field that was deleted"),
        ("Center of new leads", "One that was deleted"),
        ("Owner of new leads", "Somebody who left"),
    ]
