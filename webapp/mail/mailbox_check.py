"""Proof that a mailbox sends: a mail to oneself through it."""

from webapp import config
from webapp.auth.throttle import hit
from webapp.core.clock import now
from webapp.core.errors import Invalid

from . import health
from .faults import Dropped, Rejected, Unanswered, Unavailable
from .letters import letter
from .mailbox_models import MailboxKind
from .transports import send_through, transport_of


def send_test(mailbox, member):
    """Send a mail to `member` through `mailbox` now, and wait for the answer; returns whether it left, or (False) was
    captured. Raises Invalid with what is wrong, which is kept, too, and TooMany.
    """
    hit(f"test mail {member.user_id}", limit=20, seconds=600)
    captured = mailbox.kind is MailboxKind.SERVER and config.current().mail_url is None
    try:
        send_through(transport_of(mailbox), _mail(mailbox, member))
    except (Unavailable, Rejected, Dropped, Unanswered) as error:
        fault = error if isinstance(error, Unavailable) else Unavailable(f"The server answered: {error}")
        health.noted(mailbox, fault)
        raise Invalid(str(fault)) from error
    health.mended(mailbox, checked_at=now())
    return not captured


def _mail(mailbox, member):
    sender = (mailbox.sender_name or member.full_name, mailbox.email) if mailbox.email else None
    words = {"email": member.email, "name": member.full_name, "workspace": member.workspace.name}
    return letter("mailbox_test", sender=sender, mailbox=mailbox.email or "the mail server", **words)
