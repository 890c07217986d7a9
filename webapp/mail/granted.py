"""Mailboxes that their owners let Galena use by OAuth, and take back at their provider whenever they like.

The refresh token stands encrypted in Mailbox.secret; of it come access tokens, each good for about an hour.
"""

from datetime import timedelta
from typing import NamedTuple

from webapp.accounts.audit import record
from webapp.auth.refusals import Away, Refused
from webapp.core.clock import now
from webapp.core.crypto import Unreadable, decrypt, encrypt
from webapp.core.errors import Invalid

from . import health, mailboxes
from .faults import Unavailable
from .mailbox_models import Mailbox

EARLY = timedelta(minutes=2)  # a token that ends in a moment is no good for a connection


class Words(NamedTuple):
    """What is said when a mailbox cannot be used: the access was taken back; the provider does not answer; SECRET_KEY
    was changed.
    """

    revoked: str
    away: str
    unreadable: str


def keep(member, kind, tokens, *, preset, email, username):
    """The Mailbox of this address, new or connected again, with `member` as its owner. Raises Invalid and Conflict."""
    kept = {"secret": encrypt(tokens["refresh_token"], mailboxes.SECRET), **_access(tokens)}
    mailbox = mailboxes.of_address(member, kind, email)
    if mailbox is None:
        server = {name: getattr(preset, name) for name in mailboxes.SERVER}
        fields = {**mailboxes.DEFAULTS, **server, **kept, "email": email, "username": username}
        return mailboxes.insert(member, {**fields, "kind": kind, "sender_name": member.full_name})
    Mailbox.update(**kept, username=username, updated_at=now()).where(Mailbox.id == mailbox.id).execute()
    record(member, "mailbox.connected", mailbox.email, workspace=mailbox.workspace_id)
    health.mended(mailbox)
    return mailbox


def check_tokens(tokens, sentence):
    """Raises Invalid with `sentence` unless both tokens came."""
    if not (tokens.get("refresh_token") and tokens.get("access_token")):
        raise Invalid(sentence)


def access_token(mailbox, refreshed, words, *, fresh=False):
    """A token that its servers take; `refreshed(refresh_token)` gets another when that is due, or if `fresh`.

    Raises Unavailable, lasting when the access was taken back.
    """
    row = Mailbox.get_by_id(mailbox.id)
    try:
        if not fresh and row.access_token and row.access_until and row.access_until > now() + EARLY:
            return decrypt(row.access_token, mailboxes.ACCESS)
        refresh_token = decrypt(row.secret, mailboxes.SECRET)
    except Unreadable:
        raise Unavailable(words.unreadable, lasting=True) from None
    try:
        tokens = refreshed(refresh_token)
    except Refused:
        raise Unavailable(words.revoked, lasting=True) from None
    except Away:
        raise Unavailable(words.away) from None
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
