"""The check says what the run then does, keeps to the import as it stands, and writes nothing to leads."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.imports.files import chosen, imported_from, run, table
from webapp.core.errors import Conflict, NotFound
from webapp.imports import checking, running
from webapp.imports.checking import NOTED, ask_check, checked_rows, is_checked, run_check
from webapp.imports.fixing import fix_alike, fix_cell, fixes_of, unfix
from webapp.imports.models import CheckedRow, Import, ImportRow, Outcome
from webapp.imports.starting import keep_options, start_import
from webapp.leads.custom import fields_of
from webapp.leads.custom_fields import create_field
from webapp.leads.models import Activity, Lead
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress


def checked(imported):
    ask_check(imported)
    return Import.get_by_id(imported.id)


def outcomes(imported):
    return imported.check["outcomes"]


def shown(imported, tab):
    return {row.number: row for row in checked_rows(imported, tab).rows}


def ran(imported):
    """{outcome: rows} of a finished run, as a check tells them."""
    told = {"created": imported.created, "updated": imported.updated, "failed": imported.failed, **imported.tallies}
    return {outcome: rows for outcome, rows in told.items() if rows}


PEOPLE = table(
    "E-mail,Name,Company,Employees",
    "new@halden.example,Ann Bo,Halden,12",
    "HERE@halden.example,Cy Dee,Halden,40",
    "same@halden.example,Di Eff,Halden,",
    "new@halden.example,Ann Bo,Halden,",
    "not an address,Ef Gee,Halden,",
    "never@halden.example,Gi Haa,Halden,",
    "info@halden.example,,Halden,many",
)


@pytest.fixture
def imported(cast):
    factories.lead(cast.acme, "Halden", first_name="Cy", last_name="Dee", email="here@halden.example")
    factories.lead(cast.acme, "Halden", first_name="Di", last_name="Eff", email="same@halden.example")
    suppress(cast.acme, "never@halden.example", reason=SuppressionReason.UNSUBSCRIBED)
    return chosen(imported_from(cast.alice, PEOPLE))


def test_every_row_has_its_outcome_and_nothing_is_written(cast, imported):
    before = Lead.select().count()
    found = checked(imported)
    expected = {"created": 2, "updated": 1, "unchanged": 1, "duplicate": 1, "failed": 1, "suppressed": 1}
    assert outcomes(found) == expected and found.check["rows"] == 7 and is_checked(found)
    assert (Lead.select().count(), ImportRow.select().count(), Activity.select().count()) == (before, 0, 0)
    assert shown(found, Outcome.DUPLICATE)[4].told["above"] == 1
    assert "no @ sign" in shown(found, Outcome.FAILED)[5].reason
    assert shown(found, Outcome.FAILED)[5].told["problems"] == {"0": shown(found, Outcome.FAILED)[5].reason}
    assert shown(found, Outcome.UPDATED)[2].told["changes"] == {"employees": [None, 40]}
    looked_at = shown(found, NOTED)[7]
    assert looked_at.told["problems"]["3"] and "role" in looked_at.told["warnings"][0]
    assert looked_at.outcome is Outcome.CREATED


def test_the_run_does_what_the_check_said(cast, imported):
    expected = outcomes(checked(imported))
    assert ran(run(imported)) == expected


def test_suppressed_people_come_in_when_that_is_chosen_and_stay_suppressed(cast, imported):
    keep_options(imported, suppressed=True)
    assert "suppressed" not in outcomes(checked(imported))
    assert run(imported, suppressed=True).created == 3


def test_a_suppressed_person_who_is_a_lead_is_updated(cast, imported):
    factories.lead(cast.acme, "", email="never@halden.example")
    assert "suppressed" not in outcomes(checked(imported)) and outcomes(imported := checked(imported))["updated"] == 2


def test_role_and_throw_away_addresses_are_left_out_when_that_is_chosen(cast):
    text = table("E-mail,Name", "info@halden.example,", "a@mailinator.com,Ann Bo", "b@halden.example,Bo")
    imported = chosen(imported_from(cast.alice, text), leave_role=True, leave_throwaway=True)
    found = checked(imported)
    assert outcomes(found) == {"skipped": 2, "created": 1}
    assert sum(found.check["reasons"].values()) == 2
    assert ran(run(imported, leave_role=True, leave_throwaway=True)) == {"skipped": 2, "created": 1}


def test_a_check_is_of_the_import_as_it_stands(cast, imported):
    found = checked(imported)
    keep_options(found, policy="skip")
    assert not is_checked(found)
    assert outcomes(checked(found))["unchanged"] == 2
    with pytest.raises(Conflict, match="changed after it was checked"):
        start_import(found, version=found.version - 1)


def test_keeping_what_was_chosen_already_leaves_the_check_as_it_is(cast, imported):
    found = checked(imported)
    keep_options(found, policy="fill", tags=[])
    assert is_checked(Import.get_by_id(found.id))


def test_a_long_file_is_checked_by_a_job_that_goes_on_where_something_changed(cast, monkeypatch, imported):
    monkeypatch.setattr(checking, "AT_ONCE", 3)
    asked = []
    monkeypatch.setattr(checking, "later", lambda name, import_id: asked.append((name, import_id)))
    ask_check(imported)
    ask_check(imported)
    assert asked == [("check_import", imported.id)] and not is_checked(Import.get_by_id(imported.id))
    real, changes = checking._finish, [{"policy": "skip"}]

    def changed_meanwhile(checked, *rest):
        if changes:
            keep_options(Import.get_by_id(checked.id), **changes.pop())
        real(checked, *rest)

    monkeypatch.setattr(checking, "_finish", changed_meanwhile)
    run_check(imported.id)
    found = Import.get_by_id(imported.id)
    assert is_checked(found) and found.check_until is None and outcomes(found)["unchanged"] == 2


def test_a_file_that_is_gone_is_said_so(cast, imported, app):
    (app.config["GALENA"].data_dir / imported.path).unlink()
    assert "no longer there" in checked(imported).check["error"]


def test_of_each_outcome_the_first_rows_are_shown_and_all_are_counted(cast, monkeypatch):
    monkeypatch.setattr(checking, "LISTED", 5)
    rows = [f"a{number}@halden.example,{'many' if number == 30 else ''}" for number in range(40)]
    imported = imported_from(cast.alice, table("E-mail,Employees", *rows))
    imported = checked(chosen(imported, mapping=["email", "employees"]))
    assert outcomes(imported) == {"created": 40}
    assert list(shown(imported, Outcome.CREATED)) == [1, 2, 3, 4, 5, 31]
    assert list(shown(imported, NOTED)) == [31]


# ------------------------------------------------------------------- mending


def test_a_mended_cell_is_what_is_checked_and_imported(cast, imported):
    fix_cell(checked(imported), 5, 0, " ef.gee@halden.example ")
    found = checked(imported)
    assert outcomes(found)["created"] == 3 and "failed" not in outcomes(found)
    run(imported)
    assert Lead.select().where(Lead.email == "ef.gee@halden.example").exists()


def test_a_mended_cell_says_again_what_the_file_says(cast, imported):
    fix_cell(checked(imported), 5, 0, "ef.gee@halden.example")
    fix_cell(checked(imported), 5, 0, "other@halden.example")
    (fix,) = fixes_of(imported)
    assert (fix.was, fix.text) == ("not an address", "other@halden.example")
    unfix(imported, fix.id)
    assert outcomes(checked(imported))["failed"] == 1
    with pytest.raises(NotFound):
        unfix(imported, fix.id)


def test_all_cells_that_say_the_same_are_mended_at_once_and_once_more(cast):
    text = table("E-mail,Name", "x,Ann", "x,Bo", "y,Cy", "z@halden.example,Di")
    imported = chosen(imported_from(cast.alice, text), without_email=True)
    fix_alike(checked(imported), 0, "x", "wrong")
    fix_alike(imported, 0, "wrong", "")
    assert outcomes(checked(imported)) == {"created": 3, "failed": 1}
    assert [(fix.was, fix.text) for fix in fixes_of(imported)] == [("x", ""), ("wrong", "")]


def test_a_cell_of_a_short_row_can_be_mended(cast):
    imported = imported_from(cast.alice, table("Company,Name,E-mail", "Halden,Ann,broken", "Globex,Bo"))
    chosen(imported, mapping=(names := ["company", "full_name", "email"]))
    fix_cell(checked(imported), 2, 2, "bo@globex.example")
    fix_cell(imported, 1, 2, "ann@halden.example")
    run(imported, mapping=names)
    assert {lead.email for lead in Lead.select()} == {"bo@globex.example", "ann@halden.example"}


def test_nothing_is_mended_once_it_runs_nor_where_there_is_no_cell(cast, imported):
    found = checked(imported)
    for number, column in ((5, 9), (99, 0), (5, -1)):
        with pytest.raises(NotFound):
            fix_cell(found, number, column, "x")
    start_import(found)
    with pytest.raises(Conflict, match="started already"):
        fix_cell(found, 5, 0, "x@halden.example")
    assert not fixes_of(found)


# ------------------------------------------------- the check and the run agree

CELLS = st.sampled_from(["", "", "a", "b", "c", "d"])
KEYS = st.sampled_from(["email", "domain_name", "field"])
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=25)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS, before=ROWS, key=KEYS, policy=st.sampled_from(["fill", "update", "skip"]), create=st.booleans(),
    seed=st.integers(0, 9),
)  # fmt: skip
def test_whatever_the_rows_and_the_leads_the_run_does_what_the_check_said(
    cast, monkeypatch, rows, before, key, policy, create, seed
):
    size = random.Random(seed).choice([1, 3, 150])
    monkeypatch.setattr(running, "BATCH", size)
    monkeypatch.setattr(checking, "BATCH", size)
    field = next(iter(fields_of(cast.acme)), None) or create_field(cast.acme, "Number", "text", actor=cast.alice)
    header = "E-mail,First name,Last name,Company,Website,Number,Row"
    names = ["email", "first_name", "last_name", "company", "website", f"custom:{field.id}", ""]

    def file(some):
        lines = [
            f"{mail and mail + '@x.example'},{first},{first},{company},{site and site + '.example'},{number},x"
            for mail, first, company, site, number in some
        ]
        return table(header, *lines)

    Lead.delete().execute()
    run(imported_from(cast.alice, file(before)), mapping=names, key=f"custom:{field.id}")
    imported = imported_from(cast.alice, file(rows))
    options = {"key": f"custom:{field.id}" if key == "field" else key, "policy": policy, "create": create}
    chosen(imported, mapping=names, **options)
    expected = outcomes(checked(imported))
    assert ran(run(imported, mapping=names, **options)) == expected
    numbers = {row.number: row.outcome for row in CheckedRow.select().where(CheckedRow.imported == imported.id)}
    kept = {row.number: row.outcome for row in ImportRow.select().where(ImportRow.imported == imported.id)}
    assert {number: one for number, one in numbers.items() if one is not Outcome.CREATED} == kept


def test_it_tells_nothing_of_leads_beyond_the_reach_of_who_brought_the_file(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    factories.lead(cast.acme, email="p0@globex.example", title="Secret", owner=cast.bob.user_id)
    imported = chosen(imported_from(mia, table("E-mail,Title", "p0@globex.example,CTO")), policy="update")
    run_check(imported.id)
    row = CheckedRow.get(CheckedRow.imported == imported.id)
    assert (row.outcome, row.told) == (Outcome.SKIPPED, {})


def test_a_check_without_its_file_looks_again_when_something_was_changed_meanwhile(cast, monkeypatch):
    imported = chosen(imported_from(cast.alice, table("E-mail", "a@globex.example")))

    def gone(path, dialect):
        keep_options(Import.get_by_id(imported.id), source="Fair")  # only the first time is it a change
        raise FileNotFoundError

    monkeypatch.setattr(checking, "rows", gone)
    run_check(imported.id)
    found = Import.get_by_id(imported.id)
    assert is_checked(found) and found.check["error"] == checking.GONE
