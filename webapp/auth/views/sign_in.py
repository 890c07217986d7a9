"""Signing in and out, and the theme."""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user

from webapp.core.errors import Invalid
from webapp.web.guards import own_path, public, signed_in
from webapp.web.hypermedia import leave, page, stay
from webapp.web.shell import renew_csrf_token

from .. import entering, sessions
from ..forms.sign_in import SignInForm, ThemeForm

bp = Blueprint("auth", __name__)
HALF_WAY = "half_way"  # in the cookie: the token of a sign-in that still needs its code


def begin(token, remembered=False):
    """Put the session of `token` into this browser: what was there before is dropped, its CSRF token too.

    The cookie of a remembered session outlasts the browser's window.
    """
    _empty()
    session.permanent = remembered
    login_user(sessions.member_for(token))
    renew_csrf_token()


def begin_again():
    """Give this browser's session a new id and a new CSRF token, after its person's own privileges changed."""
    begin(sessions.renew(current_user), session.permanent)


def begin_or_ask(entered, next=None):
    """The answer to a proven first factor (entering.Entered): on to `next` or Home, or first to the code."""
    if entered.needs_code:
        _empty()
        session[HALF_WAY] = entered.token
        return leave(url_for("second_factor.ask", next=own_path(next)))
    begin(entered.token, entered.remembered)
    return leave(own_path(next) or url_for("home.index"))


def _empty():
    """Drop all that this browser's cookie holds, and end the session it named, if that is still there."""
    if old := session.get("_user_id"):
        sessions.end_named(old)
    session.clear()


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            entered = entering.sign_in(
                form.email.data,
                form.password.data,
                address=request.remote_addr,
                agent=request.user_agent.string,
                remembered=form.remembered.data,
            )
            return begin_or_ask(entered, form.next.data)
        except Invalid as error:
            form.reject(error)
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
