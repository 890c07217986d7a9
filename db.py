"""The database handle and the base of every model. Imports nothing from the project."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep

from peewee import DatabaseProxy, Field, Model, OperationalError, __exception_wrapper__
from playhouse.db_url import parse
from playhouse.pool import PooledSqliteDatabase
from playhouse.postgres_ext import PooledPsycopg3Database

db = DatabaseProxy()

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "synchronous": "normal",  # in WAL this loses nothing to a killed process; FULL made small commits 4.5 × dearer
    "temp_store": "memory",
    "cache_size": -4096,  # KiB a connection: 32 MB reads a quarter quicker, but times the threads it is half a GB
    "journal_size_limit": 67108864,
    "wal_autocheckpoint": 4000,  # pages of the log; see checkpoint_early()
}
BUSY_SECONDS = 10
as_peewee_raises = __exception_wrapper__  # around what goes past Peewee to the driver


class PromptSqliteDatabase(PooledSqliteDatabase):
    """Looks every half millisecond whether it may write, and every 5 ms once that took 20. SQLite's own way looks after
    1, 3, 8 and 18 ms, which is long past the end of a batch of a job, and often in the middle of its next one.
    """

    def begin(self, lock_type=None):
        cursor, began = self.cursor(), monotonic()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    return super().begin(lock_type)
                except OperationalError as error:
                    waited = monotonic() - began
                    if str(error) != "database is locked" or waited > BUSY_SECONDS:
                        raise
                sleep(0.0005 if waited < 0.02 else 0.005)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def open_database(url, *, connections=32):
    """Point `db` at `url` (`sqlite:///path` or `postgresql://…`) and return it. Opens no connection yet."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        database = PromptSqliteDatabase(
            str(path),
            autoconnect=False,
            lock_type="IMMEDIATE",
            pragmas=SQLITE_PRAGMAS,
            max_connections=connections,
            check_same_thread=False,  # the pool hands a connection to one thread at a time
            regexp_function=True,
        )
        database.register_function(_sha256, "sha256_hex", 1, True)  # Postgres has one of its own, see hashed_by()
        database.timeout = BUSY_SECONDS  # the pool takes an argument of this name for itself
    else:
        database = PooledPsycopg3Database(
            **parse(url, unquote_user=True, unquote_password=True),
            autoconnect=False,
            max_connections=connections,
            stale_timeout=300,
        )
    if db.obj is not None and hasattr(db.obj, "close_all"):
        db.obj.close_all()
    db.initialize(database)
    return db


def _sha256(text):
    return sha256(text.encode()).hexdigest()


def is_sqlite():
    return isinstance(db.obj, PromptSqliteDatabase)


def commits_of_others():
    """A number that is another one as soon as another connection has committed; always the same on Postgres, where
    nobody waits for one lock.
    """
    return db.execute_sql("PRAGMA data_version").fetchone()[0] if is_sqlite() else 0


def checkpoint_early():
    """Let this process move the log into the database at 1,000 pages, and so before a process that did not ask for it
    has to: whose commit passes its limit waits 10 ms and more for the disk, and that should not be a page's.
    """
    if is_sqlite():
        with db.connection_context():
            db.pragma("wal_autocheckpoint", 1000, permanent=True)


def execute_many(sql, rows):
    """Run `sql`, with a ? for each value, for each of `rows`; it raises what Peewee would."""
    with as_peewee_raises:
        db.obj.cursor().executemany(sql.replace("?", db.obj.param), rows)


def run_together(statements):
    """Run these (SQL with a ? for each value, values) as one transaction; returns how many rows each changed. Postgres
    takes them in one round trip and commits at its end. Not within another transaction.
    """
    connection = db.obj.connection()
    with as_peewee_raises:
        if is_sqlite():
            with db.atomic():
                return [connection.execute(text, values).rowcount for text, values in statements]
        with connection.pipeline():  # outside a transaction, what one sync ends is one
            cursors = [connection.execute(as_written(text, db.obj.param), values) for text, values in statements]
        return [cursor.rowcount for cursor in cursors]


@lru_cache(maxsize=64)
def as_written(text, param):
    """`text`, which has a ? for each value, as the driver wants it."""
    return text.replace("?", param)


class UTCDateTime(Field):
    """An aware datetime in UTC. Kept without a zone: as ISO text on SQLite, as `timestamp` on Postgres."""

    field_type = "DATETIME"

    def db_value(self, value):
        if value is None or isinstance(value, str):
            return value
        if value.tzinfo:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return value.isoformat(" ", "microseconds") if is_sqlite() else value

    def python_value(self, value):
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value and value.replace(tzinfo=UTC)


class BaseModel(Model):
    class Meta:
        database = db
        legacy_table_names = False
