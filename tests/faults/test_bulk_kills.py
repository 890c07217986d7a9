"""SIGKILL in a transaction of a bulk action and of its undo: the next worker goes on by itself, as if nothing was."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

from db import db, is_sqlite
from tests import factories
from tests.faults.test_processes import Program
from tests.leads.test_bulk_actions import fresh, state_of
from webapp.config import ROOT
from webapp.core.clock import now
from webapp.leads import bulk_running
from webapp.leads.filters import Filter
from webapp.leads.list_models import BulkAction, BulkState
from webapp.leads.models import Activity, Lead, Stage

LEADS = 130
CHILD = """
import os, signal, sys
from webapp import create_app
create_app()
from db import db, is_sqlite
from webapp.leads import bulk_running

step, left, real = sys.argv[1], int(sys.argv[2]), getattr(bulk_running, sys.argv[1])

def killed(*args):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)

setattr(bulk_running, step, killed)
with db.connection_context():
    bulk_running.run_bulk(int(sys.argv[3]))
"""


@pytest.fixture
def environment(app, tmp_path):
    """What tells another process to use this test's database, with a queue of its own."""
    url = f"sqlite:///{db.obj.database}"
    if not is_sqlite():
        given = db.obj.connect_params
        url = f"postgresql://{given['user']}@/{db.obj.database}?host={given['host']}"
    return {"DATA_DIR": str(tmp_path), "DATABASE_URL": url, "QUEUE_URL": f"sqlite:///{tmp_path}/queue.db"}


def die_at(step, count, action, environment):
    """Run the action in a process that is killed at the `count`-th call of a step."""
    arguments = [sys.executable, "-c", CHILD, step, str(count), str(action.id)]
    ended = subprocess.run(arguments, env={**os.environ, **environment}, cwd=ROOT, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert fresh(action).state in bulk_running.WORKING
    BulkAction.update(lease_until=now() - timedelta(minutes=1)).where(BulkAction.id == action.id).execute()


def let_a_worker_end(action, environment):
    worker = Program(environment["DATA_DIR"], "worker", **environment)
    try:
        while fresh(action).state in bulk_running.WORKING:
            with pytest.raises(subprocess.TimeoutExpired):  # else the worker ended first
                worker.process.wait(0.1)
    finally:
        worker.close()


def test_a_kill_in_the_middle_of_a_bulk_action_and_of_its_undo_changes_nothing_of_how_they_end(
    cast, monkeypatch, environment
):
    monkeypatch.setattr(bulk_running, "AT_ONCE", 3)
    for number in range(LEADS):
        factories.lead(cast.acme, stage=list(Stage)[number % 4], value=number)
    before = state_of(cast.acme)
    action = bulk_running.begin(cast.bob, "stage", {"stage": "lost"}, Filter())
    for step, count in (("_mark", 4), ("wait", 2)):
        die_at(step, count, action, environment)
    assert 0 < fresh(action).changed < LEADS
    let_a_worker_end(action, environment)
    ended = fresh(action)
    assert (ended.state, ended.total, ended.done, ended.changed) == (BulkState.DONE, LEADS, LEADS, LEADS)
    assert {lead.stage for lead in Lead.of(cast.acme)} == {Stage.LOST}
    bulk_running.undo(ended)
    die_at("_mark", 2, action, environment)
    assert 0 < fresh(action).undone < LEADS
    let_a_worker_end(action, environment)
    assert (fresh(action).state, fresh(action).undone) == (BulkState.UNDONE, LEADS)
    assert state_of(cast.acme) == before
    told = Counter(entry.lead_id for entry in Activity.of(cast.acme))
    assert set(told.values()) == {2} and len(told) == LEADS
