"""Gmail by OAuth: its owner lets Galena use a mailbox, and takes that back at Google whenever they like.

The refresh token stands encrypted in Mailbox.secret; of it come access tokens, each good for about an hour.
"""

from datetime import timedelta

from webapp.accounts.audit import record
from webapp.auth import google
from webapp.auth.refusals import Away, Refused
from webapp.core.clock import now
from webapp.core.crypto import Unreadable, decrypt, encrypt
from webapp.core.errors import Invalid

from . import health, mailboxes
from .faults import Unavailable
from .mailbox_models import Mailbox, MailboxKind
from .presets import GMAIL

CALLBACK = "/settings/mailboxes/google/callback"
MAIL = "https://mail.google.com/"  # the only scope that SMTP and IMAP take
SCOPE = f"openid email {MAIL}"
EARLY = timedelta(minutes=2)  # a token that ends in a moment is no good for a connection

DENIED = "You did not let Google give us the mailbox, so nothing happened."
UNTICKED = "Google did not let us send: on its page, leave the tick at “Read, compose, send …” and try again."
NO_REFRESH = "Google let us in for an hour only. Remove Galena at myaccount.google.com/connections and try again."
REVOKED = "Google takes no mail from us any more for this mailbox: the access was taken back. Connect it again."
AWAY = "Google gives no access to this mailbox right now. It is tried again."
UNREADABLE = "The access that Google gave cannot be read any more: SECRET_KEY was changed. Connect the mailbox again."


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
    tokens = identity.tokens
    if MAIL not in str(tokens.get("scope", "")).split():
        raise Invalid(UNTICKED)
    if not (tokens.get("refresh_token") and tokens.get("access_token")):
        raise Invalid(NO_REFRESH)
    kept = {"secret": encrypt(tokens["refresh_token"], mailboxes.SECRET), **_access(tokens)}
    mailbox = mailboxes.of_address(member, MailboxKind.GOOGLE, identity.email)
    if mailbox is None:
        server = {name: getattr(GMAIL, name) for name in mailboxes.SERVER}
        fields = {**mailboxes.DEFAULTS, **server, **kept, "email": identity.email, "username": identity.email}
        return mailboxes.insert(member, {**fields, "kind": MailboxKind.GOOGLE, "sender_name": member.full_name})
    Mailbox.update(**kept, updated_at=now()).where(Mailbox.id == mailbox.id).execute()
    record(member, "mailbox.connected", mailbox.email, workspace=mailbox.workspace_id)
    health.mended(mailbox)
    return mailbox


def access_token(mailbox, *, fresh=False):
    """A token that Gmail's servers take; asks Google for another when that is due, or (`fresh`) in any case.

    Raises Unavailable, lasting when the access was taken back.
    """
    row = Mailbox.get_by_id(mailbox.id)
    try:
        if not fresh and row.access_token and row.access_until and row.access_until > now() + EARLY:
            return decrypt(row.access_token, mailboxes.ACCESS)
        refresh_token = decrypt(row.secret, mailboxes.SECRET)
    except Unreadable:
        raise Unavailable(UNREADABLE, lasting=True) from None
    try:
        tokens = google.refreshed(refresh_token)
    except Refused:
        raise Unavailable(REVOKED, lasting=True) from None
    except Away:
        raise Unavailable(AWAY) from None
    kept = _access(tokens)
    if tokens.get("refresh_token") not in (None, refresh_token):
        kept["secret"] = encrypt(tokens["refresh_token"], mailboxes.SECRET)
    Mailbox.update(kept).where(Mailbox.id == row.id).execute()
    return tokens["access_token"]


def _access(tokens):
    """What a row keeps of an access token."""
    lasts = tokens.get("expires_in")
    until = now() + timedelta(seconds=min(lasts, 86400)) if isinstance(lasts, int) else None
    return {"access_token": encrypt(tokens["access_token"], mailboxes.ACCESS), "access_until": until}
