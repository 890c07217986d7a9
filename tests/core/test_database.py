import sqlite3

import pytest
from peewee import DatabaseError, OperationalError

from db import BUSY_SECONDS, checkpoint_early, db, open_database, run_together
from webapp import create_app
from webapp.accounts.models import Workspace
from webapp.config import load


def test_a_write_waits_for_the_lock_of_sqlite_as_long_as_we_say(tmp_path):
    open_database(f"sqlite:///{tmp_path}/some.db")
    with db.connection_context():
        assert db.execute_sql("PRAGMA busy_timeout").fetchone() == (BUSY_SECONDS * 1000,)
    db.obj.close_all()


def test_a_process_that_checkpoints_early_does_so_on_every_connection(tmp_path):
    open_database(f"sqlite:///{tmp_path}/some.db")
    limits = []
    for ask in (lambda: None, checkpoint_early, db.obj.close_all):
        ask()
        with db.connection_context():
            limits.append(db.execute_sql("PRAGMA wal_autocheckpoint").fetchone()[0])
    assert limits == [4000, 1000, 1000]
    db.obj.close_all()


@pytest.fixture
def taken(tmp_path):
    """A database that another connection is writing to; that connection."""
    path = tmp_path / "some.db"
    open_database(f"sqlite:///{path}")
    with db.connection_context():
        db.execute_sql("CREATE TABLE one (number)")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.close()
    db.obj.close_all()


def test_a_transaction_begins_as_soon_as_another_ended(taken, monkeypatch):
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 45:
            taken.execute("COMMIT")

    monkeypatch.setattr("db.monotonic", lambda: sum(waited))
    monkeypatch.setattr("db.sleep", sleep)
    with db.atomic():
        db.execute_sql("INSERT INTO one VALUES (1)")
    assert waited[:40] == [0.0005] * 40 and waited[-1] == 0.005 and len(waited) == 45
    assert db.execute_sql("SELECT number FROM one").fetchall() == [(1,)]


def test_a_database_that_stays_taken_is_given_up_and_asked_as_patiently_again(taken, monkeypatch):
    waited = []
    monkeypatch.setattr("db.monotonic", lambda: sum(waited))
    monkeypatch.setattr("db.sleep", waited.append)
    with pytest.raises(OperationalError, match="database is locked"), db.atomic():
        pass
    assert BUSY_SECONDS < sum(waited) < BUSY_SECONDS + 0.01
    assert db.execute_sql("PRAGMA busy_timeout").fetchone() == (BUSY_SECONDS * 1000,)


def test_every_thread_of_a_process_can_have_a_connection(tmp_path):
    environ = {"DATA_DIR": str(tmp_path), "QUEUE_URL": "memory://", "WEB_THREADS": "100"}
    create_app(load({**environ, "WORKER_THREADS": "64"}, dotenv=None))
    open_connections = [db.obj._connect() for _ in range(100)]
    assert len(open_connections) == 100
    for connection in open_connections:
        db.obj._close(connection)
    db.obj.close_all()


def test_what_runs_together_counts_its_rows_and_is_all_written_or_nothing(cast):
    rename = "UPDATE workspace SET name = ? WHERE id = ?"
    assert run_together([(rename, ("One", cast.acme.id)), (rename, ("None", 0))]) == [1, 0]
    with pytest.raises(DatabaseError):
        run_together(
            [(rename, ("Two", cast.acme.id)), ("UPDATE workspace SET id = ? WHERE id = ?", (None, cast.acme.id))]
        )
    assert Workspace.get_by_id(cast.acme.id).name == "One"
    assert run_together([(rename, ("Three", cast.acme.id))]) == [1] and not db.in_transaction()
