from flask import Blueprint, make_response, request
from flask_login import current_user

from webapp.web.guards import needs
from webapp.web.hypermedia import page

from .. import letters, queries
from ..rendering import STYLE_HASH

bp = Blueprint("mail", __name__)
FRAME_CSP = (
    f"default-src 'none'; style-src '{STYLE_HASH}' '{letters.STYLE_HASH}'; sandbox allow-popups; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def frame(html):
    """A mail's HTML for a sandboxed frame, under a policy of its own: no script, no requests, only our own style."""
    response = make_response(html)
    response.headers["Content-Security-Policy"] = FRAME_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/outbox")
@needs("view")
def outbox():
    mails = queries.captured(current_user, cursor=request.args.get("page"))
    return page("mail/outbox.html", mails=mails)


@bp.get("/outbox/<int:mail_id>")
@needs("view")
def captured(mail_id):
    mail = queries.get_captured(current_user, mail_id)
    return page("mail/captured.html", mail=mail, opened=queries.opened(mail.raw))


@bp.get("/outbox/<int:mail_id>/html")
@needs("view")
def captured_html(mail_id):
    return frame(queries.opened(queries.get_captured(current_user, mail_id).raw).html)
