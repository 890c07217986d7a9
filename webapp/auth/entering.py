"""Signing in: from a proven password or Google identity to a session, past the second factor where there is one."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from peewee import JOIN

from webapp.accounts.models import Membership, User
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Invalid

from . import passwords, sessions, throttle
from .models import Purpose, Session, Token, TwoFactor

REFUSED = "That e-mail and password do not match an account."
CLOSED = "You cannot sign in with this account. Ask whoever runs this Galena."
ACCOUNT_LIMIT = {"limit": 10, "seconds": 900}
ADDRESS_LIMIT = {"limit": 50, "seconds": 900}
CODE_WITHIN = timedelta(minutes=10)


class Entered(NamedTuple):
    """What a proven first factor gives: a session's token, or the token of a sign-in that still needs its code."""

    token: str
    needs_code: bool
    remembered: bool = False


def sign_in(email, password, *, address, agent, remembered=False):
    """Enter with a password. Raises Invalid or TooMany, the same for every address."""
    email = email.strip().lower()
    throttle.hit(f"sign-in address {address}", **ADDRESS_LIMIT)
    throttle.hit(f"sign-in account {digest(email)}", **ACCOUNT_LIMIT)
    user = User.get_or_none(User.email == email)
    if not passwords.verify(password, user.password_hash if user else "") or not user.is_active:
        raise Invalid(REFUSED, "password")
    throttle.clear(f"sign-in account {digest(email)}")
    return enter(user, address=address, agent=agent, remembered=remembered)


def enter(user, *, address, agent, remembered=False):
    """Let in a user whose first factor is proven; returns Entered. Raises Invalid for one who may not sign in."""
    if not user.is_active:
        raise Invalid(CLOSED)
    if has_two_factor(user.id):
        return Entered(_half_way(user, remembered), needs_code=True, remembered=remembered)
    return start_session(user.id, address=address, agent=agent, remembered=remembered)


def start_session(user_id, *, address, agent, remembered):
    """A session in the workspace the user worked in last, as Entered."""
    workspace = _last_workspace(user_id)
    token = sessions.start(user_id, workspace, address=address, agent=agent, remembered=remembered)
    return Entered(token, needs_code=False, remembered=remembered)


def has_two_factor(user_id):
    return TwoFactor.select().where(TwoFactor.user == user_id, TwoFactor.confirmed_at.is_null(False)).exists()


def _half_way(user, remembered):
    token = secrets.token_urlsafe(32)
    Token.create(
        purpose=Purpose.SECOND_FACTOR,
        user=user,
        token_hash=digest(token),
        data={"remembered": remembered},
        expires_at=now() + CODE_WITHIN,
    )
    return token


def _last_workspace(user_id):
    """The id of the workspace that the user's newest session is in, else of the one they joined first, else None."""
    here = (Session.user == Membership.user) & (Session.workspace == Membership.workspace)
    found = (
        Membership.select(Membership.workspace)
        .join(Session, JOIN.LEFT_OUTER, on=here)
        .where(Membership.user == user_id)
        .order_by(Session.last_seen_at.desc(nulls="LAST"), Membership.id)
        .first()
    )
    return found and found.workspace_id
