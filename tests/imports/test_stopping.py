"""An import that waits or runs can be stopped: what was done stays, or is undone."""

import pytest

from tests.imports.files import chosen, imported_from, run, table
from webapp.core.errors import Conflict
from webapp.imports import running
from webapp.imports.models import Import, ImportState
from webapp.imports.running import stop_import
from webapp.imports.starting import resume_import, start_import
from webapp.imports.turns import first_of
from webapp.imports.undoing import BEGINNING, undo_import, undo_until
from webapp.leads.models import Lead

PEOPLE = table("E-mail", *(f"person{number}@halden.example" for number in range(60)))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(running, "BATCH", 10)


def started(member, content=PEOPLE):
    imported = imported_from(member, content)
    start_import(chosen(imported))
    return imported


def stopped_after(monkeypatch, batches, imported, **choices):
    """Run `imported`, and stop it while it pauses behind so many batches."""
    real, left = running.wait, iter(range(batches - 1, -1, -1))

    def wait(seconds):
        if next(left, None) == 0:
            running.stop_import(imported, **choices)
        real(seconds)

    monkeypatch.setattr(running, "wait", wait)
    running.run_import(imported.id)
    return Import.get_by_id(imported.id)


def alive(workspace):
    return Lead.of(workspace).where(Lead.deleted_at.is_null()).count()


def test_a_stopped_import_keeps_what_it_did_and_says_where_it_stopped(cast, monkeypatch, small):
    imported = stopped_after(monkeypatch, 2, started(cast.alice), roll_back=False, actor=cast.bob)
    assert (imported.state, imported.done_rows, imported.created) == (ImportState.CANCELLED, 20, 20)
    assert imported.error == "Bob Baker stopped it after row 20." and imported.finished_at
    assert alive(cast.acme) == 20


def test_a_stopped_import_goes_on_behind_the_row_where_it_stopped(cast, monkeypatch, small):
    imported = stopped_after(monkeypatch, 2, started(cast.alice), roll_back=False, actor=cast.alice)
    resume_import(imported)
    running.run_import(imported.id)
    imported = Import.get_by_id(imported.id)
    assert (imported.state, imported.created, imported.error) == (ImportState.DONE, 60, "")
    assert alive(cast.acme) == 60


def test_a_stopped_import_can_be_undone_and_then_goes_on_no_more(cast, monkeypatch, small, run_jobs):
    imported = stopped_after(monkeypatch, 2, started(cast.alice), roll_back=False, actor=cast.alice)
    assert undo_until(imported)
    undo_import(imported, actor=cast.alice)
    run_jobs()
    assert Import.get_by_id(imported.id).state is ImportState.UNDONE and alive(cast.acme) == 0
    with pytest.raises(Conflict, match="not waiting to go on"):
        resume_import(imported)


def test_stopping_can_undo_at_once_what_was_done(cast, monkeypatch, small, run_jobs):
    imported = stopped_after(monkeypatch, 3, started(cast.alice), roll_back=True, actor=cast.bob)
    assert imported.state is ImportState.UNDOING and alive(cast.acme) == 30
    run_jobs()
    imported = Import.get_by_id(imported.id)
    assert (imported.state, imported.undone_by_id) == (ImportState.UNDONE, cast.bob.user_id)
    assert imported.undo["leads"] == 30 and alive(cast.acme) == 0


def test_one_that_still_waits_is_stopped_before_its_first_row(cast, run_jobs):
    first, second = started(cast.alice), started(cast.alice)
    running.stop_import(second, roll_back=False, actor=cast.alice)
    running.stop_import(first, roll_back=True, actor=cast.alice)
    run_jobs()
    assert [row.state.value for row in Import.select().order_by(Import.id)] == ["undone", "cancelled"]
    assert "before its first row" in Import.get_by_id(second.id).error
    assert alive(cast.acme) == 0


def test_stopping_wakes_the_next(cast, run_jobs):
    first, second = started(cast.alice), started(cast.alice)
    Import.update(state=ImportState.RUNNING, lease_until=running.now() + running.LEASE).where(
        Import.id == first.id
    ).execute()
    run_jobs()
    assert Import.get_by_id(second.id).state is ImportState.QUEUED
    running.stop_import(first, roll_back=False, actor=cast.alice)
    run_jobs()
    assert Import.get_by_id(second.id).state is ImportState.DONE


@pytest.mark.parametrize("roll_back", [False, True])
def test_a_second_click_has_no_effect_of_its_own(cast, roll_back):
    imported = started(cast.alice)
    running.stop_import(imported, roll_back=False, actor=cast.alice)
    with pytest.raises(Conflict, match="stopped already"):
        running.stop_import(imported, roll_back=roll_back, actor=cast.bob)
    imported = Import.get_by_id(imported.id)
    assert imported.state is ImportState.CANCELLED and "Alice" in imported.error


def test_a_stop_that_meets_the_end_changes_nothing(cast):
    imported = run(imported_from(cast.alice, PEOPLE))
    with pytest.raises(Conflict, match="has ended"):
        running.stop_import(imported, roll_back=True, actor=cast.alice)
    assert Import.get().state is ImportState.DONE and alive(cast.acme) == 60


def test_one_that_was_not_started_cannot_be_stopped(cast):
    with pytest.raises(Conflict, match="not started"):
        running.stop_import(imported_from(cast.alice, PEOPLE), roll_back=False, actor=cast.alice)


def test_every_state_has_a_page(cast, sign_in):
    imported, client = run(imported_from(cast.alice, PEOPLE)), sign_in(cast.alice)
    for state in ImportState:
        undo = BEGINNING if state in (ImportState.UNDOING, ImportState.UNDONE) else {}
        Import.update(state=state, undo=undo).execute()
        assert client.get(f"/imports/{imported.id}", follow_redirects=True).status_code == 200, state
        assert client.get("/imports").status_code == 200, state


def test_what_is_rolled_back_goes_before_the_imports_that_wait(cast):
    first, second = (chosen(imported_from(cast.alice, table("E-mail", "a@globex.example"))) for _ in "ab")
    start_import(first)
    start_import(second)
    stop_import(first, roll_back=True, actor=cast.alice)
    assert first_of(cast.acme.id).id == first.id
