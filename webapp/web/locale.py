"""Whose formats this request writes: those of the signed-in member, Galena's own for everybody else and in jobs."""

from contextlib import contextmanager
from contextvars import ContextVar

from webapp.core.locales import DEFAULT, LOCALES

_spoken = ContextVar("locale", default=DEFAULT)
spoken = _spoken.get  # a page asks a hundred times


def speak_to(member):
    """From here on this request writes numbers and dates as `member` (None: nobody) reads them; returns the member."""
    _spoken.set(member.locale if member and member.locale in LOCALES else DEFAULT)
    return member


@contextmanager
def speaking(locale):
    """Within the block, formats are those of `locale`."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def register(app):
    app.teardown_request(lambda error: speak_to(None))
