"""The mails that Galena itself owes. A captured one is shown here alone: its link opens an account."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.accounts.models import NoticeState
from webapp.core.errors import NotFound
from webapp.mail.queries import opened
from webapp.mail.views.outbox import frame
from webapp.web.guards import site_admin
from webapp.web.hypermedia import leave, page

from .. import mail

bp = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")


@bp.get("")
@site_admin
def index():
    chosen = {"search": request.args.get("q", ""), "state": request.args.get("state", "")}
    state = NoticeState(chosen["state"]) if chosen["state"] in set(NoticeState) else None
    found = mail.notices(state=state, search=chosen["search"], cursor=request.args.get("page"))
    return page("admin/mail.html", found=found, **chosen)


@bp.get("/<int:notice_id>")
@site_admin
def show(notice_id):
    notice = mail.get_notice(notice_id)
    told = {"opened": notice.raw and opened(notice.raw), "can_try_again": mail.can_try_again(notice)}
    return page("admin/notice.html", notice=notice, **told)


@bp.get("/<int:notice_id>/html")
@site_admin
def html(notice_id):
    notice = mail.get_notice(notice_id)
    if not notice.raw:
        raise NotFound("Nothing was captured of that mail.")
    return frame(opened(notice.raw).html)


@bp.post("/<int:notice_id>/again")
@site_admin
def again(notice_id):
    notice = mail.get_notice(notice_id)
    mail.try_again(notice, actor=current_user, address=request.remote_addr or "")
    flash(f"The mail to {notice.email} is tried again.", "success")
    return leave(url_for("admin_mail.show", notice_id=notice.id))
