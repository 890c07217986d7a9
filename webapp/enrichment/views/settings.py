"""What an owner sets about enrichment."""

from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.config import current
from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from ..forms.settings import SettingsForm
from ..settings import save_settings, settings_of
from .drafts import about_keys
from .shared import has_price

bp = Blueprint("enrichment_settings", __name__, url_prefix="/settings/enrichment")


@bp.route("", methods=["GET", "POST"])
@needs("workspace")
def show():
    form = SettingsForm(has_price(), obj=settings_of(current_user.workspace.id))
    if form.validate_on_submit():
        try:
            save_settings(form.values(), actor=current_user._get_current_object())
        except Invalid as error:
            form.reject(error)
        else:
            flash("All changes saved", "success")
            return leave(url_for("enrichment_settings.show"))
    shown = {"currency": current().llm_currency, "has_price": has_price(), **about_keys()}
    return page("enrichment/settings.html", "form", 422 if form.errors else 200, form=form, **shown)
