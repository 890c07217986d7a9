"""Session rows: starting, finding, switching and ending them."""

import hashlib
import secrets
from datetime import timedelta

from db import db
from webapp.accounts.members import Member
from webapp.accounts.models import Membership, Reach, Role, Theme, User, Workspace
from webapp.core.clock import now
from webapp.core.errors import Invalid, NotFound

from . import passwords, throttle
from .models import Session

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
TOUCH = timedelta(minutes=1)  # "last seen" is written at most this often

REFUSED = "That e-mail and password do not match an account."
ACCOUNT_LIMIT = {"limit": 10, "seconds": 900}
ADDRESS_LIMIT = {"limit": 50, "seconds": 900}


def sign_in(email, password, *, address, agent):
    """Start a session for the account; returns its token. Raises Invalid or TooMany, the same for every address."""
    email = email.strip().lower()
    throttle.hit(f"sign-in address {address}", **ADDRESS_LIMIT)
    throttle.hit(f"sign-in account {_hash(email)}", **ACCOUNT_LIMIT)
    user = User.get_or_none(User.email == email)
    if not passwords.verify(password, user.password_hash if user else "") or not user.is_active:
        raise Invalid(REFUSED, "password")
    membership = Membership.select().where(Membership.user == user).order_by(Membership.id).first()
    if membership is None:
        raise Invalid("You are in no workspace any more. Ask somebody in your team to invite you.", "email")
    throttle.clear(f"sign-in account {_hash(email)}")
    return start(user.id, membership.workspace_id, address=address, agent=agent)


def start(user_id, workspace, *, address="", agent=""):
    """A new session row for the user in `workspace`; returns the token that names it."""
    token = secrets.token_urlsafe(32)
    with db.atomic():
        User.update(last_login_at=now()).where(User.id == user_id).execute()
        Session.create(user=user_id, workspace=workspace, token_hash=_hash(token), address=address, agent=agent[:255])
        Session.delete().where(Session.created_at < now() - ABSOLUTE).execute()
    return token


def member_for(token, *, touch=True):
    """The Member whose session `token` names, or None when it is unknown, ended or expired."""
    query = (
        Session.select(
            Session.id,
            Session.created_at,
            Session.last_seen_at,
            User.id,
            User.full_name,
            User.email,
            User.time_zone,
            User.theme,
            User.is_admin,
            Membership.role,
            Membership.reach,
            Workspace.id,
            Workspace.name,
            Workspace.slug,
            Workspace.currency,
        )
        .join(User)
        .join(Membership, on=(Membership.user == Session.user) & (Membership.workspace == Session.workspace))
        .join(Workspace, on=Workspace.id == Session.workspace)
        .where(Session.token_hash == _hash(token), User.is_active == True)  # noqa: E712
        .tuples()
    )
    row = query.first()
    if row is None:
        return None
    session_id, created_at, last_seen_at, *who, role, reach, ws_id, ws_name, ws_slug, currency = row
    user_id, full_name, email, time_zone, theme, is_admin = who
    moment = now()
    if moment - created_at > ABSOLUTE or moment - last_seen_at > IDLE:
        return None
    if touch and moment - last_seen_at > TOUCH:
        Session.update(last_seen_at=moment).where(Session.id == session_id).execute()
    return Member(
        token,
        session_id,
        user_id,
        full_name,
        email,
        time_zone,
        Theme(theme),
        bool(is_admin),
        Role(role),
        Reach(reach),
        Workspace(id=ws_id, name=ws_name, slug=ws_slug, currency=currency),
    )


def end(session_id):
    """Delete the session: its cookie opens nothing any more."""
    Session.delete().where(Session.id == session_id).execute()


def switch_workspace(member, workspace_id):
    """Let the member's session act in another of their workspaces. Raises NotFound for one they are not in."""
    found = Membership.select().where(Membership.user == member.user_id, Membership.workspace == workspace_id)
    if not found.exists():
        raise NotFound("You are not in that workspace.")
    Session.update(workspace=workspace_id).where(Session.id == member.session_id).execute()


def set_theme(member, theme):
    User.update(theme=theme).where(User.id == member.user_id).execute()


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()
