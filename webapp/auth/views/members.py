"""Who is in the workspace, as what."""

from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.accounts import invitations, team
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import joining, queries
from ..forms.members import REACHES, ROLES, ReachForm, RemoveForm, RoleForm
from .sign_in import begin_again

bp = Blueprint("members", __name__, url_prefix="/settings/members")


@bp.get("")
@needs("view")
def index():
    return page("team/members.html", **_team())


def _team():
    """What the table of members needs, and of invitations for those who may invite: others need no addresses."""
    waiting = invitations.waiting(current_user.workspace) if current_user.can("invite") else []
    return {
        "people": queries.team(current_user.workspace),
        "waiting": waiting,
        "handled": invitations.those_of(current_user, waiting),
        "roles": ROLES,
        "reaches": REACHES,
        "moment": now(),
    }


@bp.post("/<int:member_id>/role")
@needs("members")
def set_role(member_id):
    membership, form = _membership(member_id), RoleForm()
    if not form.validate():
        raise Invalid("Choose one of the roles.", "role")
    try:
        team.set_role(current_user.workspace, member_id, form.role.data, actor=current_user)
    except Conflict as error:
        flash(str(error), "error")
        return _changed(409)
    if member_id == current_user.user_id:
        begin_again()
        return leave(url_for("members.index"))
    flash(f"{membership.user.full_name}: {form.role.data} now", "success")
    return _changed(200)


def _membership(member_id):
    return team.get_membership(current_user.workspace, member_id)


def _changed(status):
    answer = parts("team/members.parts.html", url_for("members.index"), **_team())
    if answer.status_code == 200:
        answer.status_code = status
    return answer


@bp.route("/<int:member_id>/reach", methods=["GET", "POST"])
@needs("members")
def reach(member_id):
    membership = _membership(member_id)
    form = ReachForm(data={"reach": membership.reach})
    if form.validate_on_submit():
        team.set_reach(current_user.workspace, member_id, form.reach.data, actor=current_user)
        flash("All changes saved", "success")
        return leave(url_for("members.index"))
    return page("team/reach.html", "form", 422 if form.errors else 200, form=form, person=membership.user)


@bp.post("/<int:member_id>/password-link")
@needs("members")
def password_link(member_id):
    membership = _membership(member_id)
    joining.send_password_link(membership, actor=current_user)
    flash(f"A link to choose a new password is on its way to {membership.user.email}", "success")
    return leave(url_for("members.index"))


@bp.route("/<int:member_id>/remove", methods=["GET", "POST"])
@needs("members")
def remove(member_id):
    person = _membership(member_id).user
    return _goodbye(person, "team/remove.html", url_for("members.index"), f"{person.full_name} is removed")


@bp.route("/leave", methods=["GET", "POST"])
@needs("view")
def leave_workspace():
    person = _membership(current_user.user_id).user
    return _goodbye(person, "team/leave.html", url_for("home.index"), f"You left {current_user.workspace.name}")


def _goodbye(person, template, onward, sentence):
    """Ask who gets the leads of `person`, then take them out of the workspace."""
    workspace = current_user.workspace
    form = RemoveForm([(user.id, user.full_name) for user in team.possible_heirs(workspace, person.id)])
    if form.validate_on_submit():
        try:
            joining.remove_member(workspace, person.id, actor=current_user, heir_id=form.heir.data)
        except (Conflict, Invalid) as error:
            form.reject(error)
        else:
            flash(sentence, "success")
            return leave(onward)
    return page(template, "form", 422 if form.errors else 200, form=form, person=person)
