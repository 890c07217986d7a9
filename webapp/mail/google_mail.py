"""Gmail by OAuth."""

from webapp.auth import google
from webapp.auth.refusals import Refused
from webapp.core.errors import Invalid

from . import granted
from .faults import Unavailable  # noqa: F401  what access_token() raises
from .mailbox_models import MailboxKind
from .presets import GMAIL

CALLBACK = "/settings/mailboxes/google/callback"
MAIL = "https://mail.google.com/"  # the only scope that SMTP and IMAP take
SCOPE = f"openid email {MAIL}"

DENIED = "You did not let Google give us the mailbox, so nothing happened."
UNTICKED = "Google did not let us send: on its page, leave the tick at “Read, compose, send …” and try again."
NO_REFRESH = "Google let us in for an hour only. Remove Galena at myaccount.google.com/connections and try again."
REVOKED = "Google takes no mail from us any more for this mailbox: the access was taken back. Connect it again."
AWAY = "Google gives no access to this mailbox right now. It is tried again."
UNREADABLE = "The access that Google gave cannot be read any more: SECRET_KEY was changed. Connect the mailbox again."
WORDS = granted.Words(REVOKED, AWAY, UNREADABLE)


def ask():
    """Where to send a browser, and what to keep in its cookie until it comes back. Raises NotFound and Away."""
    wishes = {"callback": CALLBACK, "scope": SCOPE, "prompt": "consent select_account"}
    return google.ask(**wishes, access_type="offline")  # without consent asked for, no refresh token comes


def connect(member, answer, asked, *, address):
    """The Mailbox that an `answer` (as in google.answered()) opens, new or connected again, with `member` as its owner.

    Raises Refused, Away, TooMany, Invalid and Conflict.
    """
    if answer.get("error") == "access_denied":
        raise Refused(DENIED)
    identity = google.answered(answer, asked, address=address, callback=CALLBACK)
    if MAIL not in str(identity.tokens.get("scope", "")).split():
        raise Invalid(UNTICKED)
    granted.check_tokens(identity.tokens, NO_REFRESH)
    account = {"email": identity.email, "username": identity.email}
    return granted.keep(member, MailboxKind.GOOGLE, identity.tokens, preset=GMAIL, **account)


def access_token(mailbox, *, fresh=False):
    """A token that Gmail's servers take, as granted.access_token() has it. Raises Unavailable."""
    return granted.access_token(mailbox, google.refreshed, WORDS, fresh=fresh)
