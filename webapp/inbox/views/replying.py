"""Writing a mail, sending it, and what becomes of one that did not arrive."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.leads.finding import find_leads
from webapp.leads.queries import get_lead
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import leave, page, wants_part
from webapp.web.ids import row_id

from .. import composing, draft_files, drafts, outgoing, queries
from ..drafts import Where
from ..forms.compose import ComposeForm
from . import shared

bp = Blueprint("inbox_replies", __name__, url_prefix="/inbox")
FOUND = 8  # leads to choose from


@shared.beside
def composer(member, thread):
    """What _composer.html needs beside an open thread."""
    if thread is None or not member.can("write"):
        return {"sheet": None}
    return opened(member, Where(thread=thread))


def opened(member, where):
    """The form as it opens there: with the draft that the address names, else the newest, or with a text of its own."""
    text = request.args.get("text", "").replace("\0", "")[:10_000]
    sheet = composing.sheet(member, where, draft_id=request.args.get("draft", type=row_id), text=text)
    return {"sheet": sheet, "compose": ComposeForm.of(sheet)}


def typed():
    """(the form that was posted, where it belongs). Raises NotFound."""
    form = ComposeForm()
    if form.thread_id.data:
        return form, Where(thread=queries.get_thread(current_user, form.thread_id.data))
    return form, Where(lead=get_lead(current_user, form.lead_id.data or 0))


def back(where, draft=None, **more):
    """The page that the form stands on."""
    which = {**more, "draft": draft.id if draft else None}
    if where.thread is not None:
        return url_for("inbox.show", thread_id=where.thread.id, **shared.here(), **which, _anchor="composer")
    return url_for("inbox_replies.new", lead=where.lead.id, **which)


def drawn(form, where, status=200):
    """The form again with what was typed, and the draft as it is now."""
    sheet = composing.sheet(current_user, where, draft_id=form.draft_id.data)
    draft = next(iter(drafts.by_id(current_user, where, form.draft_id.data)), None)
    composing.show_draft(sheet, draft)
    form.token.data = form.token.data or sheet.token
    told = {"sheet": sheet, "compose": form, "here": shared.here(), **shared.frame()}
    return page("inbox/new.html", "composer", status, **told)


def keep(form, where, **how):
    """Keep what was typed; the form is about that draft then."""
    how |= {"draft_id": form.draft_id.data, "seen": form.seen.data or ""}
    draft = drafts.keep(current_user, where, form.kept, **how)
    form.draft_id.data = draft.id if draft else None
    return draft


# ------------------------------------------------------------------- writing


@bp.get("/new")
@needs("write")
def new():
    """A first mail: to the lead that the address names, else to one that is looked for."""
    told = {"here": {}, **shared.frame(), "sheet": None}
    if lead_id := request.args.get("lead", type=row_id):
        where = Where(lead=get_lead(current_user, lead_id))
        return page("inbox/new.html", "composer", **{**told, **opened(signed_in_member(), where)})
    q = request.args.get("q", "").replace("\0", "")[:200].strip()
    hits = find_leads(current_user, q, limit=FOUND)
    return page("inbox/new.html", "find", **told, q=q, hits=hits, drafts=drafts.all_of(current_user))


@bp.post("/compose/send")
@needs("write")
def send():
    form, where = typed()
    on = _following(form, where)
    try:
        if request.files.get("file") or (request.form.get("file") and not wants_part()):
            raise Invalid("Press Attach first, so that the file goes with it.", "text")
        message = _send(form, where)
    except Invalid as error:
        keep(form, where)
        form.reject(error)
        return drawn(form, where, 422)
    flash("Your mail is on its way", "success")
    return leave(shared.address(on or message.thread_id))


def _send(form, where):
    files = draft_files.loaded(current_user, form.draft_id.data)
    if where.thread is None:
        return outgoing.write_to(current_user, where.lead, attachments=files, **form.mail())
    return outgoing.answer(current_user, where.thread, attachments=files, done=form.done.data, **form.mail())


def _following(form, where):
    """The thread to go on with when this one is done."""
    return shared.following(current_user, where.thread.id) if where.thread and form.done.data else None


# ------------------------------------------------- one that did not arrive


@bp.post("/outgoing/<int:outgoing_id>/arrived")
@needs("write")
def arrived(outgoing_id):
    row, thread = outgoing.get_outgoing(current_user, outgoing_id)
    outgoing.arrived(row)
    return shared.changed(signed_in_member(), thread.id)


@bp.post("/outgoing/<int:outgoing_id>/again")
@needs("write")
def again(outgoing_id):
    row, thread = outgoing.get_outgoing(current_user, outgoing_id)
    outgoing.send_again(row)
    return shared.changed(signed_in_member(), thread.id)


@bp.post("/outgoing/<int:outgoing_id>/stop")
@needs("write")
def stop(outgoing_id):
    """What it says is a draft again, so the form shows it."""
    row, thread = outgoing.get_outgoing(current_user, outgoing_id)
    draft = outgoing.withdraw(row, actor=current_user)
    flash("It was stopped. What it says is a draft again.", "success")
    return leave(back(Where(thread=thread), draft))
