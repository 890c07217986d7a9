"""A lead's fields, edited in place one by one."""

from flask import request
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import editing, queries
from ..fields import FIELDS
from ..forms.lead import EDITS
from .lead import lead_context
from .shared import bp, chosen_filter, lead_address, owners


@bp.route("/<int:lead_id>/edit/<name>", methods=["GET", "POST"])
@needs("write")
def edit(lead_id, name):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    form, refusal = edit_form(lead, name), None
    if form.validate_on_submit():
        try:
            save(lead, name, form)
        except Invalid as error:
            form.reject(error)
            refusal = error
        else:
            changed = {"name": name, **lead_context(queries.get_lead(current_user, lead_id), chosen)}
            return parts("leads/edit.parts.html", lead_address(lead_id, chosen), **changed)
    shown = {"form": form, "name": name, "lead": lead, "chosen": chosen, "seen": seen_value(lead, name, refusal)}
    known = getattr(refusal, "lead_id", None)
    return page("leads/edit.html", "form", 422 if form.errors else 200, known=known, **shown)


def save(lead, name, form):
    was = request.form.get("was")
    if was is not None:
        editing.check_unchanged(lead, name, was)
    editing.edit_lead(lead, form.values(), actor=current_user)


def seen_value(lead, name, refusal):
    """What the form carries of the value it began with; once it was refused as stale, the one that was told then."""
    if isinstance(refusal, editing.Stale) or "was" not in request.form:
        return editing.seen(lead, name)
    return request.form["was"]


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
