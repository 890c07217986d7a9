"""What a lead has in custom fields, edited in place one by one."""

from flask import request
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts
from webapp.web.locale import spoken

from .. import custom, queries
from ..forms.fields import value_form
from .lead import lead_context
from .shared import bp, chosen_filter, lead_address


@bp.app_template_filter("custom_text")
def custom_text(text, field):
    """What is kept of a custom value, as the person who looks reads it."""
    return custom.shown(field, text, spoken())


@bp.route("/<int:lead_id>/fields/<int:field_id>", methods=["GET", "POST"])
@needs("write")
def edit_custom(lead_id, field_id):
    lead, fact = _found(lead_id, field_id)
    form, seen = value_form(fact.field)(data={fact.field.input: fact.text}), fact.text
    if form.validate_on_submit():
        try:
            _save(lead, fact, form)
        except (Invalid, Conflict) as error:
            form.reject(error)
            seen = fact.text if isinstance(error, custom.Stale) else request.form.get("was", fact.text)
        else:
            return _changed(lead_id, field_id)
    shown = {"form": form, "fact": fact, "lead": lead, "chosen": chosen_filter(), "seen": seen}
    return page("leads/fields/value.html", "form", 422 if form.errors or form.form_errors else 200, **shown)


def _found(lead_id, field_id):
    """(lead, Fact); the field may be unknown, the lead out of reach: NotFound."""
    lead = queries.get_lead(current_user, lead_id)
    field = custom.get_field(current_user.workspace, field_id)
    return lead, custom.Fact(field, custom.values_of(lead).get(field, ""))


def _save(lead, fact, form):
    was = request.form.get("was")
    seen = {} if was is None else {fact.field: was}
    custom.write_values(lead, {fact.field: form[fact.field.input].data or ""}, actor=current_user, seen=seen)


def _changed(lead_id, field_id):
    lead, fact = _found(lead_id, field_id)
    back = lead_address(lead_id, chosen_filter())
    return parts("leads/fields/value.parts.html", back, fact=fact, **lead_context(lead, chosen_filter()))


@bp.get("/<int:lead_id>/fields/<int:field_id>/shown")
@needs("view")
def custom_fact(lead_id, field_id):
    """One field as it stands: what Cancel puts back in the form's place."""
    (lead, fact), chosen = _found(lead_id, field_id), chosen_filter()
    return parts("leads/fields/fact.parts.html", lead_address(lead_id, chosen), lead=lead, fact=fact, chosen=chosen)
