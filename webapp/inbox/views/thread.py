"""One thread, and what its mails carry."""

from flask import Response
from flask_login import current_user

from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import page

from .. import queries
from . import shared
from .inbox import bp


@bp.get("/inbox/<int:thread_id>")
@needs("view")
def show(thread_id):
    member = signed_in_member()
    thread = queries.get_thread(member, thread_id)
    return page("inbox/thread.html", "panes", **shared.drawn(member, thread))


@bp.get("/inbox/<int:thread_id>/mails/<int:mail_id>")
@needs("view")
def whole_text(thread_id, mail_id):
    """All of a mail in plain words, for one that is too long to be shown among others."""
    mail = queries.get_mail(current_user, thread_id, mail_id)
    return Response(mail.text, mimetype="text/plain")
