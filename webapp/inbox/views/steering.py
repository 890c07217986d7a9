"""What a member does with a thread: done, snoozed, labelled, given to somebody, its findings taken up."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid
from webapp.leads.forms.todos import UntilForm
from webapp.leads.queries import get_lead
from webapp.leads.views.shared import move_as_asked, with_status
from webapp.web.filters import member_zone, when
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import page
from webapp.web.ids import row_id

from .. import queries, taking_up, threads
from ..models import Label
from . import shared
from .inbox import bp


def _thread(thread_id):
    return queries.get_thread(current_user, thread_id)


def _put_away(thread_id, sentence):
    """The next thread of the list, with a way back to this one. Call it with the list as it was before."""
    undo = url_for("inbox.reopen", thread_id=thread_id, **shared.here())
    flash({"text": sentence, "action": "Undo", "url": undo}, "success")


def _near(moment):
    words = when(moment, member_zone())
    return f"{words[0].lower()}{words[1:]}" if words.startswith(("Today", "Tomorrow")) else words


@bp.post("/inbox/<int:thread_id>/done")
@needs("write")
def done(thread_id):
    thread, member = _thread(thread_id), signed_in_member()
    following = shared.following(member, thread_id)
    threads.finish(thread, actor=current_user)
    _put_away(thread_id, "Conversation done")
    return shared.go_on(member, following)


@bp.post("/inbox/<int:thread_id>/reopen")
@needs("write")
def reopen(thread_id):
    threads.reopen(_thread(thread_id))
    return shared.go_on(signed_in_member(), thread_id)


@bp.get("/inbox/<int:thread_id>/snooze")
@needs("write")
def choose_until(thread_id):
    """Choose a day; in a dialog where there is script."""
    told = {"thread": _thread(thread_id), "form": UntilForm(formdata=None)}
    return page("inbox/snooze.html", "form", **shared.frame(), **told, here=shared.here())


@bp.post("/inbox/<int:thread_id>/snooze")
@needs("write")
def snooze(thread_id):
    thread, form, member = _thread(thread_id), UntilForm(), signed_in_member()
    following = shared.following(member, thread_id)
    try:
        if not form.validate():
            raise Invalid("Choose a day such as 2026-11-28.", "until")
        threads.snooze(thread, form.until.data or form.day.data, actor=current_user)
    except Invalid as error:
        form.day.errors = [*form.day.errors, str(error)]
        told = {"thread": thread, "form": form, "here": shared.here()}
        return page("inbox/snooze.html", "form", 422, **shared.frame(), **told)
    _put_away(thread_id, f"Snoozed until {_near(thread.snoozed_until)}")
    return shared.go_on(member, following)


@bp.post("/inbox/<int:thread_id>/label")
@needs("write")
def label(thread_id):
    thread, wanted = _thread(thread_id), request.form.get("label")
    if wanted not in set(Label):
        raise Invalid("Choose one of the labels.", "label")
    threads.label(thread, Label(wanted), actor=current_user)
    return shared.changed(signed_in_member(), thread_id)


@bp.post("/inbox/<int:thread_id>/assign")
@needs("write")
def assign(thread_id):
    thread, member = _thread(thread_id), signed_in_member()
    user_id = request.form.get("user_id", type=row_id)
    if user_id is None and request.form.get("user_id") != "":
        raise Invalid("Choose somebody from the list.", "user_id")
    threads.assign(thread, user_id, actor=current_user)
    names = dict(queries.assignable(member))
    flash(f"Assigned to {names[user_id]}" if user_id in names else "Assigned to nobody", "success")
    return shared.changed(member, thread_id)


@bp.post("/inbox/<int:thread_id>/read")
@needs("write")
def read(thread_id):
    threads.mark_read(_thread(thread_id))
    return shared.changed(signed_in_member(), thread_id)


@bp.post("/inbox/<int:thread_id>/unread")
@needs("write")
def unread(thread_id):
    """To be looked at again later: so it is no longer open."""
    threads.mark_unread(_thread(thread_id))
    return shared.go_on(signed_in_member(), None)


@bp.post("/inbox/<int:thread_id>/stage")
@needs("write")
def stage(thread_id):
    thread = _thread(thread_id)
    _, _, status = move_as_asked(thread.lead_id or 0)
    return with_status(shared.changed(signed_in_member(), thread_id), status)


@bp.post("/inbox/<int:thread_id>/mails/<int:message_id>/found")
@needs("write")
def take_up(thread_id, message_id):
    mail = queries.get_mail(current_user, thread_id, message_id)
    kind, number = request.form.get("kind", ""), request.form.get("number", type=int)
    found = taking_up.finding(mail, kind, number)
    taking_up.take_up(found, get_lead(current_user, mail.thread.lead_id or 0), actor=current_user)
    flash("To-do added" if kind == "dates" else "Phone number kept", "success")
    return shared.changed(signed_in_member(), thread_id)
