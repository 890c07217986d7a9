"""Connecting a mailbox at Google or Microsoft. The page that moves on and the callback are made as those of signing in
are, and for the same reasons (auth/views/google.py): a form may not be redirected there, and without an answer to this
browser's own question the callback does nothing.
"""

from flask import flash, redirect, request, session, url_for
from flask_login import current_user

from webapp.auth.refusals import Away
from webapp.core.errors import AppError
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import google_mail, microsoft_mail
from .mailboxes import address, bp

PURPOSE = "There you choose the mailbox, and let us send and read mail in it."


@bp.post("/google")
@needs("write")
def connect():
    return _ask(google_mail, "Google")


@bp.get("/google/callback")
@needs("write")
def connected():
    return _answered(google_mail, "Google")


@bp.post("/microsoft")
@needs("write")
def connect_microsoft():
    return _ask(microsoft_mail, "Microsoft")


@bp.get("/microsoft/callback")
@needs("write")
def connected_microsoft():
    return _answered(microsoft_mail, "Microsoft")


def _key(provider):
    """Under which a session keeps what it asked."""
    return f"mailbox_{provider.lower()}"


def _ask(way, provider):
    try:
        url, asked = way.ask()
    except Away as error:
        flash(str(error), "error")
        return leave(url_for("mailboxes.new"))
    session[_key(provider)] = {**asked, "member": current_user.user_id, "workspace": current_user.workspace.id}
    return page("shared/provider_leave.html", url=url, purpose=PURPOSE, provider=provider)


def _answered(way, provider):
    asked = session.pop(_key(provider), None) or {}
    mine = (asked.pop("member", None), asked.pop("workspace", None)) == (
        current_user.user_id,
        current_user.workspace.id,
    )
    try:
        mailbox = way.connect(current_user, request.args, mine and asked, address=request.remote_addr)
    except AppError as error:
        flash(str(error), "error")
        return redirect(url_for("mailboxes.index"))
    flash(f"{mailbox.email} is connected. Send yourself a test to see that it works.", "success")
    return redirect(address(mailbox))
