"""The stage path on a lead's own page, and why a lead is lost."""

from flask import flash, request
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import pipeline, queries
from ..forms.notes import LostForm
from ..models import Stage
from .lead import lead_context
from .shared import bp, chosen_filter, lead_address, move_as_asked, with_status


@bp.post("/<int:lead_id>/step")
@needs("write")
def step(lead_id):
    lead, _, status = move_as_asked(lead_id)
    return stepped(lead, status)


@bp.route("/<int:lead_id>/lost", methods=["GET", "POST"])
@needs("write")
def lost(lead_id):
    """Move the lead to lost and say why, or say so of one that is there."""
    lead, form = queries.get_lead(current_user, lead_id), LostForm()
    if form.validate_on_submit():
        try:
            lose(lead, form)
            return stepped(lead, 200)
        except Conflict as error:
            flash(str(error), "error")
            return stepped(queries.get_lead(current_user, lead_id), 409)
        except Invalid as error:
            form.reject(error)
    elif request.method == "GET":
        form.show(lead.lost_reason)
    status = 422 if form.errors else 200
    return page("leads/lost.html", "form", status, form=form, lead=lead, chosen=chosen_filter())


def lose(lead, form):
    if lead.stage is not Stage.LOST:
        pipeline.move_lead(lead, Stage.LOST, actor=current_user, expected=form.was.data, reason=form.reason)
    elif form.was.data is Stage.LOST:
        pipeline.explain_loss(lead, form.reason, actor=current_user)
    else:
        raise Conflict(f"Somebody else marked {lead.name} lost meanwhile. This is what they gave as the reason.")


def stepped(lead, status):
    chosen = chosen_filter()
    answer = parts("leads/step.parts.html", lead_address(lead.id, chosen), **lead_context(lead, chosen))
    return with_status(answer, status)
