"""How often something may be tried: fixed windows, counted in rows, so every process sees the same count."""

from datetime import timedelta

from peewee import EXCLUDED, Case

from db import db
from webapp.core.clock import now
from webapp.core.errors import TooMany

from .models import Attempt


def hit(key, *, limit, seconds):
    """Count one try under `key`. Raises TooMany from the (limit + 1)th within `seconds` of the first."""
    moment = now()
    stale = Attempt.since <= moment - timedelta(seconds=seconds)
    with db.atomic():
        (
            Attempt.insert(key=key, count=1, since=moment)
            .on_conflict(
                conflict_target=[Attempt.key],
                update={
                    Attempt.count: Case(None, [(stale, 1)], Attempt.count + 1),
                    Attempt.since: Case(None, [(stale, EXCLUDED.since)], Attempt.since),
                },
            )
            .execute()
        )
        row = Attempt.get(Attempt.key == key)
    if row.count > limit:
        wait = max(1, int((row.since + timedelta(seconds=seconds) - moment).total_seconds()))
        raise TooMany(f"That was too often. Try again in {_spoken(wait)}.", wait)


def clear(key):
    """Forget the tries under `key`, after one succeeded."""
    Attempt.delete().where(Attempt.key == key).execute()


def take_back(key):
    """Count one try under `key` less: it succeeded, which clears nothing that others tried."""
    Attempt.update(count=Attempt.count - 1).where(Attempt.key == key, Attempt.count > 0).execute()


def sweep(older_than=timedelta(days=1)):
    """Delete windows nobody counts in any more."""
    Attempt.delete().where(Attempt.since < now() - older_than).execute()


def _spoken(seconds):
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
