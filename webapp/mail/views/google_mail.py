"""Connecting a mailbox at Google. The page that moves on and the callback are made as those of signing in are, and for
the same reasons (auth/views/google.py): a form may not be redirected there, and without an answer to this browser's own
question the callback does nothing.
"""

from flask import flash, redirect, request, session, url_for
from flask_login import current_user

from webapp.auth.refusals import Away
from webapp.core.errors import AppError
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import google_mail
from .mailboxes import address, bp

ASKED = "mailbox_google"  # the key under which a session keeps what it asked


@bp.post("/google")
@needs("write")
def connect():
    try:
        url, asked = google_mail.ask()
    except Away as error:
        flash(str(error), "error")
        return leave(url_for("mailboxes.new"))
    session[ASKED] = {**asked, "member": current_user.user_id, "workspace": current_user.workspace.id}
    purpose = "There you choose the mailbox, and let us send and read mail in it."
    return page("shared/google_leave.html", url=url, purpose=purpose)


@bp.get("/google/callback")
@needs("write")
def connected():
    asked = session.pop(ASKED, None) or {}
    mine = (asked.pop("member", None), asked.pop("workspace", None)) == (
        current_user.user_id,
        current_user.workspace.id,
    )
    try:
        mailbox = google_mail.connect(current_user, request.args, mine and asked, address=request.remote_addr)
    except AppError as error:
        flash(str(error), "error")
        return redirect(url_for("mailboxes.index"))
    flash(f"{mailbox.email} is connected. Send yourself a test to see that it works.", "success")
    return redirect(address(mailbox))
