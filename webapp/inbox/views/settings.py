"""What an owner sets about the inbox."""

from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.config import current
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import settings
from ..forms.settings import InboxForm

bp = Blueprint("inbox_settings", __name__)


@bp.route("/settings/inbox", methods=["GET", "POST"])
@needs("workspace")
def show():
    form = InboxForm(obj=settings.settings_of(current_user.workspace.id))
    if form.validate_on_submit():
        settings.change(form.values(), actor=current_user._get_current_object())
        flash("All changes saved", "success")
        return leave(url_for("inbox_settings.show"))
    return page("inbox/settings.html", "form", 422 if form.errors else 200, form=form, has_model=current().llm)
