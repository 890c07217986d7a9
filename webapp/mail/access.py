"""Access tokens of mailboxes that were connected by OAuth, whoever runs them."""

from . import google_mail, microsoft_mail
from .mailbox_models import MailboxKind

BY_OAUTH = {MailboxKind.GOOGLE: google_mail, MailboxKind.MICROSOFT: microsoft_mail}


def access_token(mailbox, fresh=False):
    """A token that the servers of this mailbox take, a new one (`fresh`) in any case. Raises Unavailable."""
    return BY_OAUTH[mailbox.kind].access_token(mailbox, fresh=fresh)
