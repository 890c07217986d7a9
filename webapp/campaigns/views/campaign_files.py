"""The report of a campaign and its recipients as files."""

from flask import Response
from flask_login import current_user

from webapp.core.clock import now
from webapp.leads.exporting import csv_parts
from webapp.leads.views.exports import in_turn
from webapp.web.guards import needs

from .. import exporting, queries
from ..models import RecipientState
from .campaigns import bp
from .reports import typed


def file_of(name, campaign, tables):
    parts = in_turn(csv_parts(tables))
    next(parts)  # takes its turn, or says that it cannot
    name = f"campaign-{campaign.id}-{name}-{now():%Y-%m-%d}.csv"
    return Response(parts, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.get("/campaigns/<int:campaign_id>/report.csv")
@needs("view")
def report_csv(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    return file_of("report", campaign, exporting.report(campaign))


@bp.get("/campaigns/<int:campaign_id>/recipients.csv")
@needs("view")
def recipients_csv(campaign_id):
    campaign, state = queries.get_campaign(current_user, campaign_id), typed("state")
    asked = {"state": RecipientState(state) if state in set(RecipientState) else None, "search": typed("q")}
    return file_of("recipients", campaign, exporting.recipients(current_user._get_current_object(), campaign, **asked))
