"""Every workspace of this installation: who is in it and how much, not what."""

from flask import Blueprint, request

from webapp.web.guards import site_admin
from webapp.web.hypermedia import page

from .. import queries

bp = Blueprint("admin_workspaces", __name__, url_prefix="/admin/workspaces")


@bp.get("")
@site_admin
def index():
    search = request.args.get("q", "")
    found = queries.workspaces(search=search, cursor=request.args.get("page"))
    return page("admin/workspaces.html", found=found, search=search)


@bp.get("/<int:place_id>")
@site_admin
def show(place_id):
    workspace = queries.get_workspace(place_id)
    members = queries.members(workspace, cursor=request.args.get("page"))
    return page("admin/workspace.html", workspace=workspace, members=members)
