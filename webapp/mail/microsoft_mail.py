"""Microsoft 365 and Outlook.com by OAuth (Microsoft identity platform, "Authenticate an IMAP, POP or SMTP connection
using OAuth"). It gives mail to programs by no other way in.
"""

import re

from webapp import config
from webapp.auth import authorization
from webapp.auth.providers import microsoft
from webapp.auth.refusals import UNFINISHED, Away, Refused
from webapp.core.errors import Invalid, NotFound

from . import granted
from .mailbox_models import MailboxKind
from .presets import MICROSOFT_365, OUTLOOK

CALLBACK = "/settings/mailboxes/microsoft/callback"
NEEDED = ("imap.accessasuser.all", "smtp.send")
SCOPE = (
    "openid email profile offline_access "  # offline_access: without it, no refresh token comes
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
)
PERSONAL = "9188040d-6c67-4b7b-b1f2-d62bd1f7b2b8"  # the tenant of all Outlook.com accounts
_ADDRESS = re.compile(r"[^@\s\0<>,]+@[^@\s\0<>,]+")

OFF = "Connecting mailboxes at Microsoft is not set up here."
DENIED = "You did not let Microsoft give us the mailbox, so nothing happened."
NOT_ALLOWED = "Microsoft did not let us read and send mail. Ask an administrator of your Microsoft 365 to allow it."
NO_REFRESH = "Microsoft let us in for an hour only. Remove Galena at myapps.microsoft.com and try again."
NO_ADDRESS = "That Microsoft account has no e-mail address, so there is no mailbox to connect."
REVOKED = (
    "Microsoft does not let us in any more for this mailbox: the access was taken back or ended. Connect it again."
)
AWAY = "Microsoft gives no access to this mailbox right now. It is tried again."
UNREADABLE = (
    "The access that Microsoft gave cannot be read any more: SECRET_KEY was changed. Connect the mailbox again."
)
WORDS = granted.Words(REVOKED, AWAY, UNREADABLE)


def ask():
    """Where to send a browser, and what to keep in its cookie until it comes back. Raises NotFound and Away."""
    if not config.current().microsoft:
        raise NotFound(OFF)
    return authorization.ask(microsoft(), callback=CALLBACK, scope=SCOPE)


def connect(member, answer, asked, *, address):
    """The Mailbox that an `answer` opens, new or connected again, with `member` as its owner.

    Raises Refused, Away, TooMany, Invalid and Conflict.
    """
    if answer.get("error") in ("access_denied", "consent_required"):
        raise Refused(DENIED)
    if not config.current().microsoft:
        raise Refused(microsoft().said(UNFINISHED))
    claims, tokens = authorization.answered(microsoft(), answer, asked, address=address, callback=CALLBACK)
    scopes = str(tokens.get("scope", SCOPE))  # what is not said is as it was asked for (RFC 6749, 5.1)
    allowed = {scope.rpartition("/")[2].lower() for scope in scopes.split()}
    if not allowed.issuperset(NEEDED):
        raise Invalid(NOT_ALLOWED)
    granted.check_tokens(tokens, NO_REFRESH)
    preset = OUTLOOK if claims["tid"] == PERSONAL else MICROSOFT_365
    return granted.keep(member, MailboxKind.MICROSOFT, tokens, preset=preset, **_account(claims))


def _account(claims):
    """The address that mail comes from, and the name to sign in with. Neither says who somebody is, and nobody signs in
    here by it: a server that the token does not open lets nobody in, whatever they claim.
    """
    names = [claims.get(name) for name in ("preferred_username", "email")]
    found = [name.lower() for name in names if isinstance(name, str) and _ADDRESS.fullmatch(name) and len(name) < 255]
    if not found:
        raise Invalid(NO_ADDRESS)
    return {"username": found[0], "email": found[-1]}


def access_token(mailbox, *, fresh=False):
    """A token that Microsoft's servers take, as granted.access_token() has it. Raises Unavailable."""
    return granted.access_token(mailbox, _refreshed, WORDS, fresh=fresh)


def _refreshed(token):
    if not config.current().microsoft:
        raise Away(OFF)
    return authorization.oidc().refresh(microsoft(), token, scope=SCOPE)
