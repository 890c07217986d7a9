"""The bin: deleted leads, brought back or deleted for good."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid, NotFound
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import bin, bulk
from .shared import flash_restored

bp = Blueprint("bin", __name__, url_prefix="/leads/bin")


@bp.get("")
@needs("view")
def index():
    search = request.args.get("q", "").strip()[:200]
    found = bin.binned(current_user, search=search, cursor=request.args.get("page"))
    return page("leads/bin/index.html", "leads", found=found, search=search)


def ticked(given):
    return bulk.unpack(".".join(given.getlist("lead")))


@bp.post("/restore")
@needs("write")
def restore():
    ids = ticked(request.form)
    if not ids:
        raise Invalid("Tick at least one lead first.")
    return brought_back(ids)


@bp.post("/<int:lead_id>/restore")
@needs("write")
def restore_one(lead_id):
    if not bin.in_bin(current_user, [lead_id]):
        raise NotFound("That lead is not in the bin.")
    return brought_back([lead_id])


def brought_back(ids):
    restored, refused = bulk.restore_leads(current_user, ids)
    if not refused:
        flash_restored(restored, refused)
        return leave(url_for("bin.index"))
    taken = [(lead, bin.holder_of(current_user, lead)) for lead in refused]
    return page("leads/bin/refused.html", status=409, taken=taken, restored=restored)


@bp.post("/<int:lead_id>/restore-without-address")
@needs("write")
def restore_bare(lead_id):
    """For a lead whose address another one has by now."""
    lead = bin.restore_bare(current_user, lead_id)
    flash(f"{lead.name} is back, without {lead.email}", "success")
    return leave(url_for("leads.show", lead_id=lead_id))


@bp.get("/erase")
@needs("erase")
def confirm():
    """What would go for good, to be sure of it."""
    leads = bin.in_bin(current_user, ticked(request.args))
    if not leads:
        flash("Tick at least one lead first.", "info")
        return leave(url_for("bin.index"))
    return page("leads/bin/erase.html", leads=leads)


@bp.post("/erase")
@needs("erase")
def erase():
    gone = bin.erase(current_user, ticked(request.form))
    flash(f"{plural(gone, 'lead')} deleted for good" if gone else "They were gone or restored already.", "info")
    return leave(url_for("bin.index"))
