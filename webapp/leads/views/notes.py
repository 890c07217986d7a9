"""What a member writes on a lead's timeline, and changes there."""

from flask import flash, request
from flask_login import current_user

from webapp.accounts.members import people as people_of
from webapp.core.errors import Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import notes, queries
from ..forms.notes import FORMS, CallForm, MailForm, NoteForm
from ..timeline import own
from .lead import lead_context
from .shared import bp, chosen_filter, lead_address


@bp.post("/<int:lead_id>/notes")
@needs("write")
def note(lead_id):
    def add(lead, form):
        _, blind = notes.add_note(lead, form.text.data, actor=current_user, pinned=form.pinned.data)
        tell_of(blind)

    return written(lead_id, "note", NoteForm(), add)


@bp.post("/<int:lead_id>/calls")
@needs("write")
def call(lead_id):
    def add(lead, form):
        notes.log_call(lead, form.outcome.data, form.text.data or "", actor=current_user)

    return written(lead_id, "call", CallForm(), add)


@bp.post("/<int:lead_id>/mails")
@needs("write")
def mail(lead_id):
    def add(lead, form):
        said = {"received": form.received.data, "actor": current_user}
        notes.log_mail(lead, form.subject.data or "", form.text.data or "", **said)

    return written(lead_id, "mail", MailForm(), add)


def written(lead_id, panel, form, add):
    """The composer emptied and the timeline with what was added to it, or the form with what is wrong."""
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    if form.validate():
        try:
            add(lead, form)
        except Invalid as error:
            form.reject(error)
        else:
            back = lead_address(lead_id, chosen)
            return parts("leads/written.parts.html", back, **lead_context(lead, chosen, compose=panel))
    return page("leads/write.html", "form", 422, lead=lead, chosen=chosen, panel=panel, form=form)


@bp.route("/<int:lead_id>/entries/<int:entry_id>", methods=["GET", "POST"])
@needs("write")
def entry(lead_id, entry_id):
    """Change what one wrote."""
    lead, form = queries.get_lead(current_user, lead_id), None
    mine = notes.own_entry(current_user, lead, entry_id)
    form = FORMS[mine.kind](data={**mine.data, "seen": notes.version(mine)})
    if form.validate_on_submit():
        try:
            tell_of(notes.rewrite(mine, lead, form.values(), actor=current_user, seen=form.seen.data))
        except Invalid as error:
            form.reject(error)
        else:
            return shown(lead, notes.own_entry(current_user, lead, entry_id))
    status = 422 if form.errors else 200
    return page("leads/entry.html", "form", status, lead=lead, chosen=chosen_filter(), entry=mine, form=form)


@bp.get("/<int:lead_id>/entries/<int:entry_id>/shown")
@needs("write")
def entry_shown(lead_id, entry_id):
    """An entry as it stands: what Cancel puts back in the form's place."""
    lead = queries.get_lead(current_user, lead_id)
    return shown(lead, notes.own_entry(current_user, lead, entry_id))


def shown(lead, activity):
    chosen, entry = chosen_filter(), own(activity, current_user)
    return parts("leads/entry.parts.html", lead_address(lead.id, chosen), entry=entry, **lead_context(lead, chosen))


@bp.route("/<int:lead_id>/entries/<int:entry_id>/delete", methods=["GET", "POST"])
@needs("write")
def delete_entry(lead_id, entry_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    mine = notes.own_entry(current_user, lead, entry_id)
    if request.method == "GET":
        return page("leads/entry_delete.html", "form", lead=lead, chosen=chosen, entry=mine)
    notes.delete_entry(mine)
    return parts("leads/activity.parts.html", lead_address(lead_id, chosen), **lead_context(lead, chosen))


@bp.post("/<int:lead_id>/entries/<int:entry_id>/pin")
@needs("write")
def pin(lead_id, entry_id):
    return turned(lead_id, entry_id, notes.pin)


@bp.post("/<int:lead_id>/entries/<int:entry_id>/unpin")
@needs("write")
def unpin(lead_id, entry_id):
    return turned(lead_id, entry_id, notes.unpin)


def turned(lead_id, entry_id, turn):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    turn(notes.own_entry(current_user, lead, entry_id))
    return parts("leads/activity.parts.html", lead_address(lead_id, chosen), **lead_context(lead, chosen))


@bp.get("/people")
@needs("write")
def people():
    """Whom a note may mention: the list that opens at an @."""
    return page("leads/people.html", "list", people=people_of(current_user.workspace))


def tell_of(names):
    """Say who was mentioned in vain."""
    if names:
        who = ", ".join(names)
        flash(f"{who} cannot see this lead, so no mail went there.", "info")
