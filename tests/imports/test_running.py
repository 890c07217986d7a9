"""Rows become leads: created, updated, skipped or failed, and the four always add up."""

import pytest
from playhouse.test_utils import count_queries

from db import is_sqlite
from tests import factories
from tests.imports.files import DATA, imported_from, run, table
from webapp.imports import deciding, running, turns
from webapp.imports.models import Import, ImportRow, ImportState, Outcome
from webapp.imports.starting import resume_import
from webapp.leads.models import Activity, ActivityKind, Lead, StageTotal, with_keys


def totals(imported):
    return imported.created, imported.updated, imported.skipped, imported.failed


def leads(workspace):
    return list(Lead.of(workspace).order_by(Lead.id))


def test_the_503_rows_of_a_clean_file_become_503_leads(cast):
    imported = run(imported_from(cast.alice, DATA / "leads-500.csv"))
    assert imported.state is ImportState.DONE
    assert (imported.rows, *totals(imported)) == (503, 503, 0, 0, 0)
    first = leads(cast.acme)[0]
    assert (first.company, first.name, first.email) == ("3M", "Markus Flantz", "markus.flantz@3m.example")
    assert (first.city, first.region, first.domain) == ("Saint Paul", "Minnesota", "3m.example")
    assert (first.origin_id, first.origin_row) == (imported.id, 1)
    assert ImportRow.select().count() == 0
    assert StageTotal.of(cast.acme).where(StageTotal.stage == "new").get().leads == 503


def test_a_batch_inserts_its_leads_by_one_statement_that_is_the_same_for_the_next(cast, monkeypatch):
    if not is_sqlite():
        pytest.skip("Postgres copies them")
    monkeypatch.setattr(running, "BATCH", 5)
    with count_queries() as counted:
        run(imported_from(cast.alice, table("E-mail", *(f"a{number}@halden.example" for number in range(10)))))
    queries = [record.msg[0] for record in counted.get_queries()]
    inserts = [sql for sql in queries if sql.startswith("INSERT INTO lead ")]
    assert len(inserts) == 2 and inserts[0] == inserts[1]


def test_a_careless_export_imports_with_sensible_results(cast):
    imported = run(imported_from(cast.alice, DATA / "leads-messy-cp1252.csv"))
    assert imported.rows == sum(totals(imported)) == 228
    assert imported.failed == ImportRow.select().where(ImportRow.outcome == Outcome.FAILED).count() == 7
    assert all("no @ sign" in row.reason for row in ImportRow.select().where(ImportRow.outcome == Outcome.FAILED))
    found = {lead.company: lead for lead in leads(cast.acme)}
    assert (found["3M"].first_name, found["3M"].last_name) == ("Markus", "Flantz")
    assert (found["3M"].city, found["3M"].region, found["3M"].phone) == ("Saint Paul", "Minnesota", "+15555041791")
    assert found["Akamai Technologies"].last_name == "Cañas"
    assert found["Airbnb"].name == "Benno Hartung"
    assert not any(lead.company.startswith("=") or lead.phone.startswith("'") for lead in found.values())
    emails = [lead.email for lead in leads(cast.acme) if lead.email]
    assert len(emails) == len(set(emails)) and all(email == email.lower().strip() for email in emails)
    assert len({(lead.company_key, lead.name_key) for lead in leads(cast.acme)}) == imported.created


def test_importing_the_same_file_twice_changes_nothing(cast):
    run(imported_from(cast.alice, DATA / "leads-500.csv"))
    again = run(imported_from(cast.alice, DATA / "leads-500.csv"))
    assert totals(again) == (0, 0, 503, 0)
    assert len(leads(cast.acme)) == 503
    assert "nothing new" in ImportRow.select().first().reason


def test_filling_keeps_what_is_there_and_says_what_it_added(cast):
    lead = factories.lead(cast.acme, "Globex", email="gina@globex.example", first_name="Gina", last_name="", title="")
    imported = run(
        imported_from(cast.alice, table("E-mail,First name,Title", "GINA@globex.example,Regina,CTO")), policy="fill"
    )
    assert totals(imported) == (0, 1, 0, 0)
    lead = Lead.get_by_id(lead.id)
    assert (lead.first_name, lead.title) == ("Gina", "CTO")
    row = ImportRow.get()
    assert (row.outcome, row.lead_id, row.before) == (Outcome.UPDATED, lead.id, {"title": ""})
    activity = Activity.get(Activity.kind == ActivityKind.IMPORTED)
    assert activity.data == {
        "import_id": imported.id,
        "filename": imported.filename,
        "row": 1,
        "changes": {"title": ["", "CTO"]},
    }
    assert activity.actor_id == cast.alice.user_id


def test_updating_lets_the_file_win_but_a_blank_cell_never_erases(cast):
    lead = factories.lead(cast.acme, "Globex", email="gina@globex.example", title="CTO")
    text = table("E-mail,First name,Title,Company", "gina@globex.example,Regina,,Globex AG")
    assert totals(run(imported_from(cast.alice, text), policy="update")) == (0, 1, 0, 0)
    lead = Lead.get_by_id(lead.id)
    assert (lead.first_name, lead.title, lead.company, lead.company_key) == ("Regina", "CTO", "Globex AG", "globex ag")
    assert "regina" in lead.search_text


def test_skipping_leaves_leads_alone_and_lists_the_rows(cast):
    lead = factories.lead(cast.acme, "Globex", email="gina@globex.example", title="")
    text = table("E-mail,Title", "gina@globex.example,CTO", "new@globex.example,CFO", "new@globex.example,CEO")
    assert totals(run(imported_from(cast.alice, text), policy="skip")) == (1, 0, 2, 0)
    assert Lead.get_by_id(lead.id).title == ""
    reasons = [row.reason for row in ImportRow.select().order_by(ImportRow.number)]
    assert "Already a lead" in reasons[0] and "row 2 of this file" in reasons[1]


def test_a_person_twice_in_the_file_becomes_one_lead(cast):
    text = table(
        "E-mail,Name,Company,Phone",
        "a@halden.example,Ann Bo,Halden,",
        "A@HALDEN.example,Ann Bo,Halden,+47 22 00 00 00",
        ",Ann Bo,Halden,",
        ",Cy Dee,Halden,",
        ",Cy Dee,HALDEN,+47 22 00 00 01",
    )
    imported = run(imported_from(cast.alice, text))
    assert totals(imported) == (2, 0, 3, 0) and imported.tallies == {"duplicate": 3}
    ann, cy = leads(cast.acme)
    assert (ann.phone, cy.phone, cy.email) == ("+4722000000", "+4722000001", "")


def test_an_address_finds_the_person_who_had_none(cast):
    factories.lead(cast.acme, "Halden", first_name="Ann", last_name="Bo", email="")
    text = table(
        "E-mail,Name,Company",
        "ann@halden.example,Ann Bo,Halden",
        "ANN@halden.example,Somebody Else,Elsewhere",
        "another.ann@halden.example,Ann Bo,Halden",
        "third.ann@halden.example,Ann Bo,Halden",
        ",Ann Bo,Halden",
    )
    assert totals(run(imported_from(cast.alice, text))) == (2, 1, 2, 0)
    assert [lead.email for lead in leads(cast.acme)] == [
        "ann@halden.example",
        "another.ann@halden.example",
        "third.ann@halden.example",
    ]
    assert "ann@halden.example" in leads(cast.acme)[0].search_text


def test_an_import_of_one_name_a_thousand_times_looks_up_a_few_times_a_batch(cast, monkeypatch):
    factories.lead(cast.acme, "Halden", first_name="Ann", last_name="Bo", email="")
    monkeypatch.setattr(running, "BATCH", 1000)
    rounds = []
    real = deciding._write_round
    monkeypatch.setattr(deciding, "_write_round", lambda batch, rows: rounds.append(1) or real(batch, rows))
    text = table("E-mail,Name,Company", *(f"ann{number}@halden.example,Ann Bo,Halden" for number in range(700)))
    assert totals(run(imported_from(cast.alice, text))) == (699, 1, 0, 0)
    assert len(rounds) == 2


def test_a_row_needs_an_address_a_name_or_a_company(cast):
    text = table(
        "E-mail,Name,Company,Phone",
        ",Ann Bo,,",
        ",,Halden,",
        ",,,+47 22 00 00 00",
        "not an address,Ann Bo,Halden,",
        ",Ann Bo,Halden,",
        "x@halden.example,,,",
    )
    assert totals(run(imported_from(cast.alice, text))) == (4, 0, 0, 2)
    reasons = [row.reason for row in ImportRow.select().order_by(ImportRow.number)]
    assert "needs one of them" in reasons[0] and "no @ sign" in reasons[1]
    assert totals(run(imported_from(cast.alice, text))) == (0, 0, 4, 2)


def test_cells_no_field_can_hold_are_kept_on_the_timeline(cast):
    text = table("E-mail,Website,Employees", "a@halden.example,see LinkedIn,many", "b@halden.example,b.example,51-200")
    imported = imported_from(cast.alice, text)
    assert totals(run(imported, mapping=["email", "website", "employees"])) == (2, 0, 0, 0)
    first, second = leads(cast.acme)
    assert (first.website, first.employees, second.website, second.employees) == ("", None, "https://b.example", 51)
    note = Activity.get(Activity.lead == first, Activity.kind == ActivityKind.NOTE).data["text"]
    assert "“see LinkedIn”" in note and "“many”" in note


def test_a_cell_longer_than_a_field_fails_its_row_with_the_reason(cast):
    text = table("E-mail,Company", f"a@halden.example,{'x' * 300}", "b@halden.example,Fine")
    assert totals(run(imported_from(cast.alice, text))) == (1, 0, 0, 1)
    assert ImportRow.get().reason == "Company is longer than 255 characters."


def test_another_workspaces_leads_are_neither_found_nor_touched(cast):
    theirs = factories.lead(cast.other, "Globex", email="gina@globex.example", title="")
    assert totals(run(imported_from(cast.alice, table("E-mail,Title", "gina@globex.example,CTO")))) == (1, 0, 0, 0)
    assert Lead.get_by_id(theirs.id).title == ""


def test_a_lead_in_the_bin_does_not_count_as_here(cast):
    gone = factories.lead(cast.acme, "Globex", email="gina@globex.example")
    Lead.update(deleted_at=gone.created_at).where(Lead.id == gone.id).execute()
    assert totals(run(imported_from(cast.alice, table("E-mail,Title", "gina@globex.example,CTO")))) == (1, 0, 0, 0)


def test_a_member_with_own_reach_owns_what_they_import_and_touches_nobody_elses(cast):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    theirs = factories.lead(cast.acme, "Globex", email="gina@globex.example", title="")
    text = table("E-mail,Title", "gina@globex.example,CTO", "new@globex.example,CFO")
    assert totals(run(imported_from(mia, text), policy="update")) == (1, 0, 1, 0)
    assert Lead.get(Lead.email == "new@globex.example").owner_id == mia.user_id
    assert Lead.get_by_id(theirs.id).title == ""


def test_the_derived_columns_are_those_of_every_other_lead(cast):
    run(imported_from(cast.alice, DATA / "leads-messy-cp1252.csv"))
    for lead in leads(cast.acme):
        derived = with_keys({name: getattr(lead, name) for name in Lead._meta.fields})
        assert {name: derived[name] for name in ("company_key", "name_key", "search_text")} == {
            name: getattr(lead, name) for name in ("company_key", "name_key", "search_text")
        }


# ------------------------------------------------------------ stopped and started


def everything(workspace):
    """All that an import wrote, without the ids and times that a second run cannot share."""
    skip = {Lead.id, Lead.created_at, Lead.touched_at, Lead.stage_changed_at, Lead.origin, Lead.workspace}
    fields = [field for field in Lead._meta.sorted_fields if field not in skip]
    rows = ImportRow.select(ImportRow.number, ImportRow.outcome, ImportRow.reason, ImportRow.cells, ImportRow.before)
    activities = Activity.select(Activity.kind, Activity.data).order_by(Activity.id)
    return (
        list(Lead.of(workspace).select(*fields).order_by(Lead.origin_row, Lead.id).tuples()),
        list(rows.where(ImportRow.workspace == workspace).order_by(ImportRow.number).tuples()),
        [
            (kind, {name: value for name, value in data.items() if name != "import_id"})
            for kind, data in activities.where(Activity.workspace == workspace).tuples()
        ],
    )


def lines_with_everything():
    lines = []
    for number in range(200):
        lines.append(f"person{number % 150}@halden.example,Ann Bo{number},Halden,{'' if number < 100 else number}")
        if number % 9 == 0:
            lines.append(f"adopts{number}@halden.example,Nobody {number % 5},Halden,")
        if number % 7 == 0:
            lines.append(f",Nobody {number % 5},Halden,")
            lines.append("broken at,Ann Bo,Halden,")
    return table("E-mail,Name,Company,Phone", *lines)


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the program sees it."""


@pytest.mark.parametrize("batch", [1, 7, 12])
def test_a_run_that_dies_between_and_within_batches_ends_like_a_clean_one(cast, monkeypatch, batch):
    monkeypatch.setattr(running, "BATCH", batch)
    clean = run(imported_from(cast.charlie, lines_with_everything()))
    imported = imported_from(cast.alice, lines_with_everything())

    def dies(step, count):
        real = getattr(running, step)
        left = [count]

        def dying(*args, **options):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*args, **options)

        monkeypatch.setattr(running, step, dying)
        return lambda: monkeypatch.setattr(running, step, real)

    first = True
    for step, count in [("wait", 0), ("write_batch", 1), ("_move", 2), ("_move", 3), ("wait", 1)] * 3:
        revive = dies(step, count)
        with pytest.raises(Killed):
            run(imported, start=first)
        revive()
        first = False
        Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
    finished = run(imported, start=False)
    assert (finished.rows, *totals(finished)) == (clean.rows, *totals(clean))
    assert everything(cast.acme) == everything(cast.other)


def test_running_a_finished_import_again_does_nothing(cast):
    imported = run(imported_from(cast.alice, table("E-mail", "a@halden.example")))
    running.run_import(imported.id)
    assert len(leads(cast.acme)) == 1 and totals(Import.get_by_id(imported.id)) == (1, 0, 0, 0)


def test_an_import_that_runs_elsewhere_is_left_alone(cast):
    imported = imported_from(cast.alice, table("E-mail", "a@halden.example"))
    Import.update(state=ImportState.RUNNING, lease_until=running.now() + running.LEASE).execute()
    running.run_import(imported.id)
    assert leads(cast.acme) == []


def test_two_runs_of_one_import_never_write_a_batch_twice(cast, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 10)
    imported = imported_from(cast.alice, lines_with_everything())
    real = running.wait

    def overtake(seconds):
        monkeypatch.setattr(running, "wait", real)
        Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
        running.run_import(imported.id)

    monkeypatch.setattr(running, "wait", overtake)
    finished = run(imported)
    assert finished.state is ImportState.DONE
    assert sum(totals(finished)) == finished.rows and finished.created == len(leads(cast.acme))


def test_a_run_that_was_overtaken_and_wakes_up_writes_nothing_more(cast, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 10)
    imported = imported_from(cast.alice, lines_with_everything())
    real = running.wait

    def overtake(seconds):
        """Another run claims the import, gets three batches further, and dies."""
        lives = iter([None, None])
        monkeypatch.setattr(running, "wait", lambda seconds: next(lives, Killed) and die())
        Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
        with pytest.raises(Killed):
            running.run_import(imported.id)
        monkeypatch.setattr(running, "wait", real)

    def die():
        raise Killed

    monkeypatch.setattr(running, "wait", overtake)
    left = run(imported)
    assert (left.state, left.done_rows) == (ImportState.RUNNING, 40)
    Import.update(lease_until=imported.created_at).where(Import.id == imported.id).execute()
    finished = run(imported, start=False)
    assert sum(totals(finished)) == finished.rows and finished.created == len(leads(cast.acme))


def test_a_worker_that_is_asked_to_stop_saves_its_place_and_goes_on_later(cast, monkeypatch, run_jobs):
    monkeypatch.setattr(running, "BATCH", 10)
    answers = iter([False, False, True])
    monkeypatch.setattr(running, "stopping", lambda: next(answers, False))
    imported = run(imported_from(cast.alice, lines_with_everything()))
    assert (imported.state, imported.done_rows) == (ImportState.QUEUED, 20)
    run_jobs()
    imported = Import.get_by_id(imported.id)
    assert imported.state is ImportState.DONE and sum(totals(imported)) == imported.rows


def test_the_sweep_wakes_what_waits_without_a_job(cast, run_jobs):
    imported = imported_from(cast.alice, table("E-mail", "a@halden.example"))
    Import.update(state=ImportState.RUNNING, lease_until=imported.created_at).execute()
    turns.requeue_stalled()
    run_jobs()
    assert Import.get_by_id(imported.id).state is ImportState.DONE


def test_a_file_that_is_gone_fails_the_import_with_a_sentence(cast, app):
    imported = imported_from(cast.alice, table("E-mail", "a@halden.example"))
    Import.update(path="uploads/gone.csv").execute()
    imported = run(imported)
    assert imported.state is ImportState.FAILED and "no longer there" in imported.error


def test_a_defect_fails_the_import_keeps_whole_batches_and_it_can_go_on(cast, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 10)
    imported = imported_from(cast.alice, lines_with_everything())
    real, calls = running.write_batch, iter([False, True])

    def broken(batch, shaped):
        if next(calls, False):
            raise ZeroDivisionError
        real(batch, shaped)

    monkeypatch.setattr(running, "write_batch", broken)
    with pytest.raises(ZeroDivisionError):
        run(imported)
    failed = Import.get_by_id(imported.id)
    assert (failed.state, failed.done_rows) == (ImportState.FAILED, 10) and "after row 10" in failed.error
    resume_import(failed)
    running.run_import(imported.id)
    assert sum(totals(Import.get_by_id(imported.id))) == imported.rows
