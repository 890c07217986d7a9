"""Which workspace this browser works in, and making another one."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.web.guards import signed_in
from webapp.web.hypermedia import leave, page
from webapp.web.ids import row_id

from .. import joining, sessions
from ..forms.workspace import NewWorkspaceForm
from .sign_in import begin_again

bp = Blueprint("workspaces", __name__, url_prefix="/workspaces")


@bp.post("/switch")
@signed_in
def switch():
    """Pages of the former workspace that are still open in other tabs can send nothing any more: it would land here."""
    sessions.switch_workspace(current_user, request.form.get("workspace_id", type=row_id))
    begin_again()
    return leave(url_for("home.index"))


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def new():
    """Also where somebody lands who is in no workspace."""
    form = NewWorkspaceForm()
    if form.validate_on_submit():
        workspace = joining.start_workspace(form.name.data, time_zone=form.time_zone.data, actor=current_user)
        begin_again()
        flash(f"{workspace.name} is yours", "success")
        return leave(url_for("home.index"))
    return page("team/new_workspace.html", "form", 422 if form.errors else 200, form=form)
