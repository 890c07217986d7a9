"""Deleting one's account, and the page that says goodbye."""

from flask import Blueprint, redirect, session, url_for
from flask_login import current_user, logout_user

from webapp.auth import deleting
from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import public, signed_in
from webapp.web.hypermedia import leave, page

from ..forms.leaving import LeaveForm, LeaveWithProofForm
from ..leaving import lead_counts

bp = Blueprint("leaving", __name__)


@bp.route("/settings/profile/delete", methods=["GET", "POST"])
@signed_in
def show():
    form = LeaveWithProofForm() if deleting.needs_proof(current_user) else LeaveForm()
    if form.validate_on_submit():
        try:
            deleting.delete_account(current_user, **{"proof": "", **form.values()})
        except (Invalid, Conflict) as error:
            form.reject(error)
        else:
            logout_user()
            session.clear()
            return leave(url_for("leaving.goodbye"))
    bound = deleting.leaving(current_user)
    counts = lead_counts(bound.alone)
    return page("onboarding/leaving.html", "form", 422 if form.errors else 200, form=form, bound=bound, counts=counts)


@bp.get("/goodbye")
@public
def goodbye():
    if current_user.is_authenticated:
        return redirect(url_for("home.index"))
    return page("onboarding/goodbye.html")
