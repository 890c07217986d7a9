from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.core.paging import decode
from webapp.leads.models import Stage
from webapp.leads.queries import get_lead
from webapp.mail.queries import opened
from webapp.mail.views.outbox import frame
from webapp.web.guards import needs, public
from webapp.web.hypermedia import at, leave, page, parts
from webapp.web.ids import row_id

from .. import audience, drafts, editing, launching, queries, unsubscribing
from ..forms.campaign import CampaignForm
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


# ----------------------------------------------------------------- writing


@bp.get("/campaigns/new")
@needs("write")
def new():
    chosen = _asked_audience()
    form = CampaignForm(
        None, sender_name=current_user.full_name, reply_to=current_user.email, rate_per_minute=60, **chosen
    )
    return page("campaigns/edit.html", form=form, sheet=editing.blank(current_user, chosen))


def _asked_audience():
    """The audience that the address asks for: ?stage= or ?q=."""
    stage, q = request.args.get("stage", ""), request.args.get("q", "").strip()[:255]
    kind = "search" if q else "stage" if stage in set(Stage) else "all"
    return {"kind": kind, "stage": stage if kind == "stage" else "new", "q": q}


@bp.get("/campaigns/<int:campaign_id>/edit")
@needs("write")
def edit(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    step = queries.get_step(campaign)
    sheet = editing.sheet(current_user, campaign, step, request.args.get("lead", type=row_id))
    return page("campaigns/edit.html", form=CampaignForm.of(campaign, step), sheet=sheet)


def _save(form):
    """The draft with what was typed, made if it is new. Raises Conflict and NotFound."""
    known = queries.get_campaign(current_user, form.campaign_id.data) if form.campaign_id.data else None
    return drafts.save_draft(known, form.fields(), actor=current_user)


def _edit_url(campaign, form):
    return url_for("campaigns.edit", campaign_id=campaign.id, lead=form.show.data or form.lead_id.data)


def _unsaved(form):
    return page("campaigns/edit.html", "unsaved", 422, form=form, sheet=editing.blank(current_user, form.audience()))


@bp.post("/campaigns/save")
@needs("write")
def save():
    form = CampaignForm()
    if not form.validate():
        return _unsaved(form)
    campaign = _save(form)
    lead_id = form.show.data or form.lead_id.data
    sheet = editing.sheet(current_user, campaign, queries.get_step(campaign), lead_id)
    back = url_for("campaigns.edit", campaign_id=campaign.id)
    return at(back, parts("campaigns/save.parts.html", _edit_url(campaign, form), sheet=sheet, form=form))


@bp.post("/campaigns/test")
@needs("write")
def test():
    form = CampaignForm()
    if not form.validate():
        return _unsaved(form)
    campaign = _save(form)
    lead = get_lead(current_user, form.lead_id.data) if form.lead_id.data else None
    try:
        drafts.send_test(campaign, queries.get_step(campaign), actor=current_user, lead=lead)
    except Invalid as error:
        flash(str(error), "error")
    else:
        flash(f"A test is on its way to {current_user.email}.", "success")
    return leave(_edit_url(campaign, form))


@bp.post("/campaigns/review")
@needs("write")
def review():
    form = CampaignForm()
    if not form.validate():
        return _unsaved(form)
    return leave(url_for("campaigns.confirm", campaign_id=_save(form).id))


@bp.get("/campaigns/<int:campaign_id>/start")
@needs("write")
def confirm(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    sheet = editing.sheet(current_user, campaign, queries.get_step(campaign))
    return page("campaigns/confirm.html", campaign=campaign, sheet=sheet)


@bp.get("/campaigns/<int:campaign_id>/preview/<int:lead_id>")
@needs("view")
def preview(campaign_id, lead_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    lead = get_lead(current_user, lead_id)
    return frame(editing.preview(campaign, queries.get_step(campaign), lead)[1])


@bp.post("/campaigns/<int:campaign_id>/delete")
@needs("write")
def delete(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    drafts.delete_draft(campaign)
    flash(f"{campaign.name} is deleted.", "success")
    return leave(url_for("campaigns.index"))


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


# ----------------------------------------------------------------- way out


@bp.route("/u/<token>", methods=["GET", "POST"])
@public
def unsubscribe(token):
    """Looking changes nothing; the button and a mail program's one-click POST (RFC 8058) do the same."""
    way = unsubscribing.unsubscribe(token) if request.method == "POST" else unsubscribing.way_out(token)
    return page("campaigns/unsubscribe.html", way=way, token=token)
