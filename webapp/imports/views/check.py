"""The fourth step: what will become of each row, and mending cells."""

from flask import request
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import checking, fixing, queries, review
from ..forms.check import FixForm
from ..matched import shape_of
from ..models import ImportState
from .shared import address, bp, known, same_columns, to_page, waiting


@bp.get("/<int:import_id>/check")
@needs("view")
def check(import_id):
    imported = queries.get_import(current_user, import_id)
    return check_page(imported) if imported.state is ImportState.UPLOADED else to_page(imported)


@bp.post("/<int:import_id>/check")
@needs("write")
def ask_check(import_id):
    imported = waiting(import_id)
    checking.ask_check(imported)
    return after_change(imported)


@bp.post("/<int:import_id>/fixes")
@needs("write")
def fix(import_id):
    imported, form = fix_asked(import_id)
    fixing.fix_cell(imported, form.number.data, form.column.data, form.text.data or "")
    return checked_again(imported)


@bp.post("/<int:import_id>/fixes/alike")
@needs("write")
def fix_alike(import_id):
    imported, form = fix_asked(import_id)
    fixing.fix_alike(imported, form.column.data, form.was.data or "", form.text.data or "")
    return checked_again(imported)


@bp.post("/<int:import_id>/fixes/<int:fix_id>/undo")
@needs("write")
def unfix(import_id, fix_id):
    imported = waiting(import_id)
    fixing.unfix(imported, fix_id)
    return checked_again(imported)


def fix_asked(import_id):
    """(import, form) of a request to mend a cell. Raises Invalid, and Conflict when the columns are others by now."""
    imported, form = waiting(import_id), FixForm()
    if not form.validate():
        raise Invalid("Type what the cell should say. Reload the page and try again.")
    same_columns(imported, form.shape.data)
    return imported, form


def checked_again(imported):
    checking.ask_check(imported)
    return after_change(imported)


def after_change(imported):
    """The step as it stands after a change."""
    fresh = queries.get_import(current_user, imported.id)
    if fresh.state is not ImportState.UPLOADED:
        return leave(address(fresh))
    back = address(fresh, "check") + (f"?tab={tab_asked(fresh)}" if request.args.get("tab") else "")
    return parts("imports/check.parts.html", back, **check_shown(fresh))


def check_page(imported):
    return page("imports/check.html", "form", **check_shown(imported))


def tab_asked(imported):
    asked = request.args.get("tab") or review.first_tab(imported)
    known(asked, review.TABS)
    return asked


def check_shown(imported):
    """What the step shows."""
    tab = tab_asked(imported)
    found = checking.checked_rows(imported, tab, request.args.get("page"))
    fixes, mended = fixing.newest_fixes(imported)
    return {
        "imported": imported,
        "tab": tab,
        "tabs": review.tabs(imported),
        "meaning": review.MEANINGS[tab],
        "columns": review.columns_of(imported),
        "rows": review.reviewed(imported, found.rows),
        "found": found,
        "cut": review.cut_at(imported, tab),
        "planned": review.planned(imported),
        "fixes": fixes,
        "mended": mended,
        "is_checked": checking.is_checked(imported),
        "shape": shape_of(imported),
    }
