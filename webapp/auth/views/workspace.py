"""What an owner sets for the workspace, and its handing over and deletion."""

from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.accounts import team, workspaces
from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import joining, recovery
from ..forms.workspace import DeleteForm, TransferByNameForm, TransferForm, TwoFactorForm, WorkspaceForm
from .sign_in import begin_again

bp = Blueprint("workspace", __name__, url_prefix="/settings/workspace")


@bp.route("", methods=["GET", "POST"])
@needs("workspace")
def show():
    workspace = workspaces.get_workspace(current_user.workspace.id)
    form = WorkspaceForm(obj=workspace)
    if form.validate_on_submit():
        try:
            workspaces.change_workspace(workspace, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            return _saved()
    return _page(workspace, form, 422 if form.errors else 200)


def _page(workspace, form, status=200):
    two_factor = TwoFactorForm(data={"required": workspace.requires_two_factor}, formdata=None)
    return page("team/workspace.html", "form", status, form=form, workspace=workspace, two_factor=two_factor)


def _saved():
    flash("All changes saved", "success")
    return leave(url_for("workspace.show"))


@bp.post("/two-factor")
@needs("workspace")
def two_factor():
    try:
        workspaces.require_two_factor(current_user.workspace, TwoFactorForm().required.data, actor=current_user)
    except Invalid as error:
        flash(str(error), "error")
        return leave(url_for("workspace.show"))
    return _saved()


@bp.route("/transfer", methods=["GET", "POST"])
@needs("workspace")
def transfer():
    workspace, form = current_user.workspace, _transfer_form()
    if form.validate_on_submit():
        try:
            joining.transfer_ownership(workspace, form.user_id.data, proof=form.proof.data, actor=current_user)
        except (Conflict, Invalid) as error:
            form.reject(error)
        else:
            begin_again()
            flash(f"{workspace.name} has a new owner. You are a manager now.", "success")
            return leave(url_for("members.index"))
    return page("team/transfer.html", "form", 422 if form.errors else 200, form=form)


def _transfer_form():
    people = [(user.id, user.full_name) for user in team.others(current_user.workspace, current_user.user_id)]
    return (TransferForm if recovery.has_password(current_user.user_id) else TransferByNameForm)(people)


@bp.route("/delete", methods=["GET", "POST"])
@needs("workspace")
def delete():
    workspace, form = current_user.workspace, DeleteForm()
    if form.validate_on_submit():
        try:
            joining.give_up(workspace, typed_name=form.typed_name.data, actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash(f"{workspace.name} is being deleted", "success")
            return leave(url_for("home.index"))
    return page("team/delete.html", "form", 422 if form.errors else 200, form=form)
