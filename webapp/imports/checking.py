"""The check before an import: what would become of each row, by the very code that runs it, with nothing written.

It belongs to a version of the import; a change of columns, options or cells makes it stale, and it is made anew.
`Import.check` is {"version", "rows", "outcomes": {outcome: rows}, "noted": rows worth a look, "cleaned": {kind:
{"count", "from", "to"}}, "reasons": {sentence: rows}}, or {"version", "error"} when it could not be made. The first
LISTED rows of each outcome, and of those worth a look, are kept as CheckedRow with `told` = {"becomes": {column: text},
"problems": {column: sentence}, "warnings": [sentence], "changes": {label: [old, new]}, "lead": its id, "above": the
number of a row}, of which only what there is; the columns are texts there, as JSON has them.
"""

import re
from collections import Counter
from contextlib import nullcontext, suppress
from itertools import islice

from peewee import OperationalError

from db import db, is_sqlite
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.jobs import later, stopping
from webapp.core.paging import page_of

from .addresses import worth_a_look
from .batches import BATCH, Batch, key_of
from .becoming import becomes
from .deciding import shape, write_batch
from .fixing import Fixes
from .keeping import path_of
from .models import CheckedRow, Import, ImportState, Outcome
from .reading import rows
from .rehearsal import Rehearsal
from .shaping import EMAIL, Shaper
from .starting import bounds
from .turns import LEASE

AT_ONCE = 1_000  # rows that a request checks itself
LISTED = 1_000  # rows of an outcome that are shown
REASONS = 50  # different sentences that are counted
SIZE = 50  # rows on a page
TELLS_EVERY = 20  # batches
GONE = "The uploaded file is no longer there. Upload it again."
BROKEN = "Something broke on our side while the rows were checked, and it is in the log. Change an option to try again."
_OF_ROW = re.compile(r"“[^”]*”|(?<=row )[\d,]+")  # what differs from row to row
OTHERS = "Other reasons"
KEPT_LETTERS = 20_000_000  # of cells that are kept to be shown
NOTED = "noted"  # the tab of rows worth a look


class _Stale(Exception):
    """Something about the import was changed meanwhile, or it was started."""


def is_checked(imported):
    """Whether the check is of the import as it stands."""
    return imported.check.get("version") == imported.version


def ask_check(imported):
    """Have `imported` checked as it stands: a short file at once, others by a job. Nothing where that is done."""
    if is_checked(imported) or imported.state is not ImportState.UPLOADED:
        return
    if imported.rows <= AT_ONCE and not imported.dialect.get("estimated"):
        run_check(imported.id)
        return
    moment = now()
    free = Import.check_until.is_null() | (Import.check_until < moment)
    with db.atomic():
        asked = Import.update(check_until=moment + LEASE, checked_rows=0)
        if asked.where(Import.id == imported.id, Import.state == ImportState.UPLOADED, free).execute():
            later("check_import", imported.id)


def requeue_stalled():
    """Wake checks whose job was lost or ended without saying so."""
    lost = (Import.state == ImportState.UPLOADED) & (Import.check_until < now())
    for (import_id,) in Import.select(Import.id).where(lost).tuples():
        later("check_import", import_id)


def run_check(import_id):
    """Check an import as it stands, and again as long as it is changed meanwhile."""
    while imported := Import.get_or_none((Import.id == import_id) & (Import.state == ImportState.UPLOADED)):
        if is_checked(imported):
            Import.update(check_until=None).where(Import.id == import_id).execute()
            return
        with suppress(_Stale):
            _try(imported)
        if stopping():
            return


def _try(imported):
    """Check `imported`, or write down why that could not be. Raises _Stale."""
    try:
        _check(imported)
    except _Stale:
        raise
    except FileNotFoundError:
        _finish(imported, {"version": imported.version, "error": GONE})
    except Invalid as error:
        _finish(imported, {"version": imported.version, "error": str(error)})
    except OperationalError:
        raise  # busy: the sweeper tries again when the lease has run out
    except Exception:
        with suppress(_Stale):
            _finish(imported, {"version": imported.version, "error": BROKEN})
        raise


def _check(imported):
    imported.options = {**imported.options, **bounds(imported)}  # as the start will; never saved
    found, numbered = Findings(imported), Fixes(imported).applied(rows(path_of(imported), imported.dialect))
    store, shaper = Rehearsal(imported, key_of(imported)), Shaper.of(imported)
    try:
        for count, some in enumerate(iter(lambda: list(islice(numbered, BATCH)), [])):
            if count % TELLS_EVERY == 0:
                _tell(imported, found.rows)
            _rehearse(store, shaper, some, found)
    finally:
        store.close()
    _finish(imported, found.result(), found.kept)


def _rehearse(store, shaper, numbered, found):
    shaped = shape(shaper, numbered)
    with nullcontext() if is_sqlite() else db.atomic():  # Postgres takes its hints for a transaction only
        batch = Batch(store.imported, now(), store)
        write_batch(batch, shaped)
    for name, value in batch.totals().items():
        setattr(store.imported, name, value)  # whose turn it is follows from what is created; never saved
    found.add(store.ended, {number: (cells, lead) for number, cells, lead in shaped})
    store.ended = []


def _tell(imported, done):
    """Say how far the check is, and keep the lease. Raises _Stale."""
    same = (Import.id == imported.id) & (Import.version == imported.version) & (Import.state == ImportState.UPLOADED)
    told = Import.update(checked_rows=done, check_until=now() + LEASE).where(same)
    if stopping() or not told.execute():
        raise _Stale


def _finish(imported, result, kept=()):
    """Write the result, if the import is still what was checked. Raises _Stale."""
    same = (Import.id == imported.id) & (Import.version == imported.version) & (Import.state == ImportState.UPLOADED)
    changes = {"check": result, "check_until": None}
    if "rows" in result:
        dialect = {**imported.dialect, "estimated": False}
        changes |= {"checked_rows": result["rows"], "rows": result["rows"], "dialect": dialect}
    with db.atomic():
        if not Import.update(changes).where(same).execute():
            raise _Stale
        CheckedRow.delete().where(CheckedRow.imported == imported.id).execute()
        of_it = {"workspace": imported.workspace_id, "imported": imported.id}
        for start in range(0, len(kept), 100):
            CheckedRow.insert_many([{**of_it, **row} for row in kept[start : start + 100]]).execute()


class Findings:
    """What a check has found so far."""

    def __init__(self, imported):
        self.imported, self.rows, self.noted, self.letters = imported, 0, 0, 0  # the last: of the rows that are kept
        self.outcomes, self.reasons, self.cleaned, self.kept = Counter(), Counter(), {}, []

    def add(self, ended, shaped):
        """Take in how rows Ended; `shaped` is {number: (cells, Shaped or Invalid)}."""
        for end in sorted(ended, key=lambda end: end.number):
            cells, lead = shaped[end.number]
            told = {} if isinstance(lead, Invalid) else self._told(cells, lead)
            if isinstance(lead, Invalid) and lead.field is not None:
                told["problems"] = {lead.field: str(lead)}
            self._count(end, told)

    def _told(self, cells, lead):
        """What is worth telling of a usable row."""
        cleaned = becomes(self.imported.mapping, cells, lead)
        for change in cleaned.values():
            kind = self.cleaned.setdefault(change.kind, {"count": 0, "from": change.text, "to": change.value})
            kind["count"] += 1
        told = {
            "becomes": {column: change.value for column, change in cleaned.items()},
            "problems": {column: _sentence(why) for column, _, _, why in lead.left_out} | dict(lead.doubts),
            "warnings": [sentence] if (sentence := worth_a_look(lead.values[EMAIL])) else [],
        }
        return {name: value for name, value in told.items() if value}

    def _count(self, end, told):
        self.rows += 1
        self.outcomes[end.outcome] += 1
        noted = bool(told.get("problems") or told.get("warnings")) and end.outcome is not Outcome.FAILED
        self.noted += noted
        reason = _OF_ROW.sub("…", end.reason) if end.outcome in (Outcome.FAILED, Outcome.SKIPPED) else ""
        if reason:
            self.reasons[reason if reason in self.reasons or len(self.reasons) < REASONS else OTHERS] += 1
        is_first = self.outcomes[end.outcome] <= LISTED or (noted and self.noted <= LISTED)
        if not is_first or self.letters + sum(map(len, end.cells)) > KEPT_LETTERS:
            return
        self.letters += sum(map(len, end.cells))
        lead_id = end.lead_id if end.lead_id and end.lead_id > 0 else None
        more = {"changes": end.told, "lead": lead_id, "above": end.above}
        told |= {name: value for name, value in more.items() if value and (name != "changes" or lead_id)}
        about = {"number": end.number, "outcome": end.outcome, "noted": noted, "reason": end.reason[:500]}
        self.kept.append({**about, "cells": end.cells, "told": told})

    def result(self):
        return {
            "version": self.imported.version,
            "rows": self.rows,
            "outcomes": {one.value: count for one, count in self.outcomes.items()},
            "noted": self.noted,
            "cleaned": self.cleaned,
            "reasons": dict(self.reasons.most_common()),
        }


def _sentence(why):
    """A reason that stands alone: notes of leads put what it is about before it."""
    return why[:1].upper() + why[1:] + ("" if why.endswith(".") else ".")


def checked_rows(imported, tab, cursor=None):
    """A Page of CheckedRows: those of an outcome, or with tab NOTED those worth a look, in the order of the file."""
    query = CheckedRow.of(imported.workspace_id).where(CheckedRow.imported == imported.id)
    query = query.where(CheckedRow.noted if tab == NOTED else CheckedRow.outcome == tab)
    return page_of(query, [CheckedRow.number], lambda row: (row.number,), size=SIZE, cursor=cursor, descending=False)
