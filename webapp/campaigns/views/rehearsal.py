"""The look before the start, the start itself, and the calendar of what leaves when."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.auth.throttle import hit
from webapp.core.errors import Conflict, Invalid
from webapp.mail.domain_records import selector_in
from webapp.mail.findings import blocks
from webapp.mail.mailboxes import name_of
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import calendar, launching, queries, rehearsal, windows
from ..models import CampaignState
from .campaign_files import file_of
from .campaigns import bp

SHOWN = 200  # of the list; the file has all


def _member():
    return current_user._get_current_object()


@bp.get("/campaigns/<int:campaign_id>/start")
@needs("write")
def confirm(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    return page("campaigns/confirm.html", "checked", **_told(campaign))


def _told(campaign):
    findings, count = rehearsal.rehearsal(_member(), campaign)
    senders = [name_of(mailbox.email) for mailbox in calendar.mailboxes_of(campaign)]
    looks = rehearsal.looks(campaign)
    return {
        "campaign": campaign,
        "findings": findings,
        "blocked": bool(blocks(findings)),
        "count": count,
        "senders": senders,
        "hours": windows.words(campaign),
        "looks": looks,
        "fixes": _fixes(campaign),
    }


def _fixes(campaign):
    """{the key of a Finding's fix: (words, address)}, of the places that the member may go to."""
    edit = url_for("campaigns.edit", campaign_id=campaign.id)
    audience = url_for("campaigns.audience", campaign_id=campaign.id)
    found = {"edit": ("Change", edit), "audience": ("See who and why", audience), "sender": ("Change", edit)}
    found |= dict.fromkeys(("again", "selector"), ("See below", "#domains"))
    found["mailboxes"] = ("Mailboxes", url_for("mailboxes.index"))
    found["outbox"] = ("Outbox", url_for("mail.outbox"))
    if current_user.can("workspace"):
        found["workspace"] = ("Add it", url_for("workspace.show"))
    return found


@bp.post("/campaigns/<int:campaign_id>/domains")
@needs("write")
def look_again(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    hit(f"domains {current_user.workspace.id}", limit=60, seconds=600)
    typed, first = request.form.get("selector", "")[:5000].strip(), request.form.get("first") == "1"
    selector = selector_in(typed)
    if typed and not selector:
        flash("That is no selector. It is what follows s= in the DKIM-Signature of a test mail, such as s1.", "error")
    else:
        rehearsal.look(campaign, again=not first, selector=selector)
    back = url_for("campaigns.confirm", campaign_id=campaign_id)
    return parts("campaigns/checked.parts.html", back, **_told(campaign))


@bp.post("/campaigns/<int:campaign_id>/start")
@needs("write")
def start(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    try:
        if campaign.state is CampaignState.DRAFT:
            rehearsal.check_start(campaign, _member())
        launching.start(campaign, actor=current_user)
    except Invalid as error:
        flash(str(error), "error")
        return leave(url_for("campaigns.confirm", campaign_id=campaign_id))
    except Conflict as error:
        flash(str(error), "info")
    return leave(url_for("campaigns.show", campaign_id=campaign_id))


@bp.get("/campaigns/<int:campaign_id>/calendar")
@needs("view")
def when(campaign_id):
    """Who gets what when: of a draft as if it were started now, of a running campaign what is still to come."""
    campaign = queries.get_campaign(current_user, campaign_id)
    made = calendar.calendar(_member(), campaign)
    return page("campaigns/calendar.html", "calendar", campaign=campaign, made=made, shown=SHOWN)


@bp.get("/campaigns/<int:campaign_id>/calendar.csv")
@needs("view")
def calendar_csv(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    made = calendar.calendar(_member(), campaign)
    return file_of("calendar", campaign, calendar.table(_member(), made))
