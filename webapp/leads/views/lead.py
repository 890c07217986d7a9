from flask import flash, request, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.accounts.models import Reach
from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import bulk, editing, listing, queries
from ..fields import FIELDS
from ..forms import EDITS, LeadForm, NoteForm
from ..timeline import FILTERS, timeline
from .shared import (
    bp,
    chosen_filter,
    flash_restored,
    lead_address,
    list_address,
    move_as_asked,
    owners,
    places,
    with_status,
)


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    given = {"owner": current_user.user_id, "center": chosen_filter().center}
    form, known = LeadForm(data=given, owners=owners(), centers=open_to(current_user)), None
    if form.validate_on_submit():
        try:
            lead = editing.add_lead(current_user, form.values())
        except Invalid as error:
            form.reject(error)
            known = getattr(error, "lead_id", None)
        else:
            flash(f"{lead.name} added", "success")
            return leave(url_for("leads.show", lead_id=lead.id))
    return page("leads/new.html", "form", 422 if form.errors else 200, form=form, known=known)


@bp.get("/<int:lead_id>")
@needs("view")
def show(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    before, after = listing.neighbours(current_user, lead, chosen)
    around = {"before": before, "after": after, "others": listing.others_at(current_user, lead)}
    around["center_name"] = places(chosen)["center_name"] if chosen.center else ""
    return page("leads/show.html", "activity", **around, **lead_context(lead, chosen))


def lead_context(lead, chosen):
    only = request.args.get("activity", "all")
    only = only if only in FILTERS else "all"
    entries = timeline(current_user, lead, only=only, cursor=request.args.get("entries"))
    shown = {"lead": lead, "chosen": chosen, "only": only, "entries": entries, "list_url": list_address(chosen)}
    return {**shown, "opens": current_user.reach is Reach.ALL}  # the campaigns and imports that the timeline names


@bp.post("/<int:lead_id>/step")
@needs("write")
def step(lead_id):
    """Along the stage path of the lead's own page."""
    lead, _, status = move_as_asked(lead_id)
    chosen = chosen_filter()
    answer = parts("leads/step.parts.html", lead_address(lead.id, chosen), **lead_context(lead, chosen))
    return with_status(answer, status)


@bp.route("/<int:lead_id>/edit/<name>", methods=["GET", "POST"])
@needs("write")
def edit(lead_id, name):
    lead, chosen, known = queries.get_lead(current_user, lead_id), chosen_filter(), None
    form = edit_form(lead, name)
    if form.validate_on_submit():
        try:
            editing.edit_lead(lead, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
            known = getattr(error, "lead_id", None)
        else:
            changed = {"name": name, **lead_context(queries.get_lead(current_user, lead_id), chosen)}
            return parts("leads/edit.parts.html", lead_address(lead_id, chosen), **changed)
    status = 422 if form.errors else 200
    return page("leads/edit.html", "form", status, form=form, name=name, lead=lead, chosen=chosen, known=known)


def edit_form(lead, name):
    """The form of one field, filled with what the lead has; its center is in the list even where none may be put."""
    if name not in FIELDS:
        raise NotFound("A lead has no such field.")
    centers = dict(open_to(current_user)) if name == "center" else {}
    if name == "center" and lead.center_id:
        centers.setdefault(lead.center_id, lead.center.name)
    owned = owners() if name == "owner" else ()
    return EDITS[name](data={name: lead.__data__[name]}, owners=owned, centers=centers.items())


@bp.get("/<int:lead_id>/facts/<name>")
@needs("view")
def fact(lead_id, name):
    """One field as it stands: what Cancel puts back in the form's place."""
    if name not in FIELDS:
        raise NotFound("A lead has no such field.")
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    return parts("leads/fact.parts.html", lead_address(lead_id, chosen), lead=lead, chosen=chosen, name=name)


@bp.post("/<int:lead_id>/notes")
@needs("write")
def note(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    editing.add_note(lead, NoteForm().text.data or "", actor=current_user)
    return parts("leads/note.parts.html", lead_address(lead_id, chosen), **lead_context(lead, chosen))


@bp.post("/<int:lead_id>/delete")
@needs("write")
def delete(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    bulk.delete_leads(current_user, [lead.id])
    url = url_for("leads.restore", lead_id=lead.id) + chosen.query()
    flash({"text": f"{lead.name} deleted", "action": "Undo", "url": url}, "success")
    return leave(list_address(chosen))


@bp.post("/<int:lead_id>/restore")
@needs("write")
def restore(lead_id):
    restored, refused = bulk.restore_leads(current_user, [lead_id])
    if not restored and not refused:
        raise NotFound("That lead is not in the bin.")
    flash_restored(restored, refused)
    chosen = chosen_filter()
    return leave(lead_address(lead_id, chosen) if restored else list_address(chosen))
