"""The queue. tasks.py declares jobs; domain code calls later() by name, so nothing below imports tasks.py.

Huey only wakes a job: it delivers at most once and forgets a running task on a kill. What is to be done and how far
it got stands in rows, and a sweeper wakes what stalled.
"""

import functools
import logging
import threading

from huey import Huey, MemoryHuey
from huey.storage import MemoryStorage, PostgresStorage, RedisStorage, SqliteStorage

from db import db

log = logging.getLogger("galena.jobs")

huey: Huey = MemoryHuey("galena", results=False)
_jobs = {}
_stop = threading.Event()


def open_queue(url):
    """Point the queue at `url`: `sqlite:///path`, `postgresql://…`, `redis://…` or `memory://` (tests)."""
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        huey.storage = SqliteStorage("galena", filename=url.removeprefix("sqlite:///"), timeout=10)
    elif scheme in ("postgresql", "postgres"):
        huey.storage = PostgresStorage("galena", dsn=url, table_prefix="galena_queue")
    elif scheme in ("redis", "rediss", "unix"):
        huey.storage = RedisStorage("galena", url=url)
    else:
        huey.storage = MemoryStorage("galena")
    return huey


def job(every=None, lane=None, **options):
    """Declare a background job. It gets its own connection and no open transaction. One that waits for the servers of
    others runs in a `lane` (see lanes.py), so that it holds no thread of the queue.
    """
    decorate = huey.periodic_task(every, **options) if every else huey.task(**options)

    def declare(function):
        @functools.wraps(function)
        def run(*args):
            try:
                with db.connection_context():
                    return function(*args)
            except Exception:
                log.exception("job %s%r failed", function.__name__, args)
                raise

        @functools.wraps(function)
        def begin(*args):
            return lane.give(run, *args) if lane.is_open else run(*args)

        _jobs[function.__name__] = decorate(begin if lane else run)
        return _jobs[function.__name__]

    return declare


def later(name, *args, delay=0):
    """Enqueue job `name` once the surrounding transaction has committed, to start after `delay` seconds."""
    task = _jobs[name]
    if delay:
        db.after_commit(lambda: task.schedule(args=args, delay=delay))
    else:
        db.after_commit(lambda: task(*args))


def stop_with(event):
    """Let `event` (a threading.Event) tell running jobs to come to a safe point."""
    global _stop
    _stop = event


def stopping():
    """True once the worker was asked to stop: a long job saves its place, wakes itself for later and returns."""
    return _stop.is_set()


def wait(seconds):
    """Pause a job for `seconds`, or less when the worker is asked to stop."""
    _stop.wait(seconds)
