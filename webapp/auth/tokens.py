"""Links in mails and half-finished sign-ins: single use, expiring; a row keeps only the token's SHA-256."""

import secrets
from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import NotFound

from .models import Token

GONE = "This link does not work any more: it was used, replaced by a newer one, or is too old. Ask for a new one."


def make(purpose, *, lasts, user=None, email="", data=None):
    """A new token, good for `lasts` (a timedelta); returns it. It replaces the former one of the same user and purpose,
    or of the same address when it is of no user yet.
    """
    token = secrets.token_urlsafe(24)
    owner = (Token.user == user) if user else Token.user.is_null() & (Token.email == email)
    with db.atomic():
        Token.delete().where(Token.purpose == purpose, owner).execute()
        Token.create(
            purpose=purpose,
            user=user,
            email=email,
            token_hash=digest(token),
            data=data or {},
            expires_at=now() + lasts,
        )
    return token


def _good(token, purpose):
    alive = Token.used_at.is_null() & (Token.expires_at > now())
    return (Token.token_hash == digest(token)) & (Token.purpose == purpose) & alive


def find(token, purpose):
    """The Token row, still good. Raises NotFound, in the same words whether it is unknown, used or too old."""
    row = Token.get_or_none(_good(token, purpose))
    if row is None:
        raise NotFound(GONE)
    return row


def use(token, purpose):
    """The Token row, which is good no longer: of two who use it at once, one gets it. Raises NotFound as find() does.

    Call it in the transaction of what the token is for, so that a refusal there leaves the link good.
    """
    row = find(token, purpose)
    if Token.update(used_at=now()).where(Token.id == row.id, _good(token, purpose)).execute() != 1:
        raise NotFound(GONE)
    return row


def end_all(user):
    """End every link and half-finished sign-in of the user, after their password or address changed."""
    Token.delete().where(Token.user == user).execute()


def sweep():
    """Delete what is good no longer."""
    Token.delete().where(Token.expires_at < now() - timedelta(days=1)).execute()
