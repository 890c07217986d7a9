"""How a mailbox is read, and what is read of it; and the line of truth that stands on the inbox."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Invalid, TooMany
from webapp.mail import mailboxes
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import folders, reading_settings, truth
from ..forms.settings import ReadingForm
from .settings import bp

HERE = "/settings/mailboxes/<int:mailbox_id>/reading"


@bp.app_template_global("inbox_truth")
def inbox_truth():
    """The truth.Summary of what the signed-in member may know of; None when no mailbox has an IMAP server."""
    return truth.summary(truth.lines(current_user))


@bp.app_template_global("mailbox_readings")
def mailbox_readings():
    """{mailbox id: its truth.Line}."""
    return {line.mailbox.id: line for line in truth.lines(current_user)}


@bp.get("/inbox/truth")
@needs("view")
def now():
    return page("inbox/_truth.html")


@bp.route(HERE, methods=["GET", "POST"])
@needs("write")
def reading(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    if not mailbox.imap_host:
        return page("inbox/reading_none.html", mailbox=mailbox, why=reading_settings.NO_SERVER)
    form = _form(mailbox)
    if form.validate_on_submit():
        try:
            reading_settings.save(mailbox, **form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash("All changes saved", "success")
            return leave(address(mailbox))
    return _page(mailbox, "form", 422 if form.errors else 200, form=form)


def address(mailbox):
    return url_for("inbox_settings.reading", mailbox_id=mailbox.id)


def _form(mailbox):
    names, chosen = reading_settings.choosable(mailbox)
    return ReadingForm(names, data={"folders": chosen, "back_days": reading_settings.back_days_of(mailbox)})


def _page(mailbox, block, status=200, form=None, **more):
    shown = {"line": truth.line(mailbox), "folders": folders.of(mailbox), "again_days": reading_settings.AGAIN_DAYS}
    shown["broken"] = reading_settings.broken_of(mailbox)
    return page("inbox/reading.html", block, status, mailbox=mailbox, form=form or _form(mailbox), **shown, **more)


@bp.get(f"{HERE}/state")
@needs("write")
def state(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    return _page(mailbox, "panel") if mailbox.imap_host else leave(address(mailbox))


@bp.post(f"{HERE}/test")
@needs("write")
def test(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    try:
        count = reading_settings.read_test(mailbox, current_user)
    except (Invalid, TooMany) as error:
        return _said(mailbox, error)
    flash(f"It lets us in and lists {count} folder{'' if count == 1 else 's'}.", "success")
    return leave(address(mailbox))


@bp.post(f"{HERE}/switch")
@needs("write")
def switch(mailbox_id):
    mailbox, on = mailboxes.get_mailbox(current_user, mailbox_id), request.form.get("on") == "1"
    try:
        reading_settings.switch(mailbox, on, actor=current_user)
    except Invalid as error:
        return _said(mailbox, error)
    flash("It is read again." if on else "It is read no more. What was read stays.", "success")
    return leave(address(mailbox))


@bp.post(f"{HERE}/again")
@needs("write")
def again(mailbox_id):
    mailbox = mailboxes.get_mailbox(current_user, mailbox_id)
    try:
        reading_settings.read_again(mailbox, actor=current_user)
    except (Invalid, TooMany) as error:
        return _said(mailbox, error)
    flash(f"The last {reading_settings.AGAIN_DAYS} days are read again. Nothing is counted twice.", "success")
    return leave(address(mailbox))


def _said(mailbox, error):
    if not mailbox.imap_host:
        flash(str(error), "error")
        return leave(address(mailbox))
    return _page(mailbox, "panel", error.status, problem=str(error))
