"""Everybody who has an account here."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.web.guards import site_admin
from webapp.web.hypermedia import leave, page

from .. import people, queries

bp = Blueprint("admin_users", __name__, url_prefix="/admin/users")


@bp.get("")
@site_admin
def index():
    chosen = {"search": request.args.get("q", ""), "only": request.args.get("only", "")}
    found = queries.users(**chosen, cursor=request.args.get("page"))
    return page("admin/users.html", found=found, **chosen)


@bp.get("/<int:account_id>")
@site_admin
def show(account_id):
    user = queries.get_user(account_id)
    return page("admin/user.html", user=user, places=queries.places_of(user))


def act(account_id, verb, sentence):
    """Do `verb` to the account, say `sentence`, and show the account as it is now."""
    user = queries.get_user(account_id)
    verb(user, actor=current_user, address=request.remote_addr or "")
    flash(sentence.format(user.full_name), "success")
    return leave(url_for("admin_users.show", account_id=user.id))


@bp.post("/<int:account_id>/deactivate")
@site_admin
def deactivate(account_id):
    return act(account_id, people.deactivate, "{} is signed out and cannot sign in any more.")


@bp.post("/<int:account_id>/reactivate")
@site_admin
def reactivate(account_id):
    return act(account_id, people.reactivate, "{} can sign in again.")


@bp.post("/<int:account_id>/sign-out")
@site_admin
def end_sessions(account_id):
    return act(account_id, people.end_sessions, "{} is signed out everywhere.")


@bp.post("/<int:account_id>/admin")
@site_admin
def make_admin(account_id):
    return act(account_id, people.make_admin, "{} is a site admin from the next sign-in on.")


@bp.post("/<int:account_id>/no-admin")
@site_admin
def unmake_admin(account_id):
    return act(account_id, people.unmake_admin, "{} is no site admin any more.")


@bp.post("/<int:account_id>/password-link")
@site_admin
def send_password_link(account_id):
    return act(account_id, people.send_password_link, "A link to set a password is on its way to {}.")


@bp.post("/<int:account_id>/two-factor-off")
@site_admin
def switch_off_two_factor(account_id):
    return act(account_id, people.switch_off_two_factor, "{} signs in with the password alone now, and is told so.")
