"""Several imports of a workspace run one after another, in the order in which they were started."""

import pytest

from tests.imports.files import chosen, imported_from, table
from tests.imports.steps import fresh
from webapp.core import jobs
from webapp.core.clock import now
from webapp.imports import running, turns
from webapp.imports.models import Import, ImportState
from webapp.imports.starting import resume_import, start_import
from webapp.imports.turns import waits_for
from webapp.imports.undoing import undo_import


def started(member, name):
    imported = imported_from(member, table("E-mail", f"{name}@halden.example"), name=f"{name}.csv")
    start_import(chosen(imported))
    return fresh(imported)


def states(*imports):
    return [fresh(imported).state.value for imported in imports]


@pytest.fixture
def three(cast):
    return [started(cast.alice, name) for name in ("one", "two", "three")]


def test_an_import_waits_for_the_one_that_was_started_before(three):
    first, second, third = three
    for imported in (third, second):
        running.run_import(imported.id)
    assert states(*three) == ["queued"] * 3
    assert waits_for(first) is None and waits_for(second) == waits_for(third) == first
    running.run_import(first.id)
    assert states(*three) == ["done", "queued", "queued"] and waits_for(fresh(second)) is None
    assert waits_for(fresh(first)) is None


def test_whoever_ends_wakes_the_next(three, run_jobs):
    while next_job():  # the jobs of all three are lost
        pass
    running.run_import(three[0].id)
    run_jobs()
    assert states(*three) == ["done"] * 3
    finished = [fresh(imported).finished_at for imported in three]
    assert finished == sorted(finished)


def next_job():
    return jobs.huey.dequeue()


def test_one_that_runs_or_was_killed_keeps_its_turn(three):
    first, second, _ = three
    Import.update(state=ImportState.RUNNING, lease_until=now() + turns.LEASE).where(Import.id == first.id).execute()
    running.run_import(second.id)
    Import.update(lease_until=first.created_at).where(Import.id == first.id).execute()
    running.run_import(second.id)
    assert states(*three) == ["running", "queued", "queued"] and waits_for(second) == first


def test_a_failed_or_stopped_one_blocks_nobody_and_goes_on_in_a_turn_of_its_own(cast, three):
    first, second, third = three
    for imported, state in ((first, ImportState.FAILED), (second, ImportState.CANCELLED)):
        Import.update(state=state, finished_at=now()).where(Import.id == imported.id).execute()
    assert waits_for(third) is None
    resume_import(fresh(first))
    assert waits_for(fresh(third)) is None and waits_for(fresh(first)) == third
    running.run_import(third.id)
    running.run_import(first.id)
    assert states(*three) == ["done", "cancelled", "done"]


def test_undoing_takes_its_turn_too(cast, three):
    running.run_import(three[0].id)
    undo_import(fresh(three[0]), actor=cast.alice)
    assert waits_for(fresh(three[0])) == three[1] and waits_for(fresh(three[2])) == three[1]


def test_one_that_works_this_moment_is_not_joined_even_where_a_clock_was_set_back(three):
    first, second, _ = three
    later = {"state": ImportState.RUNNING, "lease_until": now() + turns.LEASE, "queued_at": now()}
    Import.update(later).where(Import.id == first.id).execute()
    running.run_import(second.id)
    assert states(first, second) == ["running", "queued"]
    Import.update(lease_until=first.created_at).where(Import.id == first.id).execute()
    running.run_import(second.id)
    assert states(first, second) == ["running", "done"]


def test_the_sweep_heals_a_wake_up_that_was_lost(three, run_jobs):
    while next_job():
        pass
    turns.requeue_stalled()
    run_jobs()
    assert states(*three) == ["queued"] * 3, "their own jobs may still be on the way"
    Import.update(lease_until=three[0].created_at).execute()
    turns.requeue_stalled()
    assert next_job().args == (three[0].id,) and next_job() is None, "only the one whose turn it is is woken"


def test_different_workspaces_run_side_by_side(cast, three):
    theirs = started(cast.charlie, "theirs")
    assert waits_for(theirs) is None
    running.run_import(theirs.id)
    assert states(theirs, *three) == ["done", "queued", "queued", "queued"]
