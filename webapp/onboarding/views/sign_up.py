"""Signing up, and the link in the mail that ends it."""

import secrets

from flask import Blueprint, redirect, request, session, url_for
from flask_login import current_user

from webapp.accounts.sign_ups import CLOSED, sign_up_is_open
from webapp.auth import sessions
from webapp.auth.views.sign_in import begin
from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import public
from webapp.web.hypermedia import leave, page

from .. import sign_up
from ..forms.sign_up import ConfirmForm, SignUpForm

bp = Blueprint("onboarding", __name__)


@bp.errorhandler(NotFound)
def gone(error):
    return page("onboarding/sign_up_gone.html", status=404, message=str(error))


@bp.route("/sign-up", methods=["GET", "POST"])
@public
def new():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    if not sign_up_is_open():
        return page("onboarding/sign_up_closed.html", status=403, message=CLOSED)
    form = SignUpForm()
    if form.validate_on_submit():
        try:
            made = sign_up.ask(**form.values(), address=request.remote_addr, browser=_browser())
            return _enter(*made) if made else page("onboarding/sign_up.html", "content", form=form, asked=True)
        except Invalid as error:
            form.reject(error)
    return page("onboarding/sign_up.html", "content", 422 if form.errors else 200, form=form)


def _browser():
    """A secret that tells this browser from others when the link is opened."""
    return session.setdefault("sign_up", secrets.token_urlsafe(16))


def _enter(user, workspace):
    begin(sessions.start(user.id, workspace, address=request.remote_addr, agent=request.user_agent.string))
    return leave(url_for("setup.show", step="workspace"))


@bp.route("/sign-up/<token>", methods=["GET", "POST"])
@public
def confirm(token):
    row, form, browser = sign_up.find(token), ConfirmForm(), session.get("sign_up")
    if sign_up.is_from(row, browser):
        del form.password
    if form.validate_on_submit():
        try:
            return _enter(*sign_up.confirm(token, browser=browser, **{"password": "", **form.values()}))
        except Invalid as error:
            form.reject(error)
    return page("onboarding/sign_up_confirm.html", None, 422 if form.errors else 200, form=form, row=row, token=token)
