"""A job makes room for others when there are any."""

import sqlite3
import threading

import pytest

from db import db, is_sqlite
from webapp.core import pauses
from webapp.core.pauses import GLANCE, Pauses


@pytest.fixture
def others(app):
    """others() writes as another connection does."""
    if not is_sqlite():
        pytest.skip("Postgres has no one lock")

    def write():
        with sqlite3.connect(db.obj.database, timeout=5) as connection:
            connection.execute("UPDATE workspace SET name = name || '.'")
        connection.close()

    return write


def test_a_job_pauses_while_others_write_and_hardly_while_nobody_does(cast, others, monkeypatch):
    pause = Pauses(0.5)
    assert pause.due() == GLANCE
    type(cast.acme).update(name="Ours").execute()
    assert pause.due() == GLANCE, "its own writes are nobody's"
    others()
    assert pause.due() == 0.5 and pause.due() == 0.5
    monkeypatch.setattr(pauses, "monotonic", lambda: pause.busy_until)
    assert pause.due() == GLANCE


def test_what_another_thread_writes_counts(cast, others):
    pause = Pauses(0.5)
    thread = threading.Thread(target=others)
    thread.start()
    thread.join()
    assert pause.due() == 0.5
