"""The New lead form, with the workspace's own fields."""

from flask import flash, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import adding
from ..custom import fields_of
from ..forms.fields import new_lead_form
from ..models import Stage
from ..tags import tags_of
from .shared import bp, chosen_filter, owners


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    workspace, chosen, known = current_user.workspace, chosen_filter(), None
    given, stage = {"owner": current_user.user_id, "center": chosen.center}, chosen.stage or Stage.NEW
    custom = fields_of(workspace)
    form = new_lead_form(custom)(data=given, owners=owners(), centers=open_to(current_user))
    if form.validate_on_submit():
        try:
            lead = adding.add_lead(current_user, form.values(), stage=stage)
        except Invalid as error:
            form.reject(error)
            known = getattr(error, "lead_id", None)
        else:
            flash(f"{lead.name} added", "success")
            return leave(url_for("leads.show", lead_id=lead.id))
    shown = {"form": form, "stage": stage, "known": known, "custom": custom, "known_tags": tags_of(workspace)}
    return page("leads/new.html", "form", 422 if form.errors or form.form_errors else 200, **shown)
