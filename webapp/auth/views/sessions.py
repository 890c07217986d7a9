"""Where one is signed in."""

from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.web.filters import plural
from webapp.web.guards import signed_in
from webapp.web.hypermedia import page, parts

from .. import sessions
from ..agents import device

bp = Blueprint("sessions", __name__, url_prefix="/settings/sessions")


@bp.get("")
@signed_in
def index():
    return page("auth/sessions.html", rows=_rows())


@bp.post("/<int:session_id>/revoke")
@signed_in
def revoke(session_id):
    sessions.revoke(current_user, session_id)
    flash("That browser is signed out.", "success")
    return _changed()


@bp.post("/revoke-others")
@signed_in
def revoke_others():
    count = sessions.end_others(current_user)
    flash(f"{plural(count, 'other browser')} signed out." if count else "You were signed in nowhere else.", "success")
    return _changed()


def _changed():
    return parts("auth/sessions.parts.html", url_for(".index"), rows=_rows())


def _rows():
    return [(row, device(row.agent)) for row in sessions.open_sessions(current_user)]
