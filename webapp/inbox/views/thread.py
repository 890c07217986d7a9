"""One thread, and what its mails carry."""

import io

from flask import Response, send_file
from flask_login import current_user

from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import page

from .. import attachments, queries
from . import shared
from .inbox import bp


@bp.get("/inbox/<int:thread_id>")
@needs("view")
def show(thread_id):
    member = signed_in_member()
    thread = queries.get_thread(member, thread_id)
    return page("inbox/thread.html", "panes", **shared.drawn(member, thread))


@bp.get("/inbox/<int:thread_id>/mails/<int:message_id>")
@needs("view")
def whole_text(thread_id, message_id):
    """All of a mail in plain words, for one that is too long to be shown among others."""
    mail = queries.get_mail(current_user, thread_id, message_id)
    return Response(mail.text, mimetype="text/plain")


@bp.get("/inbox/<int:thread_id>/mails/<int:message_id>/files/<int:number>")
@needs("view")
def attachment(thread_id, message_id, number):
    """A file to keep: whatever it says it is, no browser opens it here."""
    mail = queries.get_mail(current_user, thread_id, message_id)
    name, content = attachments.attachment(mail, number)
    return send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)
