"""Session rows: starting, finding, switching and ending them."""

import logging
import secrets
from datetime import timedelta

from peewee import JOIN, OperationalError, fn

from db import db
from webapp.accounts.members import Member
from webapp.accounts.models import Membership, User, Workspace
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Invalid, NotFound
from webapp.core.prepared import Prepared

from . import passwords, throttle
from .models import Session, TwoFactor

log = logging.getLogger("galena.auth")
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
    throttle.hit(f"sign-in account {digest(email)}", **ACCOUNT_LIMIT)
    user = User.get_or_none(User.email == email)
    if not passwords.verify(password, user.password_hash if user else "") or not user.is_active:
        raise Invalid(REFUSED, "password")
    membership = Membership.select().where(Membership.user == user).order_by(Membership.id).first()
    if membership is None:
        raise Invalid("You are in no workspace any more. Ask somebody in your team to invite you.", "email")
    throttle.clear(f"sign-in account {digest(email)}")
    return start(user.id, membership.workspace_id, address=address, agent=agent)


def start(user_id, workspace, *, address="", agent=""):
    """A new session row for the user in `workspace`; returns the token that names it."""
    token = secrets.token_urlsafe(32)
    with db.atomic():
        User.update(last_login_at=now()).where(User.id == user_id).execute()
        Session.create(user=user_id, workspace=workspace, token_hash=digest(token), address=address, agent=agent[:255])
        Session.delete().where(Session.created_at < now() - ABSOLUTE).execute()
    return token


@Prepared
def _session(*, token_hash):
    memberships = Membership.alias()
    many = memberships.select(fn.COUNT(memberships.id)).where(memberships.user == User.id)
    here = (Membership.user == Session.user) & (Membership.workspace == Session.workspace)
    return (
        Session.select(
            Session.id.alias("session_id"), Session.created_at, Session.last_seen_at,
            Session.remembered,
            User.id.alias("user_id"), User.full_name, User.email, User.time_zone, User.theme, User.locale, User.picture,
            User.email_verified_at, User.is_admin, TwoFactor.confirmed_at.alias("two_factor_at"),
            Membership.role, Membership.reach, many.alias("memberships"),
            Session.workspace.alias("session_workspace"),
            Workspace.id.alias("workspace_id"), Workspace.name, Workspace.slug, Workspace.currency, Workspace.initials,
            Workspace.time_zone.alias("workspace_zone"), Workspace.requires_two_factor,
        )
        .join(User)
        .join(TwoFactor, JOIN.LEFT_OUTER, on=TwoFactor.user == User.id)
        .join_from(Session, Membership, JOIN.LEFT_OUTER, on=here)
        .join_from(Session, Workspace, JOIN.LEFT_OUTER, on=Workspace.id == Membership.workspace)
        .where(Session.token_hash == token_hash, User.is_active)
    )  # fmt: skip


def member_for(token):
    """The Member whose session `token` names, or None when it is unknown, ended or expired."""
    row = _session.one(token_hash=digest(token))
    moment = now()
    if row is None or moment - row.created_at > ABSOLUTE or moment - row.last_seen_at > IDLE:
        return None
    if row.session_workspace is not None and row.workspace_id is None:
        return None  # they are in that workspace no longer
    if moment - row.last_seen_at > TOUCH:
        _touch(row.session_id, moment)
    return Member(
        token=token,
        session_id=row.session_id,
        user_id=row.user_id,
        full_name=row.full_name,
        email=row.email,
        time_zone=row.time_zone,
        theme=row.theme,
        locale=row.locale,
        picture=row.picture,
        is_admin=row.is_admin,
        email_verified=row.email_verified_at is not None,
        two_factor=row.two_factor_at is not None,
        role=row.role,
        reach=row.reach,
        workspace=_workspace(row) if row.workspace_id else None,
        memberships=row.memberships,
    )


def _workspace(row):
    return Workspace(
        id=row.workspace_id,
        name=row.name,
        slug=row.slug,
        currency=row.currency,
        initials=row.initials,
        time_zone=row.workspace_zone,
        requires_two_factor=row.requires_two_factor,
    )


def _touch(session_id, moment):
    """Write down that the session is used, if the database takes it: a page to read needs no lock."""
    try:
        Session.update(last_seen_at=moment).where(Session.id == session_id).execute()
    except OperationalError as error:
        log.warning("session %s: last seen is not written: %s", session_id, error)


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
