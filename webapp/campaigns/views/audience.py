"""Who gets a campaign and who does not, with the reasons."""

from types import SimpleNamespace

from flask import request
from flask_login import current_user

from webapp.leads.views.saved_views import views_of
from webapp.web.guards import needs
from webapp.web.hypermedia import page

from .. import audience, left_out, queries
from .campaigns import bp


@bp.context_processor
def around_audiences():
    return {"views_to_choose": lambda: views_of(current_user), "asked_of": asked_of}


def asked_of(said):
    """What an audience's view or filter asks for: `search` and `chips`."""
    search, chips = audience.told(current_user, said)
    return SimpleNamespace(search=search, chips=chips)


@bp.get("/campaigns/<int:campaign_id>/audience", endpoint="audience")
@needs("view")
def index(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    count = left_out.count(current_user, campaign)
    why = request.args.get("why", "")
    why = why if why in count.left_out else ""
    people = left_out.people(current_user, campaign, why, cursor=request.args.get("page"))
    asked = asked_of(campaign.whom)
    return page(
        "campaigns/audience.html", "people", campaign=campaign, count=count, why=why, people=people, asked=asked
    )
