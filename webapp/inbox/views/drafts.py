"""What a member writes is kept as it is typed; files and texts are put into it, and it can be thrown away."""

from flask import flash, request
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, parts, wants_part
from webapp.web.ids import row_id
from webapp.web.uploads import take_upload

from .. import composing, draft_files, drafts
from . import shared
from .replying import back, bp, drawn, keep, typed

MEGABYTES = 11


@bp.post("/compose/save")
@needs("write")
def save():
    form, where = typed()
    draft = keep(form, where)
    told = {"kept": composing.kept(draft), "here": shared.here(), "zone": current_user.time_zone}
    return parts("inbox/kept.parts.html", back(where, draft), **told)


@bp.post("/compose/use")
@needs("write")
def use():
    """A text that somebody (the model, say) proposed begins a draft of its own: what was typed stays as it is."""
    form, where = typed()
    sheet = composing.sheet(current_user, where, text=form.text.data or " ")
    form.draft_id.data = None
    for name in ("recipients", "cc", "subject", "mailbox", "token"):
        form[name].data = getattr(sheet, name)
    return shown(form, where, keep(form, where, blank=True))


def shown(form, where, draft):
    """The form with its draft: alone for htmx, else on its page."""
    return drawn(form, where) if wants_part() else leave(back(where, draft))


# -------------------------------------------------------- files, templates


@bp.post("/compose/files")
@needs("write")
def add_files():
    take_upload(MEGABYTES)
    return _add_files()


def _add_files():
    form, where = typed()
    draft = keep(form, where, blank=True)
    try:
        files = [file for file in request.files.getlist("file") if file.filename]
        if not files:
            raise Invalid("Choose a file first.")
        for file in files:
            draft_files.attach(draft, file.filename, file.read())
    except Invalid as error:
        flash(str(error), "error")
    form.token.data = ""  # with another file it is another mail
    return shown(form, where, draft)


@bp.post("/compose/files/remove")
@needs("write")
def remove_file():
    form, where = typed()
    draft = keep(form, where, blank=True)
    try:
        draft_files.detach(draft, request.form.get("remove", type=row_id))
    except Conflict as error:
        flash(str(error), "info")
    return shown(form, where, draft)


@bp.post("/compose/template")
@needs("write")
def insert():
    """Put a template behind what was typed: without script there is no place where the cursor is."""
    form, where = typed()
    lead = where.thread.lead if where.thread else where.lead
    texts = dict(composing.filled(current_user, lead))
    chosen = texts.get(request.form.get("template", ""), "")
    form.text.data = "\n\n".join(filter(None, (form.text.data.rstrip(), chosen)))
    return shown(form, where, keep(form, where))


@bp.post("/compose/discard")
@needs("write")
def discard():
    form, where = typed()
    which = request.form.get("discard", type=row_id)
    try:
        drafts.discard(drafts.get_draft(current_user, where, which))
    except NotFound:
        flash("It was sent, or thrown away before.", "info")
    if which != form.draft_id.data:  # another one than that which is being written
        return shown(form, where, keep(form, where))
    return leave(back(where))
