"""Undoing an import: what its rows changed goes back, what it created goes to the bin, but for what changed since.

First the rows that changed leads, from the last to the first, then the leads that it created. Both in batches, each one
transaction that also moves `Import.undo` on: {"phase": "rows" or "leads", "at": the number or id it came to, "looked":
rows and leads it has looked at, "rows": leads brought back, "leads": those in the bin, "kept": lines of UndoKept}. So a
kill leaves whole batches, and the next run goes on behind the last one.
"""

import logging
from datetime import timedelta

from peewee import IntegrityError, OperationalError

from db import db
from webapp.accounts.centers import centers_with
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import Conflict
from webapp.core.jobs import later, stopping, wait
from webapp.core.pauses import Pauses

from .giving_back import give_back, next_rows
from .models import Import, ImportState, Outcome, UndoKept
from .turns import LEASE, claim, wake_next
from .worked_on import next_leads, put_in_bin

log = logging.getLogger("galena.imports")

UNDO_DAYS = 7
# Rows or leads a transaction, and seconds between two in which pages write: the p95 of their writes was 7.5 ms with 50,
# 5.8 ms with these and 4.3 ms with 15, at 2,700, 1,500 and 970 leads a second.
BATCH = 25
PAUSE = 0.01  # seconds between two batches while pages write
TRIES = 4
UNDOABLE = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
BEGINNING = {"phase": "rows", "at": None, "looked": 0, "rows": 0, "leads": 0, "kept": 0}
BROKEN = "Something broke on our side while this was undone, and it is in the log. Undo it again to go on."


class _Lost(Exception):
    """Somebody else has moved this undoing on."""


def undo_until(imported):
    """The moment until which `imported` can be undone; None when it cannot be, or not any more."""
    began = imported.undo and imported.state in UNDOABLE  # what broke half-way can always go on
    if began:
        return now() + timedelta(days=UNDO_DAYS)
    if imported.state not in UNDOABLE or not _wrote(imported) or imported.finished_at is None:
        return None
    if imported.queued_at is None:  # of the time before imports could be undone: its rows do not say what they wrote
        return None
    until = imported.finished_at + timedelta(days=UNDO_DAYS)
    return until if until > now() else None


def _wrote(imported):
    """Whether it may have changed anything: a row about the lead of a row above may do so, too."""
    return imported.created or imported.updated or imported.tallies.get(Outcome.DUPLICATE.value)


def undo_import(imported, *, actor):
    """Take back what `imported` did, when it is its turn. Raises Conflict where nothing (more) is to be taken back."""
    check_reach(imported, actor)
    moment = now()
    with db.atomic():
        fresh = Import.get_by_id(imported.id)
        if undo_until(fresh) is None:
            raise Conflict(_why_not(fresh))
        undo = fresh.undo or BEGINNING
        changes = {"state": ImportState.UNDOING, "undo": undo, "undone_by": actor.user_id, "queued_at": moment}
        error = "" if fresh.undo else fresh.error
        same = (Import.id == fresh.id) & (Import.state == fresh.state) & (Import.queued_at == fresh.queued_at)
        if not Import.update(error=error, lease_until=moment, **changes).where(same).execute():
            raise Conflict(_why_not(Import.get_by_id(imported.id)))
        later("run_undo", imported.id)


def check_reach(imported, actor):
    """Raises Conflict where `imported` may have changed leads that `actor` does not see (any more)."""
    if actor.reach is Reach.ALL:
        return
    sees = imported.options.get("sees")
    if sees is None or sees["user"] != actor.user_id or not set(sees["centers"]) <= centers_with(actor):
        raise Conflict("This import changed leads that you do not see. Ask somebody who sees all leads to undo it.")


def _why_not(imported):
    state = imported.state
    if state is ImportState.UNDONE:
        return "This import was undone already."
    if state is ImportState.UNDOING:
        return "This import is being undone already."
    if state in (ImportState.QUEUED, ImportState.RUNNING):
        return "This import still runs. Stop it first."
    if state is ImportState.UPLOADED or not _wrote(imported):
        return "This import has changed nothing, so there is nothing to undo."
    return f"An import can be undone for {UNDO_DAYS} days after its end, and these are over."


# ------------------------------------------------------------------ the job


def run_undo(import_id):
    """Undo what is left. Returns at once when it is not its turn, or it runs elsewhere."""
    free = Import.lease_until.is_null() | (Import.lease_until <= now())
    imported = claim(import_id, (Import.state == ImportState.UNDOING) & free)
    if imported is None:
        return
    try:
        _work(imported)
    except _Lost:
        log.warning("import %s is undone elsewhere; leaving it", import_id)
    except OperationalError:
        raise  # busy or full: the leads are as they were, and the sweeper tries again when the lease has run out
    except Exception:
        failed = {"state": ImportState.FAILED, "error": BROKEN, "lease_until": None}
        Import.update(failed).where(Import.id == import_id, Import.state == ImportState.UNDOING).execute()
        wake_next(imported.workspace_id)
        raise


def _work(imported):
    pauses = Pauses(PAUSE)
    while imported.undo["phase"] != "done":
        _some(imported)
        if stopping():
            _move(imported, imported.undo, lease_until=now())
            later("run_undo", imported.id, delay=1)
            return
        wait(pauses.due())
    _move(imported, imported.undo, state=ImportState.UNDONE, undone_at=now(), lease_until=None)
    wake_next(imported.workspace_id)


def _some(imported):
    """One batch and its place, or nothing. Tried again where a lead took an address beside it (Postgres)."""
    for attempt in range(TRIES):
        try:
            with db.atomic():
                _move(imported, imported.undo)  # takes the row's lock before any lead's
                undo = _step(imported, imported.undo)
                _move(imported, undo)
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1:
                raise
            wait(0.05 * (attempt + 1))
        else:
            imported.undo = undo
            return


def _step(imported, undo):
    """Undo one batch, in the caller's transaction: what Import.undo says then."""
    if undo["phase"] == "rows":
        looked, chains = next_rows(imported, undo["at"], BATCH)
        done, kept = give_back(imported, chains)
        following, counted = "leads", "rows"
    else:
        looked = next_leads(imported, undo["at"], BATCH)
        done, kept = put_in_bin(imported, looked)
        following, counted = "done", "leads"
    if kept:
        of_import = {"workspace": imported.workspace_id, "imported": imported.id}
        UndoKept.insert_many([{**of_import, **one} for one in kept]).execute()
    counts = {"looked": undo["looked"] + len(looked), counted: undo[counted] + done, "kept": undo["kept"] + len(kept)}
    if len(looked) < BATCH:
        return {**undo, **counts, "phase": following, "at": None}
    return {**undo, **counts, "at": looked[-1]}


def _move(imported, undo, **changes):
    """Renew the lease and write how far it is, if the row still says what this run knows. Raises _Lost."""
    changes.setdefault("lease_until", now() + LEASE)
    here = (Import.id == imported.id) & (Import.state == ImportState.UNDOING)
    if Import.update(undo=undo, **changes).where(here, Import.undo == imported.undo).execute() != 1:
        raise _Lost
