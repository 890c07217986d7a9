from zoneinfo import ZoneInfo

from flask import Blueprint

from webapp.core.clock import now
from webapp.onboarding.sample_data import offered_to
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
    told = {"part_of_day": part, "may_remove_sample": offered_to(member)}
    return page("home/index.html", overview=queries.overview(member), **told)
