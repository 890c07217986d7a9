"""Leads that may be one and the same: the list, side by side, and merging them."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import belongings, duplicates, merging, queries
from ..finding import find_leads
from ..look_alike import look_alike

bp = Blueprint("duplicates", __name__, url_prefix="/leads")


@bp.get("/duplicates")
@needs("view")
def index():
    found = duplicates.pairs(current_user, cursor=request.args.get("page"))
    return page("leads/duplicates/index.html", "pairs", found=found)


@bp.get("/<int:lead_id>/merge")
@needs("write")
def choose(lead_id):
    """Find the other lead by search; the one that looks alike stands there at once."""
    lead, search = queries.get_lead(current_user, lead_id), request.args.get("q", "")[:200]
    leads = [hit.lead for hit in find_leads(current_user, search, limit=11) if hit.lead.id != lead_id][:10]
    hint = look_alike(current_user, lead)
    return page("leads/duplicates/choose.html", "found", lead=lead, search=search, leads=leads, hint=hint)


def both(lead_id, other_id):
    return queries.get_lead(current_user, lead_id), queries.get_lead(current_user, other_id)


@bp.get("/<int:lead_id>/merge/<int:other_id>")
@needs("write")
def compare(lead_id, other_id):
    return shown(*both(lead_id, other_id))


@bp.post("/<int:lead_id>/merge/<int:other_id>/preview")
@needs("write")
def preview(lead_id, other_id):
    """What a merge would do with the sides as they are chosen now."""
    return shown(*both(lead_id, other_id), sides=request.form)


def shown(keep, other, status=200, **given):
    compared = merging.compare(keep, other, given.get("sides"), locale=current_user.locale)
    moves = belongings.moving(keep.id, other.id)
    shared = belongings.staying_behind(keep.id, other.id)
    context = {"keep": keep, "other": other, "compared": compared, "moves": moves, "shared": shared}
    return page("leads/duplicates/compare.html", "plan", status, problem=given.get("problem", ""), **context)


@bp.post("/<int:lead_id>/merge/<int:other_id>")
@needs("write")
def merge(lead_id, other_id):
    if merging.merged_into(current_user, other_id) == lead_id:  # a second click
        return leave(url_for("leads.show", lead_id=lead_id))
    keep, other = both(lead_id, other_id)
    try:
        merging.merge_leads(keep, other, request.form, actor=current_user, seen=request.form.get("seen", ""))
    except (Conflict, Invalid) as error:
        return shown(*both(lead_id, other_id), error.status, sides=request.form, problem=str(error))
    flash(f"{other.name} is part of {keep.name} now", "success")
    return leave(url_for("leads.show", lead_id=lead_id))


@bp.post("/<int:lead_id>/merge/<int:other_id>/different")
@needs("write")
def different(lead_id, other_id):
    first, second = both(lead_id, other_id)
    duplicates.call_different(first, second, actor=current_user)
    undo = url_for("duplicates.alike", lead_id=lead_id, other_id=other_id)
    flash({"text": "Not shown as duplicates any more", "action": "Undo", "url": undo}, "success")
    return leave(url_for("duplicates.index"))


@bp.post("/<int:lead_id>/merge/<int:other_id>/alike")
@needs("write")
def alike(lead_id, other_id):
    """Undo of different()."""
    duplicates.call_alike(*both(lead_id, other_id))
    flash("Shown as duplicates again", "success")
    return leave(url_for("duplicates.index"))
