"""The rows of an import that has ended, by what became of them, on a page and as a file; and what its undo kept."""

from flask import request
from flask_login import current_user

from webapp.web.database import connected
from webapp.web.guards import needs
from webapp.web.hypermedia import page
from webapp.web.ids import row_id

from .. import queries
from ..rejected import LISTED, rejected_rows
from .shared import bp, csv_file, known

TITLES = {
    "created": "Created", "updated": "Updated", "unchanged": "Already here", "duplicate": "Twice in the file",
    "suppressed": "Suppressed", "skipped": "Left out", "rejected": "Rejected",
}  # fmt: skip


@bp.get("/<int:import_id>/rows/<listed>")
@needs("view")
def rows(import_id, listed):
    imported = queries.get_import(current_user, import_id)
    outcome, after = known(listed, LISTED), request.args.get("after", 0, type=row_id)
    found = queries.rows_of(current_user, imported, outcome, after)
    told = {"title": TITLES[listed], "listed": listed, "after": after}
    return page("imports/rows.html", "rows", imported=imported, found=found, **told)


@bp.get("/<int:import_id>/kept")
@needs("view")
def kept(import_id):
    imported = queries.get_import(current_user, import_id)
    after = request.args.get("after", 0, type=row_id)
    found = queries.kept(current_user, imported, after)
    return page("imports/kept.html", "rows", imported=imported, found=found, after=after)


@bp.get("/<int:import_id>/<listed>.csv")
@needs("view")
def listed_rows(import_id, listed):
    imported = queries.get_import(current_user, import_id)
    lines = connected(rejected_rows(imported, known(listed, LISTED)))
    return csv_file(lines, f"import-{imported.id}-{listed}.csv")
