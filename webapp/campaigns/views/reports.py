"""The list of campaigns, and the page of one."""

from flask import request, url_for
from flask_login import current_user

from webapp.core.paging import decode
from webapp.web.filters import DAYS, day
from webapp.web.guards import needs
from webapp.web.hypermedia import at, leave, page

from .. import happened, listing, numbers, people, queries, standing
from ..models import CampaignState, RecipientState
from .campaigns import bp

STATES = [
    ("draft", "Drafts"), ("sending", "Sending"), ("paused", "Paused"), ("completed", "Completed"),
    ("stopped", "Stopped"),
]  # fmt: skip


def typed(name):
    return request.args.get(name, "").replace("\0", "")[:255].strip()


@bp.get("/campaigns")
@needs("view")
def index():
    archived, state, q = typed("state") == "archived", typed("state"), typed("q")
    wanted = CampaignState(state) if state in set(CampaignState) else None
    asked = {"state": wanted, "archived": archived, "search": q, "cursor": request.args.get("page")}
    campaigns, rows = listing.listed(current_user._get_current_object(), **asked)
    shown = {"state": state if archived or wanted else None, "q": q or None}
    return page("campaigns/index.html", "listed", campaigns=campaigns, rows=rows, shown=shown, states=STATES)


@bp.get("/campaigns/<int:campaign_id>")
@needs("view")
def show(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is CampaignState.DRAFT and current_user.can("write"):
        return leave(url_for("campaigns.edit", campaign_id=campaign_id))
    told = report(campaign)
    asked = {"state": told["state"], "q": told["search"] or None, "page": told["cursor"]}
    here = url_for("campaigns.show", campaign_id=campaign_id, **asked)
    return at(here, page("campaigns/show.html", "changed", **told))


def report(campaign):
    """What the page of a campaign shows, its recipients as the address asks."""
    member = current_user._get_current_object()
    state, search = typed("state"), typed("q")
    state = RecipientState(state) if state in set(RecipientState) else None
    cursor = request.args.get("page")
    cursor = cursor if decode(cursor)[0] else None
    stands = standing.standing(member, campaign)
    return {
        "campaign": campaign,
        "stands": stands,
        "days": tuple(named(one.date) for one in stands.days),
        "state": state and state.value,
        "search": search,
        "cursor": cursor,
        "people": people.recipients(member, campaign, state=state, search=search, cursor=cursor),
        "unknown": queries.unknown(member, campaign) if campaign.unknown else [],
        "happened": happened.happenings(member, campaign),
    }


def named(date):
    """What a day of the chart is called: (short, long)."""
    return f"{DAYS[date.weekday()][:3]} {date.day}", day(standing.noon(date))


@bp.get("/campaigns/<int:campaign_id>/numbers")
@needs("view")
def by_kind(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    return page("campaigns/numbers.html", "numbers", campaign=campaign, numbers=numbers.numbers(campaign))
