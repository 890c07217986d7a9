"""Which workspace this browser works in."""

from flask import Blueprint, request, url_for
from flask_login import current_user

from webapp.web.guards import signed_in
from webapp.web.hypermedia import leave
from webapp.web.ids import row_id

from .. import sessions

bp = Blueprint("workspaces", __name__, url_prefix="/workspaces")


@bp.post("/switch")
@signed_in
def switch():
    sessions.switch_workspace(current_user, request.form.get("workspace_id", type=row_id))
    return leave(url_for("home.index"))
