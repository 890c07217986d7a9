from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from webapp.core.clock import now
from webapp.inbox.to_answer import SHOWN
from webapp.inbox.troubles import troubles
from webapp.onboarding.sample_data import offered_to
from webapp.web.filters import DAYS, day
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import page
from webapp.web.shell import beside_pages

from . import queries

bp = Blueprint("home", __name__)


@bp.get("/")
@needs("view")
def index():
    member = signed_in_member()
    hour = now().astimezone(ZoneInfo(member.time_zone)).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    overview = queries.overview(member, request.args.get("whose", ""))
    told = {"part_of_day": part, "may_remove_sample": offered_to(member), "days": named(overview.figures.days)}
    wrong = troubles(member) if beside_pages(member).unwell else ()
    return page("home/index.html", overview=overview, troubles=wrong, most_replies=SHOWN, **told)


def named(days):
    """What each day of a chart is called: (short, long) pairs."""
    moments = [datetime.combine(one.date, time(12), ZoneInfo("UTC")) for one in days]
    return tuple((f"{DAYS[moment.weekday()][:3]} {moment.day}", day(moment)) for moment in moments)
