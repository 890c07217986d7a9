"""The audit log, read only."""

from flask import Blueprint, request

from webapp.web.guards import site_admin
from webapp.web.hypermedia import page

from .. import audit

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")


@bp.get("")
@site_admin
def index():
    chosen = {name: request.args.get(name, "") for name in ("actor", "action", "workspace")}
    found = audit.entries(**chosen, cursor=request.args.get("page"))
    told = {"sentence": audit.sentence, "details": audit.details, "actions": audit.ACTIONS}
    return page("admin/audit.html", found=found, chosen=chosen, **told)
