"""Values that say otherwise than a person did: accept or reject them, one by one or several at once."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts
from webapp.web.ids import row_id

from .. import conflicts
from .shared import bp


@bp.get("/conflicts")
@needs("view")
def decide():
    return page("enrichment/conflicts.html", "waiting", **queue())


def queue():
    return {"found": conflicts.waiting(current_user._get_current_object(), cursor=request.args.get("page"))}


def decided():
    return parts("enrichment/conflicts.parts.html", url_for("enrichment.decide"), **queue())


@bp.post("/conflicts/<int:conflict_id>/accept")
@needs("write")
def accept(conflict_id):
    conflict = conflicts.get_conflict(current_user, conflict_id)
    conflicts.accept(current_user, conflict)
    flash(f"{conflict.lead.name} has the new value", "success")
    return decided()


@bp.post("/conflicts/<int:conflict_id>/reject")
@needs("write")
def reject(conflict_id):
    conflict = conflicts.get_conflict(current_user, conflict_id)
    conflicts.reject(current_user, conflict)
    flash(f"{conflict.lead.name} stays as it is", "success")
    return decided()


@bp.post("/conflicts/accept")
@needs("write")
def accept_ticked():
    return tell(conflicts.accept_many(current_user, ticked()), "accepted")


@bp.post("/conflicts/reject")
@needs("write")
def reject_ticked():
    return tell(conflicts.reject_many(current_user, ticked()), "rejected")


def ticked():
    """The ids that the form names, not more than a page has. Raises Invalid."""
    ids = [one for one in request.form.getlist("conflict", type=row_id) if one][: conflicts.SIZE]
    if not ids:
        raise Invalid("Tick at least one value first.")
    return ids


def tell(outcome, word):
    gone = f" {plural(outcome.gone, 'other')} had been settled meanwhile." if outcome.gone else ""
    flash(f"{plural(outcome.done, 'value')} {word}.{gone}", "success" if outcome.done else "info")
    return decided()
