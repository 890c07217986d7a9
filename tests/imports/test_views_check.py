"""The fourth step: what will become of each row; cells are mended in place, and the button says what it does."""

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from tests.imports.files import imported_from, run, table
from tests.imports.steps import at, checked, columns_form, fresh, options_form, start, version_on
from webapp.imports.fixing import fixes_of
from webapp.imports.models import Import, ImportFix, ImportState
from webapp.leads.models import Lead

PEOPLE = table(
    "E-mail,Name,Company,Phone",
    "a@halden.example,Ann Bo,Halden,",
    "b@,Cy Dee,Halden,",
    "b@,Di Eff,Globex,",
    "A@Halden.example,Ann Bo,Halden,",
    "x at y,Ed Fog,Globex,",
)


@pytest.fixture
def imported(cast, client):
    factories.lead(cast.acme, "Halden", email="here@halden.example")
    return checked(client, imported_from(cast.alice, PEOPLE))


def shown(client, imported, tab):
    return client.get(f"{at(imported, 'check')}?tab={tab}").text


def fix(imported, number, column, text, **more):
    return {"shape": columns_form(imported)["shape"], "number": number, "column": column, "text": text, **more}


def test_the_tabs_count_all_rows_and_the_button_says_what_it_does(client, imported):
    page = client.get(at(imported, "check")).text
    assert 'New <span class="count">1</span>' in page and 'Errors <span class="count">3</span>' in page
    assert 'Twice in the file <span class="count">1</span>' in page and "Suppressed" not in page
    assert "Import 1 lead" in page and "5 rows. Nothing is imported yet." in page
    assert "is only half of an e-mail address" in page and "2 rows" in page


def test_an_import_leads_to_its_check_once_it_is_checked(client, imported):
    assert client.get(at(imported)).location == at(imported, "check")


def test_bad_cells_are_marked_with_the_reason_and_can_be_typed_over(client, imported):
    page = shown(client, imported, "failed")
    assert page.count('aria-invalid="true"') == 3 and "All like this (2)" in page
    assert 'aria-label="E-mail in row 2"' in page and "has no @ sign" in page


def test_a_mended_cell_is_checked_again_at_once(client, imported, htmx):
    answer = client.post(at(imported, "fixes"), data=fix(imported, 5, 0, "ed@globex.example"), headers=htmx)
    assert answer.status_code == 200 and "<html" not in answer.text and "Import 2 leads" in answer.text
    assert "Mended cells" in answer.text and fresh(imported).check["outcomes"]["failed"] == 2


def test_without_scripts_a_mended_cell_leads_back_to_its_tab(client, imported):
    answer = client.post(f"{at(imported, 'fixes')}?tab=failed", data=fix(imported, 5, 0, "ed@globex.example"))
    assert answer.status_code == 303 and answer.location == f"{at(imported, 'check')}?tab=failed"


def test_all_cells_alike_are_mended_at_once(client, imported):
    client.post(at(imported, "fixes/alike"), data=fix(imported, 2, 0, "b@halden.example", was="b@"))
    outcomes = fresh(imported).check["outcomes"]
    assert outcomes["failed"] == 1 and outcomes["created"] + outcomes.get("updated", 0) + outcomes["duplicate"] >= 2


def test_a_mended_cell_is_taken_back(client, imported):
    client.post(at(imported, "fixes"), data=fix(imported, 5, 0, "ed@globex.example"))
    (mended,) = fixes_of(imported)
    assert client.post(at(imported, f"fixes/{mended.id}/undo")).status_code == 303
    assert fixes_of(imported) == [] and fresh(imported).check["outcomes"]["failed"] == 3
    assert client.post(at(imported, f"fixes/{mended.id}/undo")).status_code == 404


def test_of_many_mended_cells_the_newest_are_shown_and_the_rest_are_counted(client, imported):
    same = {"workspace": imported.workspace_id, "imported": imported.id, "number": 2, "was": "b@"}
    many = [{**same, "column": 0, "text": f"b{number}@x.example"} for number in range(1_250)]
    for first in range(0, len(many), 100):
        ImportFix.insert_many(many[first : first + 100]).execute()
    page = client.get(at(imported, "check")).text
    assert "b1249@x.example" in page and "b1230@x.example" in page and "b1229@x.example" not in page
    assert page.index("b1249@x.example") < page.index("b1230@x.example") and "and 1,230 before" in page


def test_a_fix_without_a_cell_is_refused(client, imported):
    assert client.post(at(imported, "fixes"), data=fix(imported, 5, "x", "ed@globex.example")).status_code == 422
    assert client.post(at(imported, "fixes"), data=fix(imported, 77, 0, "ed@globex.example")).status_code == 404
    assert client.post(at(imported, "fixes"), data=fix(imported, "", 0, "ed@globex.example")).status_code == 404
    assert fixes_of(imported) == []


def test_a_fix_of_columns_that_are_others_by_now_is_refused(client, imported):
    data = {**fix(imported, 5, 0, "ed@globex.example"), "shape": "old"}
    for route in ("fixes", "fixes/alike"):
        assert client.post(at(imported, route), data=data).status_code == 409
    assert fixes_of(imported) == []


def test_what_cells_become_is_shown_beside_what_they_were(cast, client):
    imported = checked(client, imported_from(cast.alice, table("E-mail,Name", "ANN@Halden.Example,Ann Bo")))
    summary, _, rows = client.get(at(imported, "check")).text.partition('id="checked"')
    assert "What is cleaned" in summary
    for part in (summary, rows):
        assert "<del>ANN@Halden.Example</del>" in part and "<ins>ann@halden.example</ins>" in part


def test_a_cell_that_stands_for_nothing_is_shown_as_empty(cast, client):
    imported = checked(
        client, imported_from(cast.alice, table("E-mail,Name,Company", "n/a,Ann Bo,Halden", "b@x.example,Cy,"))
    )
    page = client.get(at(imported, "check")).text
    assert page.count("<del>n/a</del>") == 2 and page.count("<ins>empty</ins>") == 2 and "Import 2 leads" in page


def test_a_cell_that_new_leads_go_without_says_why_beside_it(cast, client):
    text = table("E-mail,Name,Owner", "a@x.example,Ann Bo,Zed Zorn", "b@x.example,Cy Dee,Bob Baker")
    page = client.get(at(checked(client, imported_from(cast.alice, text)), "check")).text
    assert 'id="cell-1-2-why"' in page and page.count("Nobody of this name or address works here.") == 1
    assert 'id="cell-2-2-why"' not in page and 'aria-describedby="cell-1-2-why"' in page


def test_a_choice_in_another_tab_has_the_check_made_anew(client, imported, htmx):
    client.post(at(imported, "options/keep"), data=options_form(imported, source="Fair"))
    page = client.get(at(imported, "check")).text
    assert 'hx-trigger="load"' in page and "Checking the rows" in page and "disabled" in page
    answer = client.post(at(imported, "check"), headers=htmx)
    assert "Import 1 lead" in answer.text and fresh(imported).check["version"] == fresh(imported).version


def test_an_import_that_was_changed_after_it_was_looked_at_does_not_start(client, imported):
    seen = version_on(client.get(at(imported, "check")).text)
    client.post(at(imported, "options"), data=options_form(imported, source="Fair"))
    answer = client.post(at(imported, "start"), data={"version": seen})
    assert answer.status_code == 303 and answer.location == at(imported, "check")
    assert fresh(imported).state is ImportState.UPLOADED
    assert "changed after it was checked" in client.get(answer.location).text


def test_a_start_without_a_look_is_none(client, imported):
    answer = client.post(at(imported, "start"), data={})
    assert answer.location == at(imported, "check") and fresh(imported).state is ImportState.UPLOADED


def test_what_keeps_an_import_from_starting_leads_to_its_step(cast, client):
    imported = imported_from(cast.alice, PEOPLE)
    answer = client.post(at(imported, "start"), data={"version": imported.version})
    assert answer.location == at(imported, "options")
    client.post(at(imported, "options"), data=options_form(imported))
    client.post(at(imported, "columns/keep"), data=columns_form(imported, "company", "company", "-", "-"))
    answer = client.post(at(imported, "start"), data={"version": fresh(imported).version})
    assert answer.location == at(imported, "columns") and fresh(imported).state is ImportState.UPLOADED


def test_nothing_to_do_is_said_on_a_button_that_cannot_be_pressed(cast, client):
    run(imported_from(cast.alice, table("E-mail,Name", "ann@x.example,Ann Bo")))
    imported = checked(client, imported_from(cast.alice, table("E-mail,Name", "ann@x.example,Ann Bo")))
    page = client.get(at(imported, "check")).text
    assert "Nothing to import" in page and "disabled" in page and "Already here" in page


def test_updates_show_what_changes_on_which_lead(cast, client):
    lead = factories.lead(cast.acme, "Halden", email="ann@x.example")
    imported = checked(client, imported_from(cast.alice, table("E-mail,Title", "ann@x.example,Boss")), policy="update")
    page = shown(client, imported, "updated")
    assert f"/leads/{lead.id}" in page and "<ins>Boss</ins>" in page and "Update 1 lead" in page


def test_a_long_check_shows_how_far_it_is_and_asks_again(cast, client, htmx, monkeypatch):
    monkeypatch.setattr("webapp.imports.checking.AT_ONCE", 1)
    imported = checked(client, imported_from(cast.alice, PEOPLE))
    Import.update(checked_rows=3).execute()
    page = client.get(at(imported, "check"), headers=htmx).text
    assert 'hx-trigger="every 1s"' in page and "3 of 5 rows" in page and "Wait for the check" in page


def test_a_check_that_failed_says_why(client, imported):
    Import.update(check={"version": imported.version, "error": "The uploaded file is no longer there."}).execute()
    page = client.get(at(imported, "check")).text
    assert "The uploaded file is no longer there." in page and "disabled" in page


def test_a_tab_that_does_not_exist_is_not_found(client, imported):
    assert client.get(f"{at(imported, 'check')}?tab=everything").status_code == 404


@pytest.mark.parametrize("number", [-1, 2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_refused(client, imported, number):
    answer = client.post(at(imported, "fixes"), data=fix(imported, number, 0, "e@x.example"))
    assert answer.status_code == 422 and fixes_of(imported) == []
    answer = client.post(at(imported, "start"), data={"version": number})
    assert answer.location == at(imported, "check") and fresh(imported).state is ImportState.UPLOADED


def test_the_checked_import_starts_and_only_once(cast, client, imported, run_jobs):
    seen = version_on(client.get(at(imported, "check")).text)
    for _ in range(2):
        client.post(at(imported, "start"), data={"version": seen})
    run_jobs()
    assert fresh(imported).created == 1 and Lead.of(cast.acme).count() == 2
    assert client.get(at(imported, "check")).location == at(imported)
    assert client.post(at(imported, "fixes"), data=fix(imported, 5, 0, "e@x.example")).status_code == 409


def test_outsiders_viewers_and_own_reach(cast, sign_in, imported):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    for member, status in ((cast.charlie, 404), (mia, 404), (cast.vera, 403)):
        client = sign_in(member)
        for route in ("check", "fixes", "fixes/alike", "fixes/1/undo", "start"):
            data = {**fix(imported, 5, 0, "ed@globex.example"), "version": imported.version}
            assert client.post(at(imported, route), data=data).status_code == status, route
    assert sign_in(cast.charlie).get(at(imported, "check")).status_code == 404
    page = sign_in(cast.vera).get(at(imported, "check")).text
    assert "waits to be imported" in page and "may write can go on" in page
    assert fixes_of(imported) == [] and fresh(imported).state is ImportState.UPLOADED


def test_own_reach_checks_and_starts_their_own(cast, sign_in, run_jobs):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    client, imported = sign_in(mia), imported_from(mia, PEOPLE)
    checked(client, imported)
    start(client, imported)
    run_jobs()
    assert [lead.owner_id for lead in Lead.of(cast.acme)] == [mia.user_id]


def test_the_check_asks_the_database_no_more_often_for_more_rows(cast, client):
    counts = []
    for many in (3, 40):
        lines = (f"x{number}@,Ann{number}" for number in range(many))
        imported = checked(client, imported_from(cast.alice, table("E-mail,Name", "a@b.example,Al", *lines)))
        with count_queries() as counted:
            assert client.get(f"{at(imported, 'check')}?tab=failed").text.count('aria-invalid="true"') == many
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 12
