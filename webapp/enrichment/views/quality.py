"""How well enrichment does, by field, by stage and over time."""

from datetime import timedelta

from flask import request
from flask_login import current_user

from webapp.core.clock import now
from webapp.web.filters import MONTHS
from webapp.web.guards import needs
from webapp.web.hypermedia import page

from .. import quality
from .shared import bp

SPANS = {30: "30 days", 90: "90 days", 365: "A year"}
NAMED = 8  # of the days or weeks of the chart, so that their names do not touch


@bp.get("/quality")
@needs("view")
def how_well():
    asked = request.args.get("days", type=int)
    days = asked if asked in SPANS else 30
    found = quality.coverage(current_user.workspace.id, now().date() - timedelta(days=days - 1))
    names = [(short(line.name, at, len(found.times)), line.label) for at, line in enumerate(found.times)]
    return page("enrichment/quality.html", found=found, names=names, days=days, spans=SPANS)


def short(date, at, count):
    """What stands below the chart: the day for every few of them, else nothing."""
    return "" if at % max(1, -(-count // NAMED)) else f"{date.day} {MONTHS[date.month - 1][:3]}"
