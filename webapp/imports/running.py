"""Running an import: the file is read once, in batches; each is one transaction that also moves `done_rows` on.

So a kill at any moment leaves whole batches, and the next run goes on behind the last one: the result is that of a run
that was never stopped. The run holds a lease and renews it with each batch; turns.py says whose turn it is, and wakes
what lost its lease.
"""

import logging
from itertools import count, islice

from peewee import IntegrityError, OperationalError

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, NotFound
from webapp.core.jobs import later, stopping, wait
from webapp.core.pauses import Pauses
from webapp.core.prepared import PreparedWrite

from .batches import BATCH, Batch, key_of
from .deciding import shape, write_batch
from .fixing import Fixes
from .keeping import path_of
from .models import Import, ImportState
from .reading import count_rows, rows
from .shaping import Shaper
from .turns import LEASE, claim, wake_next
from .undoing import BEGINNING, check_reach
from .writing import Store, refresh_statistics

log = logging.getLogger("galena.imports")

PAUSE = 0.003  # seconds between two batches while pages write
TRIES = 4
GONE = "The uploaded file is no longer there. What was imported stays; upload the file again for the rest."
KEYLESS = "The field that rows are matched by was deleted after row {row}. What was imported stays."
BROKEN = "Something broke on our side after row {row}, and it is in the log. Whole rows were imported, none by half."


class _Lost(Exception):
    """Somebody else has moved this import on."""


def run_import(import_id):
    """Import what is left of the file. Returns at once when it is not its turn, or it runs elsewhere."""
    imported = _claim(import_id)
    if imported is None:
        return
    try:
        _work(imported)
    except _Lost:
        log.warning("import %s was stopped, or is run elsewhere; leaving it", import_id)
    except FileNotFoundError:
        _fail(imported, GONE)
    except NotFound:
        _fail(imported, KEYLESS.format(row=f"{imported.done_rows:,}"))
    except OperationalError:
        raise  # busy or full: the rows are as they were, and the sweeper tries again when the lease has run out
    except Exception:
        _fail(imported, BROKEN.format(row=f"{imported.done_rows:,}"))
        raise


def stop_import(imported, *, roll_back, actor):
    """Stop a waiting or running import behind the batch that it is at, and keep what was done or undo it (`roll_back`).

    Raises Conflict when it had ended (of two clicks the second one says so), or when what is to be undone is beyond the
    actor's reach. A batch is whole or not there, as it and this wait for each other: when this returns, the run writes
    nothing more.
    """
    if roll_back:
        _check_undoable(Import.get_by_id(imported.id), actor)
    moment, working = now(), Import.state.in_((ImportState.QUEUED, ImportState.RUNNING))
    changes = {"state": ImportState.CANCELLED, "lease_until": None}
    if roll_back:
        changes = {"undo": BEGINNING, "undone_by": actor.user_id, "lease_until": moment}
        changes["state"] = ImportState.UNDOING
    with db.atomic():
        stopped = Import.update(finished_at=moment, **changes).where(Import.id == imported.id, working)
        if not stopped.execute():
            raise Conflict(_ended(Import.get_by_id(imported.id)))
        done = Import.get_by_id(imported.id).done_rows
        row = f"after row {done:,}" if done else "before its first row"
        Import.update(error=f"{actor.full_name} stopped it {row}.").where(Import.id == imported.id).execute()
        wake_next(imported.workspace_id)


def _check_undoable(imported, actor):
    if imported.started_at and imported.queued_at is None:
        raise Conflict("This import began before imports could be undone. Stop it and keep what it did.")
    check_reach(imported, actor)


def _ended(imported):
    if imported.state is ImportState.CANCELLED:
        return "This import was stopped already."
    if imported.state in (ImportState.UNDOING, ImportState.UNDONE):
        return "This import was stopped already, and what it did is undone."
    return "This import has not started." if imported.state is ImportState.UPLOADED else "This import has ended."


def _claim(import_id):
    """The import, now running and ours; None when there is nothing to do."""
    moment = now()
    free = (Import.state == ImportState.QUEUED) | (
        (Import.state == ImportState.RUNNING) & (Import.lease_until < moment)
    )
    imported = claim(import_id, free, state=ImportState.RUNNING)
    if imported is not None and imported.started_at is None:
        Import.update(started_at=moment).where(Import.id == import_id, Import.started_at.is_null()).execute()
        imported.started_at = moment
    return imported


def _work(imported):
    path = path_of(imported)
    if imported.dialect.get("estimated"):
        imported.rows = count_rows(path, imported.dialect)
        imported.dialect = {**imported.dialect, "estimated": False}
        _move(imported, rows=imported.rows, dialect=imported.dialect)
    shaper = Shaper.of(imported)
    left = Fixes(imported).applied(islice(rows(path, imported.dialect), imported.done_rows, None))
    pauses = Pauses(PAUSE)
    for number in count(1):
        batch = shape(shaper, list(islice(left, BATCH)))
        if not batch:
            break
        if stopping():
            _move(imported, state=ImportState.QUEUED)
            later("run_import", imported.id)
            return
        _write(imported, batch)
        if number & (number - 1) == 0:  # after 1, 2, 4, 8, … batches
            refresh_statistics()
        wait(pauses.due())
    _move(imported, state=ImportState.DONE, finished_at=now(), rows=imported.done_rows)
    wake_next(imported.workspace_id)


def _write(imported, shaped):
    """One batch, its counts and its place, or nothing. Tried again when a lead appeared beside it (Postgres)."""
    for attempt in range(TRIES):
        try:
            with db.atomic():
                _move(imported)  # takes the row's lock before any lead's
                batch = Batch(imported, now(), Store(imported, key_of(imported)))
                write_batch(batch, shaped)
                totals = {"done_rows": imported.done_rows + len(shaped), **batch.totals()}
                _move(imported, **totals)
            for name, value in totals.items():
                setattr(imported, name, value)
            return
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1:
                raise
            wait(0.05 * (attempt + 1))


def _move(imported, **changes):
    """Renew the lease and write `changes`, if this run is still where the row says it is. Raises _Lost."""
    changes.setdefault("lease_until", now() + LEASE)
    values = {name: Import._meta.fields[name].db_value(value) for name, value in changes.items()}
    if _moved(tuple(changes), at=imported.id, after=imported.done_rows, **values) != 1:
        raise _Lost


@PreparedWrite
def _moved(_names, *, at, after, **values):
    still_here = (Import.id == at) & (Import.state == ImportState.RUNNING) & (Import.done_rows == after)
    return Import.update(**values).where(still_here)


def _fail(imported, sentence):
    Import.update(state=ImportState.FAILED, error=sentence, finished_at=now()).where(
        Import.id == imported.id, Import.state == ImportState.RUNNING
    ).execute()
    wake_next(imported.workspace_id)
