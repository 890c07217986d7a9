"""Never two requests to one host at once, from all threads, processes and machines of this installation.

First the threads of a process queue for a lock, then its first one for the row. Of a process that was killed on this
machine the row is free at once, else when its lease is over.
"""

import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

from db import db
from webapp.core.brief import briefly
from webapp.core.clock import now, stamp
from webapp.core.connections import FetchError
from webapp.core.holders import forget, is_gone, new_token
from webapp.core.jobs import stopping, wait

from .page_models import HostTurn

LEASE = timedelta(seconds=25)  # longer than one request may take: see pages.PAGE_SECONDS
LONGEST_PAUSE = timedelta(minutes=10)  # that a server may ask for
LOOK = (0.01, 0.2)  # seconds between two looks at whether another process is done, at first and later
SLICE = 0.5  # seconds for which a thread waits before it looks whether the worker stops

_locks, _guard = {}, threading.Lock()  # {host: [Lock, how many threads have or want it]}


class Turn:
    """Ours at a host, within `with turn(…)`. `pause`: the seconds that the host wants before the next request."""

    def __init__(self):
        self.pause = 0.0


@contextmanager
def turn(authority, deadline):
    """A Turn at the server (host, or host:port). Raises FetchError when it does not come before `deadline`."""
    host, mine = authority.removeprefix("www."), Turn()
    with _alone(host, deadline):
        token = _take(host, deadline)
        try:
            yield mine
        finally:
            _give_back(host, token, mine.pause)


@contextmanager
def _alone(host, deadline):
    with _guard:
        entry = _locks.setdefault(host, [threading.Lock(), 0])
        entry[1] += 1
    try:
        while not entry[0].acquire(timeout=min(SLICE, _left(host, deadline))):
            pass  # _left() says when it is enough
        try:
            yield
        finally:
            entry[0].release()
    finally:
        with _guard:
            entry[1] -= 1
            if not entry[1]:
                del _locks[host]


def _left(host, deadline):
    left = deadline - time.monotonic()
    if stopping():
        raise FetchError("Galena was being stopped", "stopped")
    if left <= 0:
        raise FetchError(f"others of us were reading from {host} for too long", "busy")
    return left


def _take(host, deadline):
    """The token under which the row is ours."""
    token, look = new_token(), LOOK[0]
    while (wait_for := _claim(host, token)) != 0:
        if wait_for is None:
            wait_for, look = look, min(look * 2, LOOK[1])
        elif time.monotonic() + wait_for > deadline:
            raise FetchError(f"{host} wants a longer pause between pages than there is time for", "busy")
        wait(min(wait_for, _left(host, deadline)))
    return token


# written out: Peewee takes longer to build these than the database to do them, and they run for every page
_CLAIM = (
    "UPDATE host_turn SET lease_token = ?, lease_until = ? WHERE host = ? "
    "AND (lease_until IS NULL OR lease_until < ? OR lease_until > ?) "  # the latter: the clock was put back
    "AND (next_at IS NULL OR next_at <= ? OR next_at > ?)"
)
_SET_FREE = "UPDATE host_turn SET lease_token = '', lease_until = NULL WHERE host = ? AND lease_token = ?"
_GIVE_BACK = "UPDATE host_turn SET lease_token = '', lease_until = NULL, next_at = ? WHERE host = ? AND lease_token = ?"


def _run(sql, *values):
    """How many rows it changed."""
    values = [stamp(value) if isinstance(value, datetime) else value for value in values]
    return db.execute_sql(sql.replace("?", db.obj.param), values).rowcount


def _claim(host, token):
    """0 when the row is ours now, else the seconds after which it may be; None when another one has it."""
    at = now()
    with briefly():
        if _run(_CLAIM, token, at + LEASE, host, at, at + LEASE * 2, at, at + LONGEST_PAUSE * 2):
            return 0
        row = HostTurn.get_or_none(HostTurn.host == host)
        if row is None:
            HostTurn.insert(host=host, next_at=at).on_conflict_ignore().execute()
            return _claim(host, token)
        if row.lease_token and is_gone(row.lease_token):
            _run(_SET_FREE, host, row.lease_token)
            return _claim(host, token)
    if row.next_at and row.next_at > at:
        return (row.next_at - at).total_seconds()
    return None


def _give_back(host, token, pause):
    forget(token)
    with briefly():
        _run(_GIVE_BACK, now() + min(timedelta(seconds=pause), LONGEST_PAUSE), host, token)
