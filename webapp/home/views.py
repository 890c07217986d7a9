from zoneinfo import ZoneInfo

from flask import Blueprint

from webapp.core.clock import now
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import page

from . import queries

bp = Blueprint("home", __name__)


@bp.get("/")
@needs("view")
def index():
    member = signed_in_member()
    hour = now().astimezone(ZoneInfo(member.time_zone)).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return page("home/index.html", overview=queries.overview(member), part_of_day=part)
