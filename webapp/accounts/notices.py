"""Mails that Galena itself owes somebody. This writes the row; mail/notices.py renders and sends it."""

from webapp.core.jobs import later
from webapp.core.rows import create

from .models import Notice


def owe(kind, email, *, user=None, invitation=None, **data):
    """Write down that a mail of `kind` (NoticeKind) is owed to `email`, and wake the job that sends it."""
    notice = create(Notice, kind=kind, email=email, user=user, invitation=invitation, data=data)
    later("send_notice", notice.id)
    return notice
