"""Signing in, signing up and linking with Google.

Starting to sign in is a GET: it writes nothing but this browser's own cookie, and whoever sends a browser there wins
nothing, since only this browser can bring the answer back. Starting to link is a POST with a CSRF token: sent there by
a foreign page, a browser with somebody else's Google session would let them in for good. Its answer is a page that
moves on by itself: by `form-action 'self'` a form may not be redirected to Google, and opening that for Google would
not do, for Google itself sends people on to whoever signs them in at their company.

The callback is a GET that writes, as OpenID Connect has it: without an answer to this browser's own question it does
nothing.
"""

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_login import current_user

from webapp.core.errors import AppError
from webapp.web.guards import own_path, public, signed_in
from webapp.web.hypermedia import leave, page

from .. import google
from ..entering import enter
from ..refusals import Away, Refused
from .sign_in import begin_or_ask

bp = Blueprint("google", __name__, url_prefix="/auth/google")
LONGEST = 1000  # characters of `next`: a cookie has room for 4096 bytes


@bp.app_template_global("google_linked")
def google_linked():
    """The Google account of whose page it is, or None."""
    return google.linked(current_user.user_id)


@bp.get("")
@public
def start():
    onward = own_path(request.args.get("next", "")[:LONGEST])
    if current_user.is_authenticated:
        return redirect(onward or url_for("home.index"))
    try:
        return redirect(_ask(next=onward))
    except Away as error:
        return _refused(error, onward)


@bp.post("/link")
@signed_in
def link():
    try:
        url = _ask(linker=current_user.user_id)
    except Away as error:
        return _refused(error)
    purpose = "There you choose the account to sign in with here."
    return page("shared/provider_leave.html", url=url, purpose=purpose, provider="Google")


def _ask(**kept):
    url, asked = google.ask()
    session["google"] = asked | kept
    return url


@bp.get("/callback")
@public
def callback():
    asked = session.pop("google", None) or {}
    try:
        identity = google.answered(request.args, asked, address=request.remote_addr)
        if "linker" in asked:
            return _linked(identity, asked["linker"])
        user = google.user_of(identity, _invitation(asked["next"]))
        entered = enter(user, address=request.remote_addr, agent=request.user_agent.string)
    except AppError as error:
        return _refused(error, asked.get("next"))
    first = url_for("setup.show", step="workspace") if user.last_login_at is None else None
    return begin_or_ask(entered, asked["next"] or first)


def _invitation(onward):
    """The token of the invitation that somebody came by, or nothing."""
    before, _, token = (onward or "").partition("/invitations/")
    return "" if before else token


def _linked(identity, linker):
    if not current_user.is_authenticated or current_user.user_id != linker:
        raise Refused(google.STALE)
    google.link(current_user, identity)
    flash(f"{identity.email} is linked. You can sign in with Google from now on.", "success")
    return redirect(url_for("profile.show"))


def _refused(error, onward=None):
    if current_user.is_authenticated:
        flash(str(error), "error")
        return redirect(url_for("profile.show"))
    return page("auth/google_refused.html", status=error.status, error=error, onward=onward)


@bp.post("/unlink")
@signed_in
def unlink():
    google.unlink(current_user)
    flash("Google is unlinked. Sign in with your e-mail and password from now on.", "success")
    return leave(url_for("profile.show"))
