"""One's own password."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.web.guards import signed_in
from webapp.web.hypermedia import leave, page

from .. import recovery
from ..forms.password import ChangeForm, SetForm
from .sign_in import begin_again

bp = Blueprint("password", __name__)


@bp.route("/settings/password", methods=["GET", "POST"])
@signed_in
def show():
    form = ChangeForm() if recovery.has_password(current_user.user_id) else SetForm()
    if form.validate_on_submit():
        try:
            recovery.change_password(current_user, **{"current": "", **form.values()}, address=request.remote_addr)
        except Invalid as error:
            form.reject(error)
        else:
            begin_again()
            flash("Your new password is set. You are signed out of every other browser.", "success")
            return leave(url_for("password.show"))
    return page("auth/password.html", "form", 422 if form.errors else 200, form=form)
