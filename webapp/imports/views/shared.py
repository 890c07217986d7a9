"""The blueprint of imports, and what the pages of its five steps have in common."""

from flask import Blueprint, Response, flash, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, NotFound
from webapp.web.hypermedia import leave

from .. import checking, queries
from ..matched import shape_of
from ..models import ImportState

bp = Blueprint("imports", __name__, url_prefix="/imports")
STEPS = {"new": "Upload", "columns": "Match columns", "options": "Options", "check": "Check", "show": "Import"}


@bp.app_template_global()
def import_steps(here, imported=None):
    """([(name, address of the step or "")] for the bar above `here`, a key of STEPS, which one that is, from 1).

    The addresses lead back to what is done already, as long as the import has not started.
    """
    current = list(STEPS).index(here)
    done = list(STEPS)[:current] if imported is not None and imported.state is ImportState.UPLOADED else []
    return [(name, _address(step, imported) if step in done else "") for step, name in STEPS.items()], current + 1


def _address(step, imported):
    return url_for("imports.new") if step == "new" else address(imported, step)


def address(imported, step="show"):
    """The address of a step of `imported`."""
    return url_for(f"imports.{step}", import_id=imported.id)


def waiting(import_id):
    """The import, if it has not started. Raises NotFound, and Conflict when it has."""
    imported = queries.get_import(current_user, import_id)
    if imported.state is not ImportState.UPLOADED:
        raise Conflict("This import has started already, so nothing about it can be changed any more.")
    return imported


def next_step(imported):
    """Where a person goes on with an import that has not started: the furthest step that has what it needs."""
    if checking.is_checked(imported):
        return "check"
    return "options" if imported.options.get("basis") else "columns"


def to_page(imported):
    """Away from a step that `imported` has left behind: to what it is doing now."""
    flash("This import has started already.", "info")
    return leave(address(imported))


def same_columns(imported, shape):
    """Raises Conflict when a form is about other columns than `imported` has by now."""
    if shape != shape_of(imported):
        raise Conflict("The file is read another way by now, perhaps in another tab. Reload the page to go on.")


def known(listed, choices):
    """`choices[listed]`. Raises NotFound for what is none of them."""
    if listed not in choices:
        raise NotFound("There is no such list.")
    return choices[listed]


def csv_file(body, name):
    """A download. The quoted name is ours, so it needs no escaping."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/csv", headers=headers)
