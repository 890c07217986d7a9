from db import BUSY_SECONDS, db, open_database
from webapp import create_app
from webapp.config import load


def test_a_write_waits_for_the_lock_of_sqlite_as_long_as_we_say(tmp_path):
    open_database(f"sqlite:///{tmp_path}/some.db")
    with db.connection_context():
        assert db.execute_sql("PRAGMA busy_timeout").fetchone() == (BUSY_SECONDS * 1000,)
    db.obj.close_all()


def test_every_thread_of_a_process_can_have_a_connection(tmp_path):
    environ = {"DATA_DIR": str(tmp_path), "QUEUE_URL": "memory://", "WEB_THREADS": "100"}
    create_app(load({**environ, "WORKER_THREADS": "64"}, dotenv=None))
    open_connections = [db.obj._connect() for _ in range(100)]
    assert len(open_connections) == 100
    for connection in open_connections:
        db.obj._close(connection)
    db.obj.close_all()
