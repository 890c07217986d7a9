from zoneinfo import ZoneInfo

from flask import Blueprint
from flask_login import current_user

from webapp.core.clock import now
from webapp.web.guards import needs
from webapp.web.hypermedia import page

from . import queries

bp = Blueprint("home", __name__)


@bp.get("/")
@needs("view")
def index():
    hour = now().astimezone(ZoneInfo(current_user.time_zone)).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return page("home/index.html", overview=queries.overview(current_user), part_of_day=part)
