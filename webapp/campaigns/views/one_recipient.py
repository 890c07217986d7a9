"""One lead in a campaign: its steps wait, go on, or come to an end."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.web.guards import needs
from webapp.web.hypermedia import parts

from .. import people, queries, sequencing
from .campaigns import bp
from .reports import report


def _found(campaign_id, recipient_id):
    member = current_user._get_current_object()
    return people.get_recipient(member, queries.get_campaign(member, campaign_id), recipient_id)


def _changed(campaign_id):
    """The page of the campaign, narrowed as it was."""
    asked = {name: request.args[name] for name in ("state", "q", "page") if request.args.get(name)}
    back = url_for("campaigns.show", campaign_id=campaign_id, **asked)
    return parts("campaigns/changed.parts.html", back, **report(queries.get_campaign(current_user, campaign_id)))


@bp.post("/campaigns/<int:campaign_id>/recipients/<int:recipient_id>/pause")
@needs("write")
def pause_recipient(campaign_id, recipient_id):
    sequencing.pause_recipient(_found(campaign_id, recipient_id), actor=current_user)
    flash("This lead gets nothing until you resume it.", "success")
    return _changed(campaign_id)


@bp.post("/campaigns/<int:campaign_id>/recipients/<int:recipient_id>/resume")
@needs("write")
def resume_recipient(campaign_id, recipient_id):
    sequencing.resume_recipient(_found(campaign_id, recipient_id))
    flash("This lead gets what is still to come.", "success")
    return _changed(campaign_id)


@bp.post("/campaigns/<int:campaign_id>/recipients/<int:recipient_id>/remove")
@needs("write")
def remove_recipient(campaign_id, recipient_id):
    sequencing.remove_recipient(_found(campaign_id, recipient_id), actor=current_user)
    flash("This lead gets nothing more from the campaign.", "success")
    return _changed(campaign_id)
