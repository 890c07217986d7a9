"""The last step: an import on its way, what became of it, and taking it back."""

from flask import flash
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import queries, running, starting, turns, undoing, uploading
from ..forms.check import StartForm
from ..models import ImportState
from ..options import BASES, options_of
from ..progress import progress, receipt, undone
from ..used import used
from .shared import address, bp, next_step

STEP_OF = {"columns": "columns"}  # where what keeps an import from starting is put right; all else among the options


@bp.get("/<int:import_id>")
@needs("view")
def show(import_id):
    imported = queries.get_import(current_user, import_id)
    if imported.state is ImportState.UPLOADED:
        return leave(address(imported, next_step(imported)))
    return page("imports/show.html", "state", **shown(imported))


def shown(imported):
    """What the page of a started import shows."""
    about = {"imported": imported, "progress": progress(imported), "undone": undone(imported)}
    if imported.state in turns.WORKING:
        return {**about, "working": True, "waits_for": turns.waits_for(imported)}
    return {
        **about,
        "receipt": receipt(imported),
        "failures": queries.first_outcomes(imported) if imported.failed else [],
        "options": options_of(imported),
        "used": used(imported),
        "bases": BASES,
        "undo_until": undoing.undo_until(imported),
        "kept": queries.kept(current_user, imported, size=10) if imported.undo else None,
    }


@bp.post("/<int:import_id>/start")
@needs("write")
def start(import_id):
    imported, form = queries.get_import(current_user, import_id), StartForm()
    try:
        if not form.validate():
            raise Conflict("Look at what was found, then start the import there.")
        starting.start_import(imported, version=form.version.data)
    except Conflict as error:
        flash(str(error), "info")
        return leave(address(imported, "check"))
    except Invalid as error:
        flash(str(error), "error")
        return leave(address(imported, STEP_OF.get(error.field, "options")))
    return leave(address(imported))


@bp.post("/<int:import_id>/stop")
@needs("write")
def stop(import_id):
    return stopped(import_id, roll_back=False)


@bp.post("/<int:import_id>/stop/undo")
@needs("write")
def stop_and_undo(import_id):
    return stopped(import_id, roll_back=True)


def stopped(import_id, *, roll_back):
    imported = queries.get_import(current_user, import_id)
    running.stop_import(imported, roll_back=roll_back, actor=current_user)
    return leave(address(imported))


@bp.post("/<int:import_id>/resume")
@needs("write")
def resume(import_id):
    imported = queries.get_import(current_user, import_id)
    starting.resume_import(imported)
    return leave(address(imported))


@bp.post("/<int:import_id>/undo")
@needs("write")
def undo(import_id):
    imported = queries.get_import(current_user, import_id)
    undoing.undo_import(imported, actor=current_user)
    return leave(address(imported))


@bp.post("/<int:import_id>/again")
@needs("write")
def again(import_id):
    imported = queries.get_import(current_user, import_id)
    return leave(address(uploading.import_again(imported, current_user), "check"))
