"""What a member does about a campaign: pause, resume, clone, archive, choose a version, decide about unknown mails."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts
from webapp.web.ids import row_id

from .. import archiving, cloning, launching, queries, winning
from ..models import CampaignState
from .campaigns import bp
from .reports import report


def _campaign(campaign_id):
    return queries.get_campaign(current_user, campaign_id)


def _changed(campaign_id):
    """The page of the campaign as it is now; the list, when that is where it was asked for."""
    if request.form.get("at") == "list":
        return leave(url_for("campaigns.index"))
    back = url_for("campaigns.show", campaign_id=campaign_id)
    return parts("campaigns/changed.parts.html", back, **report(_campaign(campaign_id)))


@bp.post("/campaigns/<int:campaign_id>/pause")
@needs("write")
def pause(campaign_id):
    launching.pause(_campaign(campaign_id), actor=current_user)
    return _changed(campaign_id)


@bp.post("/campaigns/<int:campaign_id>/resume")
@needs("write")
def resume(campaign_id):
    launching.resume(_campaign(campaign_id), actor=current_user)
    return _changed(campaign_id)


@bp.get("/campaigns/<int:campaign_id>/stop")
@needs("write")
def confirm_stop(campaign_id):
    campaign = _campaign(campaign_id)
    if campaign.state not in (CampaignState.SENDING, CampaignState.PAUSED):
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    return page("campaigns/stop.html", campaign=campaign)


@bp.post("/campaigns/<int:campaign_id>/stop")
@needs("write")
def stop(campaign_id):
    campaign = _campaign(campaign_id)
    launching.stop(campaign, actor=current_user)
    flash(f"{campaign.name} is stopped for good.", "success")
    return leave(url_for("campaigns.show", campaign_id=campaign_id))


@bp.post("/campaigns/<int:campaign_id>/clone")
@needs("write")
def clone(campaign_id):
    made = cloning.clone(_campaign(campaign_id), actor=current_user)
    flash("This is the copy. Nothing leaves before you start it.", "success")
    return leave(url_for("campaigns.edit", campaign_id=made.id))


@bp.post("/campaigns/<int:campaign_id>/archive")
@needs("write")
def archive(campaign_id):
    campaign = _campaign(campaign_id)
    archiving.archive(campaign, actor=current_user)
    flash(f"{campaign.name} is archived. Its report stays.", "success")
    return leave(url_for("campaigns.index"))


@bp.post("/campaigns/<int:campaign_id>/unarchive")
@needs("write")
def unarchive(campaign_id):
    campaign = _campaign(campaign_id)
    archiving.unarchive(campaign, actor=current_user)
    flash(f"{campaign.name} is back on the list.", "success")
    return leave(url_for("campaigns.index"))


@bp.post("/campaigns/<int:campaign_id>/version")
@needs("write")
def use_only(campaign_id):
    campaign, letter = _campaign(campaign_id), request.form.get("letter", "")[:5]
    winning.use_only(campaign, request.form.get("step", type=row_id), letter, actor=current_user)
    flash(f"From now on everybody gets version {letter}.", "success")
    return leave(url_for("campaigns.show", campaign_id=campaign_id))


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
