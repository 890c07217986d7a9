"""Signing in and out, and the theme."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user

from webapp.core.errors import Invalid
from webapp.web.guards import own_path, public, signed_in
from webapp.web.hypermedia import leave, page, stay
from webapp.web.shell import renew_csrf_token

from .. import sessions
from ..forms.sign_in import SignInForm, ThemeForm

bp = Blueprint("auth", __name__)


def begin(token):
    """Put a fresh session into this browser: what was in its cookie before is dropped, its CSRF token too."""
    session.clear()
    login_user(sessions.member_for(token))
    renew_csrf_token()


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            token = sessions.sign_in(
                form.email.data, form.password.data, address=request.remote_addr, agent=request.user_agent.string
            )
        except Invalid as error:
            form.reject(error)
        else:
            begin(token)
            return leave(own_path(form.next.data) or url_for("home.index"))
    return page("auth/sign_in.html", "form", 422 if form.errors else 200, form=form)


@bp.post("/sign-out")
@signed_in
def sign_out():
    sessions.end(current_user.session_id)
    logout_user()
    session.clear()
    flash("You are signed out.", "success")
    return leave(url_for("auth.sign_in"))


@bp.post("/theme")
@signed_in
def theme():
    form = ThemeForm()
    if not form.validate():
        raise Invalid("Choose light, dark or system.", "theme")
    sessions.set_theme(current_user, form.theme.data)
    return stay(url_for("home.index"))
