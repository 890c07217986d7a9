"""Leads as files. At most AT_ONCE are made at a time in a process, so that pages keep threads and connections."""

import tempfile
from contextlib import contextmanager
from threading import Semaphore

from flask import Response, request, send_file
from flask_login import current_user

from webapp.core.clock import now
from webapp.core.errors import TooMany
from webapp.web.database import connected
from webapp.web.guards import needs

from .. import bulk, exporting
from .shared import bp, chosen_filter, places, whole_view

AT_ONCE = 2
SOON = 20  # seconds
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_turns = Semaphore(AT_ONCE)


@contextmanager
def turn():
    if not _turns.acquire(blocking=False):
        raise TooMany(f"Other exports are being made at the moment. Try again in {SOON} seconds.", SOON)
    try:
        yield
    finally:
        _turns.release()


def chosen_tables():
    member, ticked = current_user._get_current_object(), bulk.unpack(".".join(request.args.getlist("lead")))
    chosen = chosen_filter() if ticked else whole_view()
    places(chosen)
    return exporting.tables(member, chosen, everything=request.args.get("columns") == "all", lead_ids=ticked)


@bp.get("/export.csv")
@needs("view")
def export_csv():
    parts = in_turn(exporting.csv_parts(chosen_tables()))
    next(parts)  # takes its turn, or says that it cannot
    headers = {"Content-Disposition": f'attachment; filename="{file_name("csv")}"'}
    return Response(parts, mimetype="text/csv", headers=headers)


def in_turn(parts):
    """An empty part, then `parts`; the turn ends when they do, or when nobody reads on."""
    with turn():
        yield ""
        yield from connected(parts)


@bp.get("/export.xlsx")
@needs("view")
def export_xlsx():
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed once it was sent
    with turn():
        exporting.write_xlsx(file, chosen_tables())
    file.seek(0)
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=file_name("xlsx"), max_age=0)


def file_name(kind):
    return f"leads-{now():%Y-%m-%d}.{kind}"
