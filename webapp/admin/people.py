"""What a site admin does to somebody's account. Each act is in the audit log, and none can be done to oneself: a slip
must not lock the last admin out.
"""

from db import db
from webapp.accounts.audit import record
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.auth import sessions, two_factor
from webapp.core.errors import Conflict, Forbidden

LAST_ADMIN = "{} is the only active site admin. Make somebody else one first."


def deactivate(user, *, actor, address):
    """Sign the user out everywhere and let them in no more; what they did stays. Raises Conflict, Forbidden."""
    _not_oneself(user, actor)
    with db.atomic():
        if user.is_admin:
            _keep_an_admin(user)
        _change(user, "That account is deactivated already.", is_active=(True, False))
        ended = sessions.end_all(user.id)
        record(actor, "user.deactivated", user.email, address=address, sessions=ended)


def reactivate(user, *, actor, address):
    """Let the user sign in again. Raises Conflict."""
    with db.atomic():
        _change(user, "That account is active already.", is_active=(False, True))
        record(actor, "user.reactivated", user.email, address=address)


def end_sessions(user, *, actor, address):
    """Sign the user out everywhere; returns of how many browsers."""
    _not_oneself(user, actor)
    with db.atomic():
        ended = sessions.end_all(user.id)
        record(actor, "user.signed_out", user.email, address=address, sessions=ended)
    return ended


def make_admin(user, *, actor=None, address=""):
    """Let the user act as a site admin, from their next sign-in on: they are signed out. Raises Conflict."""
    with db.atomic():
        if not user.is_active:
            raise Conflict(f"{user.full_name} is deactivated. Reactivate the account first.")
        _change(user, f"{user.full_name} is a site admin already.", is_admin=(False, True))
        sessions.end_all(user.id)
        record(actor, "user.made_admin", user.email, address=address)
        advice = "Ask another site admin to take that back."
        owe(NoticeKind.CHANGED, user.email, user=user.id, what="You were made a site admin", advice=advice)


def unmake_admin(user, *, actor, address):
    """Take the rights of a site admin from the user, at once. Raises Conflict, Forbidden."""
    _not_oneself(user, actor)
    with db.atomic():
        _keep_an_admin(user)
        _change(user, f"{user.full_name} is no site admin.", is_admin=(True, False))
        sessions.end_all(user.id)
        record(actor, "user.unmade_admin", user.email, address=address)


def send_password_link(user, *, actor, address):
    """Mail the user a link to set a new password. Raises Conflict."""
    if not user.is_active:
        raise Conflict(f"{user.full_name} is deactivated, so no link would work. Reactivate the account first.")
    with db.atomic():
        owe(NoticeKind.RESET, user.email, user=user.id)
        record(actor, "user.password_link_sent", user.email, address=address)


def switch_off_two_factor(user, *, actor, address):
    """Let a user who lost their device sign in with the password alone; they are told. Raises Conflict, Forbidden."""
    _not_oneself(user, actor)
    if not two_factor.reset(user, actor=actor, address=address):
        raise Conflict(f"{user.full_name} has no two-factor sign-in.")


def _not_oneself(user, actor):
    if user.id == actor.user_id:
        raise Forbidden("That is your own account. Ask another site admin, or use your settings.")


def _keep_an_admin(user):
    """Raise Conflict when no other active admin would be left. Holds the admins' rows until the transaction ends, so
    that of two admins who take it from each other one stays.
    """
    held = User.update(is_admin=True).where(User.is_admin, User.is_active).returning(User.id)
    if {row.id for row in held} <= {user.id}:
        raise Conflict(LAST_ADMIN.format(user.full_name))


def _change(user, already, **change):
    """Change one column from what it was to what it will be, if it still is. Raises Conflict with `already`."""
    ((name, (before, after)),) = change.items()
    still = (User.id == user.id) & (getattr(User, name) == before) & User.deleted_at.is_null()
    if User.update({name: after}).where(still).execute() != 1:
        raise Conflict(already)
