"""The link of a mail that proves an address. Looking changes nothing, for scanners open links: a button does it."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user

from webapp.core.errors import NotFound
from webapp.web.guards import public, signed_in
from webapp.web.hypermedia import leave, page

from .. import verification

bp = Blueprint("verification", __name__)


@bp.errorhandler(NotFound)
def gone(error):
    return page("auth/verify_gone.html", status=404, message=str(error))


@bp.route("/verify/<token>", methods=["GET", "POST"])
@public
def show(token):
    user_id = current_user.user_id if current_user.is_authenticated else None
    if request.method == "POST":
        email = verification.verify(token, user_id=user_id, address=request.remote_addr)
        flash(f"{email} is confirmed.", "success")
        return redirect(url_for("home.index"), 303)
    row = verification.find(token)
    changes = verification.changes_address(row)
    return page("auth/verify.html", row=row, token=token, changes=changes, theirs=user_id == row.user_id)


@bp.post("/settings/verify")
@signed_in
def send():
    verification.ask_to_verify(current_user, address=request.remote_addr)
    flash(f"A mail with a link is on its way to {current_user.email}.", "success")
    return leave(url_for("profile.show"))
