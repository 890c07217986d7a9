"""Signing in: from a proven password or Google identity to a session, past the second factor where there is one."""

from datetime import timedelta
from typing import NamedTuple

from peewee import JOIN

from db import db
from webapp.accounts.models import Membership, User
from webapp.core.crypto import digest
from webapp.core.errors import Invalid

from . import passwords, sessions, throttle, tokens, two_factor
from .models import Purpose, Session

REFUSED = "That e-mail and password do not match an account."
CLOSED = "You cannot sign in with this account. Ask whoever runs this Galena."
CHANGED = "Your account was changed a moment ago. Sign in once more."
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
    throttle.take_back(f"sign-in address {address}")
    return enter(user, address=address, agent=agent, remembered=remembered)


def enter(user, *, address, agent, remembered=False):
    """Let in a user whose first factor is proven; returns Entered. Raises Invalid for one who may not sign in."""
    if not user.is_active:
        raise Invalid(CLOSED)
    with db.atomic():
        _hold(user)
        if two_factor.is_on(user.id):
            data = {"remembered": remembered}
            return Entered(tokens.make(Purpose.SECOND_FACTOR, user=user, data=data, lasts=CODE_WITHIN), needs_code=True)
        return _start(user, address, agent, remembered)


def _hold(user):
    """Hold the user's row until the transaction ends. Raises Invalid when it has another password by now: checking the
    former one takes a quarter of a second, and one who gets in after that would outlive the change, which ends all.
    """
    same = (User.id == user.id) & (User.password_hash == user.password_hash) & User.is_active
    if User.update(password_hash=user.password_hash).where(same).execute() != 1:
        raise Invalid(CHANGED, "password")


def check_half_way(token):
    """Raise NotFound unless `token` is a sign-in that still waits for its code."""
    tokens.find(token, Purpose.SECOND_FACTOR)


def enter_with_code(token, code, *, address, agent):
    """Finish the sign-in that `token` is half of, with a code or a recovery code; returns Entered.

    Raises NotFound when it took too long, and Invalid or TooMany for a wrong code, after which it still waits.
    """
    user = tokens.find(token, Purpose.SECOND_FACTOR).user
    two_factor.check(user.id, code)
    if not user.is_active:
        raise Invalid(CLOSED)
    with db.atomic():
        half = tokens.use(token, Purpose.SECOND_FACTOR)
        return _start(user, address, agent, half.data["remembered"])


def _start(user, address, agent, remembered):
    """A session in the workspace that the user worked in last, as Entered."""
    workspace = _last_workspace(user.id)
    token = sessions.start(user.id, workspace, address=address, agent=agent, remembered=remembered)
    return Entered(token, needs_code=False, remembered=remembered)


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
