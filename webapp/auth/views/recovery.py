"""A forgotten password: asking for a link, and setting a new one with it."""

from flask import Blueprint, flash, redirect, request, url_for

from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import public
from webapp.web.hypermedia import page

from .. import recovery
from ..forms.password import SetForm
from ..forms.recovery import ForgotForm

bp = Blueprint("recovery", __name__)


@bp.errorhandler(NotFound)
def gone(error):
    return page("auth/reset_gone.html", status=404, message=str(error))


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot():
    form = ForgotForm()
    asked = form.validate_on_submit()
    if asked:
        recovery.ask_for_link(form.email.data, address=request.remote_addr)
    return page("auth/forgot.html", "content", 422 if form.errors else 200, form=form, asked=asked)


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@public
def reset(token):
    row, form = recovery.find(token), SetForm()
    if form.validate_on_submit():
        try:
            recovery.reset_password(token, form.password.data, address=request.remote_addr)
        except Invalid as error:
            form.reject(error)
        else:
            flash("Your new password is set. Sign in with it.", "success")
            return redirect(url_for("auth.sign_in"), 303)
    return page("auth/reset.html", None, 422 if form.errors else 200, form=form, row=row, token=token)
