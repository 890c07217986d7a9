from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.core.paging import decode
from webapp.mail.queries import opened
from webapp.mail.views.outbox import frame
from webapp.web.guards import needs
from webapp.web.hypermedia import at, leave, page, parts

from .. import audience, launching, queries
from ..models import CampaignState, DeliveryState, RecipientState

bp = Blueprint("campaigns", __name__)


@bp.app_context_processor
def shared():
    return {"describe_audience": audience.describe, "steers": queries.steers}


@bp.get("/campaigns")
@needs("view")
def index():
    campaigns = queries.campaigns(current_user, cursor=request.args.get("page"))
    return page("campaigns/index.html", campaigns=campaigns)


# ----------------------------------------------------------------- sending


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


@bp.get("/campaigns/<int:campaign_id>")
@needs("view")
def show(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is CampaignState.DRAFT and current_user.can("write"):
        return leave(url_for("campaigns.edit", campaign_id=campaign_id))
    report = _report(campaign)
    here = url_for("campaigns.show", campaign_id=campaign_id, state=report["state"], page=report["cursor"])
    return at(here, page("campaigns/show.html", "changed", **report))


def _report(campaign):
    state = request.args.get("state", "")
    state = RecipientState(state) if state in set(RecipientState) else None
    cursor = request.args.get("page")
    cursor = cursor if decode(cursor)[0] else None
    return {
        "campaign": campaign,
        "state": state,
        "cursor": cursor,
        "people": queries.recipients(current_user, campaign, state=state, cursor=cursor),
        "unknown": queries.unknown(current_user, campaign) if campaign.unknown else [],
    }


@bp.post("/campaigns/<int:campaign_id>/pause")
@needs("write")
def pause(campaign_id):
    launching.pause(queries.get_campaign(current_user, campaign_id), actor=current_user)
    return _changed(campaign_id)


@bp.post("/campaigns/<int:campaign_id>/resume")
@needs("write")
def resume(campaign_id):
    launching.resume(queries.get_campaign(current_user, campaign_id))
    return _changed(campaign_id)


def _changed(campaign_id):
    back = url_for("campaigns.show", campaign_id=campaign_id)
    return parts("campaigns/changed.parts.html", back, **_report(queries.get_campaign(current_user, campaign_id)))


@bp.post("/mail-log/<int:delivery_id>/arrived")
@needs("write")
def arrived(delivery_id):
    delivery = queries.get_undecided(current_user, delivery_id)
    launching.arrived(delivery)
    flash(f"The mail to {delivery.email} counts as sent.", "success")
    return _changed(delivery.campaign_id)


@bp.post("/mail-log/<int:delivery_id>/again")
@needs("write")
def again(delivery_id):
    delivery = queries.get_undecided(current_user, delivery_id)
    launching.send_again(delivery)
    flash(f"The mail to {delivery.email} goes out once more.", "success")
    return _changed(delivery.campaign_id)


# --------------------------------------------------------------- mail log


@bp.get("/mail-log")
@needs("view")
def mail_log():
    state, search = request.args.get("state", ""), request.args.get("q", "").replace("\0", "")[:255]
    state = DeliveryState(state) if state in set(DeliveryState) else None
    mails = queries.mail_log(current_user, state=state, search=search, cursor=request.args.get("page"))
    return page("campaigns/mail_log.html", mails=mails, state=state, search=search)


@bp.get("/mail-log/<int:delivery_id>")
@needs("view")
def delivery(delivery_id):
    mail = queries.get_delivery(current_user, delivery_id)
    return page("campaigns/delivery.html", mail=mail, opened=opened(mail.raw))


@bp.get("/mail-log/<int:delivery_id>/html")
@needs("view")
def delivery_html(delivery_id):
    return frame(opened(queries.get_delivery(current_user, delivery_id).raw).html)
