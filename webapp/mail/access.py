"""Access tokens of mailboxes whose owners let us in by OAuth, by the kind of mailbox."""

from . import google_mail, microsoft_mail
from .mailbox_models import MailboxKind

_BY_KIND = {MailboxKind.GOOGLE: google_mail.access_token, MailboxKind.MICROSOFT: microsoft_mail.access_token}


def has_tokens(mailbox):
    """Whether its servers take tokens, not a password."""
    return mailbox.kind in _BY_KIND


def access_token(mailbox, *, fresh=False):
    """A token that its servers take; its provider is asked for another when that is due, or (`fresh`) in any case.
    Raises Unavailable.
    """
    return _BY_KIND[mailbox.kind](mailbox, fresh=fresh)
