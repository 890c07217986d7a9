from flask import Blueprint, redirect, url_for

from webapp.web.guards import site_admin

bp = Blueprint("admin", __name__)


@bp.get("/admin")
@site_admin
def index():
    return redirect(url_for("admin_users.index"))
