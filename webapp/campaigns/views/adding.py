"""From the list of leads into a campaign: which one, and adding them."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.leads import bulk_running
from webapp.leads.list_models import BulkState
from webapp.leads.views.bulk import begun, choosing, picked_leads
from webapp.web.guards import needs
from webapp.web.hypermedia import leave
from webapp.web.ids import row_id

from .. import adding, queries
from .campaigns import bp


@bp.get("/campaigns/choose")
@needs("write")
def choose():
    """Which campaign the ticked leads, or all of a view, are added to."""
    return choosing("campaigns/choose.html", campaigns=adding.open_campaigns(current_user))


@bp.post("/campaigns/choose")
@needs("write")
def add_leads():
    member, picked = current_user._get_current_object(), picked_leads()
    campaign = chosen_campaign(member)
    data = {"campaign": campaign.id, "words": f"added to {campaign.name}"}
    action = bulk_running.begin(member, "campaign", data, picked.chosen, picked.ids)
    if request.form.get("campaign") == "new" and action.state is BulkState.DONE:
        flash("Write what they get. Nothing leaves before you start it.", "info")
        return leave(url_for("campaigns.edit", campaign_id=campaign.id))
    return begun(action, picked)


def chosen_campaign(member):
    """The campaign that the form names, or a new draft. Raises Invalid, NotFound, Conflict."""
    if request.form.get("campaign") == "new":
        return adding.new_draft(member)
    campaign_id = request.form.get("campaign", type=row_id)
    if campaign_id is None:
        raise Invalid("Choose a campaign first.")
    campaign = queries.get_campaign(member, campaign_id)
    adding.check_takes_leads(campaign)
    return campaign
