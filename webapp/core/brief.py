"""Database connections for threads that mostly wait for other servers: held only while something is read or written."""

from contextlib import contextmanager
from threading import BoundedSemaphore

from db import db, is_sqlite

_SHARE = BoundedSemaphore(4)  # connections that all such threads have between them: see Config.connections
_ONE = BoundedSemaphore(1)  # on SQLite: of several that write, all but one would only ask again and again for its lock


@contextmanager
def briefly():
    """A database connection for the block: this thread's own if it has one, else one of the few that are shared."""
    if not db.is_closed():
        yield
        return
    with _ONE if is_sqlite() else _SHARE, db.connection_context():
        yield
