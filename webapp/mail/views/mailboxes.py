"""Mailboxes under /settings: how each does, adding and changing them, trying them out."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp import config
from webapp.accounts.members import people
from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import mailbox_check, mailbox_list, mailboxes
from ..forms.mailbox import LimitsForm, MailboxForm, PauseForm, WriterForm, clock
from ..mailbox_models import MailboxKind
from ..presets import PRESETS, preset

bp = Blueprint("mailboxes", __name__, url_prefix="/settings/mailboxes")


@bp.get("")
@needs("view")
def index():
    return page("mailboxes/index.html", mailboxes=mailbox_list.mailboxes_of(current_user))


@bp.post("/server")
@needs("mailboxes")
def server():
    """To the page of the server's mailbox, which has none before somebody needs it."""
    return leave(address(mailboxes.server_mailbox(current_user.workspace.id)))


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    chosen = preset(request.args.get("preset"))
    if chosen is None:
        ways = {"google": config.current().google, "microsoft": config.current().microsoft}
        return page("mailboxes/new.html", "step", presets=PRESETS.values(), chosen=None, **ways)
    form = MailboxForm(owners(), secret=chosen.secret, data=at_first(chosen))
    if form.validate_on_submit():
        try:
            added = mailboxes.add(current_user, {**form.values(), "needs_secret": bool(chosen.smtp_host)})
        except Invalid as error:
            form.reject(error)
        else:
            flash(f"{added.email} is added. Send yourself a test to see that it works.", "success")
            return leave(address(added))
    return page("mailboxes/new.html", "step", 422 if form.errors else 200, form=form, chosen=chosen)


def at_first(chosen):
    """What the form for a Preset is filled with."""
    names = {"sender_name": current_user.full_name, "owner": current_user.user_id}
    return {**mailboxes.DEFAULTS, **chosen._asdict(), **names}


def owners(mailbox=None):
    """Whom it may belong to: (id, name) pairs. Whoever manages only their own keeps it; who left may keep theirs."""
    found = {current_user.user_id: current_user.full_name}
    if current_user.can("mailboxes"):
        found = {user.id: user.full_name for user in people(current_user.workspace)}
    if mailbox and mailbox.user_id and mailbox.user_id not in found:
        found[mailbox.user_id] = f"{mailbox.user.full_name or 'Somebody'}, who left"
    return list(found.items())


def address(mailbox):
    return url_for("mailboxes.show", mailbox_id=mailbox.id)


@bp.get("/<int:mailbox_id>")
@needs("write")
def show(mailbox_id):
    return _show(mailboxes.get_mailbox(current_user, mailbox_id))


def _show(mailbox, status=200, **more):
    shown = mailbox_list.shown(current_user, mailbox)
    return page("mailboxes/show.html", "health", status, one=shown, clock=clock, **more)


@bp.post("/<int:mailbox_id>/test")
@needs("write")
def send_test(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    try:
        left = mailbox_check.send_test(mailbox, current_user)
    except Invalid as error:
        return _show(mailboxes.get_mailbox(current_user, mailbox_id), 422, problem=error)
    said = (
        f"The test left for {current_user.email}. Look whether it is there." if left else "The test is in the Outbox."
    )
    flash(said, "success")
    return leave(address(mailbox))


@bp.route("/<int:mailbox_id>/edit", methods=["GET", "POST"])
@needs("write")
def edit(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    form = form_of(mailbox)
    if form.validate_on_submit():
        try:
            mailboxes.change(mailbox, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash("All changes saved", "success")
            return leave(address(mailbox))
    return page("mailboxes/edit.html", "form", 422 if form.errors else 200, form=form, mailbox=mailbox)


def form_of(mailbox):
    kept = {name: getattr(mailbox, name) for name in (*mailboxes.SERVER, *mailboxes.WRITER, *mailboxes.LIMITS)}
    kept |= {"username": mailbox.username, "owner": mailbox.user_id}
    if mailbox.kind is MailboxKind.SERVER:
        return LimitsForm(data=kept)
    if mailbox.kind.by_oauth:
        return WriterForm(owners(mailbox), data=kept)
    return MailboxForm(owners(mailbox), kept=bool(mailbox.secret), data=kept)


@bp.route("/<int:mailbox_id>/pause", methods=["GET", "POST"])
@needs("write")
def pause(mailbox_id):
    mailbox, form = mailboxes.get_mailbox(current_user, mailbox_id), PauseForm()
    if form.validate_on_submit():
        mailboxes.pause(mailbox, form.reason.data or "", actor=current_user)
        flash("Nothing leaves through it until it is resumed.", "success")
        return leave(address(mailbox))
    return page("mailboxes/pause.html", "form", 422 if form.errors else 200, form=form, mailbox=mailbox)


@bp.post("/<int:mailbox_id>/resume")
@needs("write")
def resume(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    mailboxes.resume(mailbox, actor=current_user)
    flash("It sends again.", "success")
    return leave(address(mailbox))


@bp.route("/<int:mailbox_id>/delete", methods=["GET", "POST"])
@needs("write")
def delete(mailbox_id):
    mailbox, form = mailboxes.get_mailbox(current_user, mailbox_id), FlaskForm()
    if form.validate_on_submit():
        try:
            mailboxes.delete(mailbox, actor=current_user)
        except Conflict as error:
            return page("mailboxes/delete.html", "form", 409, form=form, mailbox=mailbox, why=str(error))
        flash(f"{mailbox.email} is gone from here. Its mails stay in the log.", "success")
        return leave(url_for("mailboxes.index"))
    return page("mailboxes/delete.html", "form", form=form, mailbox=mailbox, why=mailboxes.why_kept(mailbox))
