from flask import Blueprint, flash, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave

from .. import audience, launching, queries

bp = Blueprint("campaigns", __name__)


@bp.app_context_processor
def shared():
    return {"describe_audience": audience.describe, "steers": queries.steers}


@bp.post("/campaigns/<int:campaign_id>/start")
@needs("write")
def start(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    try:
        launching.start(campaign, actor=current_user)
    except Invalid as error:
        flash(str(error), "error")
        return leave(url_for("campaigns.edit", campaign_id=campaign_id))
    except Conflict as error:
        flash(str(error), "info")
    return leave(url_for("campaigns.show", campaign_id=campaign_id))
