"""The only clock. Tests replace `now` through `freeze`."""

from contextlib import contextmanager
from datetime import UTC, datetime

_frozen = None


def now():
    """The current time as an aware datetime in UTC."""
    return _frozen or datetime.now(UTC)


@contextmanager
def freeze(moment):
    """Within the block, `now()` is `moment` (for tests)."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield moment
    finally:
        _frozen = before


def stamp(moment):
    """`moment` as the text under which SQLite keeps it; sorts and compares like the moment itself."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
