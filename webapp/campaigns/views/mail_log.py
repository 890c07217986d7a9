"""Every mail as it was sent."""

from flask import request
from flask_login import current_user

from webapp.mail.queries import opened
from webapp.mail.views.outbox import frame
from webapp.web.guards import needs
from webapp.web.hypermedia import page
from webapp.web.ids import row_id

from .. import mail_log as log
from .. import queries
from ..models import DeliveryState
from .campaigns import bp
from .reports import typed


@bp.get("/mail-log")
@needs("view")
def mail_log():
    wanted, member = _wanted(), current_user._get_current_object()
    mails = log.mails(member, wanted, cursor=request.args.get("page"))
    return page("campaigns/mail_log.html", mails=mails, wanted=wanted, choices=log.choices(member, wanted))


def _wanted():
    state, version = typed("state"), typed("version")[:1]
    ids = {name: request.args.get(name, type=row_id) for name in ("campaign", "mailbox", "step")}
    return log.Wanted(
        state=DeliveryState(state) if state in set(DeliveryState) else None,
        search=typed("q"),
        campaign_id=ids["campaign"],
        mailbox_id=ids["mailbox"],
        step=ids["step"] if ids["campaign"] else None,
        version=version if ids["campaign"] else "",
    )


@bp.get("/mail-log/<int:delivery_id>")
@needs("view")
def delivery(delivery_id):
    mail = queries.get_delivery(current_user, delivery_id)
    return page("campaigns/delivery.html", mail=mail, opened=opened(mail.raw))


@bp.get("/mail-log/<int:delivery_id>/html")
@needs("view")
def delivery_html(delivery_id):
    return frame(opened(queries.get_delivery(current_user, delivery_id).raw).html)
