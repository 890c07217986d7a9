from flask import flash, request, url_for
from flask_login import current_user

from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.web.filters import clock_time
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import leave, page

from .. import bulk, listing, merging, queries
from ..details import OTHERS, details
from ..local_time import zone_of
from ..score_reading import score_of
from ..timeline import FILTERS, timeline
from .saved_views import views_of
from .shared import bp, chosen_filter, flash_restored, lead_address, list_address

NAMED = 5  # leads at the same company that the page names
PANELS = ("note", "call", "mail", "todo")


@bp.get("/<int:lead_id>")
@needs("view")
def show(lead_id):
    chosen = chosen_filter()
    try:
        lead = queries.get_lead(current_user, lead_id)
    except NotFound:
        if kept := merging.merged_into(current_user, lead_id):
            return leave(lead_address(kept, chosen))
        raise
    before, after = listing.neighbours(current_user, lead, chosen)
    around = {"before": before, "after": after, "came_from": list_name(lead, chosen)}
    return page("leads/show.html", "activity", **around, **lead_context(lead, chosen))


def list_name(lead, chosen):
    """What to call the list that `lead` was opened from; "" for all leads."""
    if not chosen.is_narrow:
        return ""
    view = next((view.name for view in views_of(current_user) if view.id == chosen.view), "")
    center = lead.center.name if chosen.center and chosen.center == lead.center_id else ""
    said = (chosen.stage and chosen.stage.label, center, chosen.search and f"“{chosen.search}”")
    return view or ", ".join(filter(None, said)) or "a filter"


def others_named(lead, others):
    """Of the leads at the same company those that the page names, how many there are, and where all are."""
    count = f"over {OTHERS}" if len(others) > OTHERS else len(others)
    url = url_for("leads.index", q=lead.company or lead.domain) if len(others) > NAMED else ""
    return {"others": others[:NAMED], "others_count": count, "others_url": url}


def scored(member, lead, known):
    """The score of the lead with its reasons, and whether the member may change what it comes from."""
    fields = [fact.field for fact in known.custom]
    return {"score": score_of(member, lead, known.rules, fields), "may_rule": member.can("workspace")}


def lead_context(lead, chosen, compose="note"):
    """What the parts of a lead's page show: whatever its values are, they are among those of kept_page()."""
    member, only = signed_in_member(), request.values.get("activity", "all")
    only = only if only in FILTERS else "all"
    entries = timeline(member, lead, only=only, cursor=request.args.get("entries"))
    asked = request.args.get("compose", compose)
    known = details(member, lead)
    return {
        "lead": lead,
        "chosen": chosen,
        "only": only,
        "entries": entries,
        **known._asdict(),
        **others_named(lead, known.others),
        **scored(member, lead, known),
        "list_url": list_address(chosen),
        "me": member.user_id,
        "compose": asked if asked in PANELS else compose,
        "opens": member.reach is Reach.ALL,  # the campaigns and imports that the timeline names
        "their_time": clock_time(now(), zone) if (zone := zone_of(lead.country, lead.city)) else "",
    }


@bp.post("/<int:lead_id>/delete")
@needs("write")
def delete(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    bulk.delete_leads(current_user, [lead.id])
    url = url_for("leads.restore", lead_id=lead.id) + chosen.query()
    flash({"text": f"{lead.name} deleted", "action": "Undo", "url": url}, "success")
    return leave(list_address(chosen))


@bp.post("/<int:lead_id>/restore")
@needs("write")
def restore(lead_id):
    restored, refused = bulk.restore_leads(current_user, [lead_id])
    if not restored and not refused:
        raise NotFound("That lead is not in the bin.")
    flash_restored(restored, refused)
    chosen = chosen_filter()
    return leave(lead_address(lead_id, chosen) if restored else list_address(chosen))
