"""Writing a campaign: one form, which every button of the editor sends. What was typed is kept first, then the button
does what it says.
"""

from functools import wraps
from zoneinfo import ZoneInfo

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.leads.queries import get_lead
from webapp.mail.views.outbox import frame
from webapp.web.guards import needs
from webapp.web.hypermedia import at, leave, page, parts
from webapp.web.ids import row_id

from .. import audience, drafts, editing, queries, rehearsal, steps
from ..forms.campaign import CampaignForm, read_waits
from ..messages import FIRST
from ..models import CampaignState
from .campaigns import bp


@bp.get("/campaigns/new")
@needs("write")
def new():
    chosen = audience.asked(request.args)
    form = CampaignForm(None, sender_name=current_user.full_name, reply_to=current_user.email, **chosen)
    return page("campaigns/edit.html", form=form.showing([]), sheet=editing.blank(current_user, chosen))


@bp.get("/campaigns/<int:campaign_id>/edit")
@needs("write")
def edit(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    if campaign.state not in steps.OPEN:
        return leave(url_for("campaigns.show", campaign_id=campaign_id))
    step, letter = _place(campaign)
    sheet = editing.sheet(current_user, campaign, step, request.args.get("lead", type=row_id), letter)
    return page("campaigns/edit.html", form=_form_of(sheet), sheet=sheet)


def _place(campaign):
    """The step and the letter that the address asks for."""
    return editing.place(campaign, request.args.get("step", type=row_id), request.args.get("version", FIRST))


def _form_of(sheet):
    campaign, start = sheet.campaign, sheet.campaign.starts_at
    starts_at = start.astimezone(ZoneInfo(current_user.workspace.time_zone)).replace(tzinfo=None) if start else None
    form = CampaignForm.of(campaign, sheet.step, sheet.text, mailboxes=sheet.chosen, starts_at=starts_at)
    return form.showing([card.step for card in sheet.cards], sheet.step)


# ------------------------------------------------------------- what buttons do


def keeps(view):
    """A view(form, campaign) of the editor's form. What was changed on the page is kept first; where it cannot be, the
    page says why and still has it.
    """

    @wraps(view)
    def answer():
        form = CampaignForm()
        known = queries.get_campaign(current_user, form.campaign_id.data) if form.campaign_id.data else None
        try:
            campaign = _keep(form, known) if form.validate() else None
        except (Invalid, Conflict) as error:
            form.reject(error)
            return _unsaved(form, known, error.status)
        return _unsaved(form, known) if campaign is None else view(form, campaign)

    return answer


def _keep(form, known):
    waits, wrong = read_waits(request.form)
    if wrong:
        raise Invalid(wrong)
    changes = form.changes(waits, everything=known is None)
    if known is not None and known.state is not CampaignState.DRAFT:
        changes.pop("audience", None)  # it is settled, and stands on the page for reading only
    return drafts.save_draft(known, changes, actor=current_user, step_id=form.step_id.data, letter=form.letter.data)


def _unsaved(form, known, status=422):
    if known is None:
        sheet = editing.blank(current_user, form.audience())
    else:
        step, letter = editing.place(known, form.step_id.data, form.letter.data)
        sheet = editing.sheet(current_user, known, step, form.lead_id.data, letter)
    return page("campaigns/edit.html", "unsaved", status, form=form, sheet=sheet)


def address(campaign, step, letter=FIRST, lead=None):
    which = {"step": step.id if step.position > 1 else None, "version": letter if letter != FIRST else None}
    return url_for("campaigns.edit", campaign_id=campaign.id, **which, lead=lead)


def back(form, campaign, step_id=None, letter=None):
    """To the editor, at another step or version if there is one to go to."""
    asked = (step_id, letter or FIRST) if step_id else (form.step_id.data, letter or form.letter.data)
    return leave(address(campaign, *editing.place(campaign, *asked), form.lead_id.data))


def number(text):
    """An id or a place that a button sends; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def do(form, campaign, act, to=lambda made: ()):
    """Do what a button says and go back to the editor, where a refusal is told. `to` says where in it, as (step id,
    letter), of what `act` returned.
    """
    try:
        made = act()
    except (Invalid, Conflict) as error:
        flash(str(error), "error")
        return back(form, campaign)
    return back(form, campaign, *to(made))


def sheet_of(form, campaign, lead_id, *, typing=False):
    """The Sheet of the step and version that the form is of; the form shows the steps as they are now."""
    step, letter = editing.place(campaign, form.step_id.data, form.letter.data)
    sheet = editing.sheet(current_user, campaign, step, lead_id, letter, typing=typing)
    form.showing([card.step for card in sheet.cards], step)
    return sheet


@bp.post("/campaigns/save")
@needs("write")
@keeps
def save(form, campaign):
    lead_id = form.show.data or form.lead_id.data
    sheet = sheet_of(form, campaign, lead_id, typing=True)
    here, there = (address(campaign, sheet.step, sheet.letter, lead) for lead in (None, lead_id))
    return at(here, parts("campaigns/save.parts.html", there, sheet=sheet, form=form))


@bp.post("/campaigns/go")
@needs("write")
@keeps
def go(form, campaign):
    """Open another step or version: to=12 or to=12B."""
    asked = request.form.get("to", "")
    step_id, letter = (asked[:-1], asked[-1]) if asked[-1:].isalpha() else (asked, FIRST)
    return back(form, campaign, number(step_id), letter)


@bp.post("/campaigns/test")
@needs("write")
@keeps
def test(form, campaign):
    step, letter = editing.place(campaign, form.step_id.data, form.letter.data)
    lead = get_lead(current_user, form.lead_id.data) if form.lead_id.data else None
    try:
        drafts.send_test(campaign, step, actor=current_user, lead=lead, letter=letter)
    except Invalid as error:
        flash(str(error), "error")
    else:
        flash(f"A test is on its way to {current_user.email}.", "success")
    return back(form, campaign)


@bp.post("/campaigns/review")
@needs("write")
@keeps
def review(form, campaign):
    rehearsal.look(campaign)
    return leave(url_for("campaigns.confirm", campaign_id=campaign.id))


@bp.get("/campaigns/<int:campaign_id>/preview/<int:lead_id>")
@needs("view")
def preview(campaign_id, lead_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    step, letter = _place(campaign)
    return frame(editing.preview(campaign, step, get_lead(current_user, lead_id), letter=letter)[1])


@bp.post("/campaigns/<int:campaign_id>/delete")
@needs("write")
def delete(campaign_id):
    campaign = queries.get_campaign(current_user, campaign_id)
    drafts.delete_draft(campaign)
    flash(f"{campaign.name} is deleted.", "success")
    return leave(url_for("campaigns.index"))
