"""Session rows: starting, finding, switching and ending them."""

import logging
import secrets
from datetime import timedelta
from typing import NamedTuple

from peewee import JOIN, OperationalError, fn

from db import db
from webapp.accounts.members import Member
from webapp.accounts.models import Membership, User, Workspace
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import NotFound
from webapp.core.prepared import Prepared

from .models import Session, TwoFactor

log = logging.getLogger("galena.auth")
TOUCH = timedelta(minutes=1)  # "last seen" is written at most this often


class Limits(NamedTuple):
    """How long a session lives: since it was last seen, and since it began."""

    idle: timedelta
    absolute: timedelta


# Without "Keep me signed in" a session outlasts a working day with its breaks, not the night after it, and a browser
# that is never closed asks once a week. A remembered one survives two weeks of holiday and asks once a quarter.
BRIEF = Limits(idle=timedelta(hours=12), absolute=timedelta(days=7))
REMEMBERED = Limits(idle=timedelta(days=14), absolute=timedelta(days=90))


def start(user_id, workspace, *, address="", agent="", remembered=False):
    """A new session row for the user in `workspace` (None for a person in none); returns the token that names it."""
    token = secrets.token_urlsafe(32)
    with db.atomic():
        User.update(last_login_at=now()).where(User.id == user_id).execute()
        Session.delete().where(~_alive(now())).execute()
        Session.create(
            user=user_id,
            workspace=workspace,
            token_hash=digest(token),
            address=address or "",
            agent=agent[:255],
            remembered=remembered,
        )
    return token


def _alive(moment):
    """The condition under which a session row has neither idled too long nor grown too old."""

    def within(limits):
        return (Session.last_seen_at >= moment - limits.idle) & (Session.created_at >= moment - limits.absolute)

    return (Session.remembered & within(REMEMBERED)) | (~Session.remembered & within(BRIEF))


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
    if row is None or _expired(row, moment):
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


def _expired(row, moment):
    limits = REMEMBERED if row.remembered else BRIEF
    return moment - row.created_at > limits.absolute or moment - row.last_seen_at > limits.idle


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


def renew(member):
    """A new token for the member's session row, after their own privileges changed; the old one opens nothing more.

    Nobody else's session needs it: role, reach and the rest are read from their rows at each request.
    """
    token = secrets.token_urlsafe(32)
    if not Session.update(token_hash=digest(token)).where(Session.id == member.session_id).execute():
        raise NotFound("You were signed out in the meantime. Sign in again.")
    return token


def end(session_id):
    """Delete the session: its cookie opens nothing any more."""
    Session.delete().where(Session.id == session_id).execute()


def end_named(token):
    """Delete the session that `token` names, if there is one."""
    Session.delete().where(Session.token_hash == digest(token)).execute()


def open_sessions(member):
    """The member's sessions that still open something, the one in use first, then by when they were last seen."""
    query = Session.select().where(Session.user == member.user_id, _alive(now()))
    newest = query.order_by(Session.last_seen_at.desc(), Session.id.desc())
    return sorted(newest, key=lambda session: session.id != member.session_id)


def open_count(user):
    """The query of how many sessions of `user` (an id or a column) still open something."""
    return Session.select(fn.COUNT(Session.id)).where(Session.user == user, _alive(now()))


def revoke(member, session_id):
    """Sign the member out of one of their browsers. Raises NotFound for a session that is not theirs, or gone."""
    if not Session.delete().where(Session.id == session_id, Session.user == member.user_id).execute():
        raise NotFound("That session has ended already.")


def end_others(member):
    """Sign the member out of every browser but this one; returns of how many."""
    return Session.delete().where(Session.user == member.user_id, Session.id != member.session_id).execute()


def end_all(user_id):
    """Sign the user out everywhere; returns of how many browsers."""
    return Session.delete().where(Session.user == user_id).execute()


def move_out(user_id, workspace):
    """Take the user's sessions out of a workspace they are no longer in: to another one of theirs, or to none."""
    other = Membership.select(Membership.workspace).where(Membership.user == user_id).order_by(Membership.id).first()
    moved = Session.update(workspace=other and other.workspace_id)
    moved.where(Session.user == user_id, Session.workspace == workspace).execute()


def switch_workspace(member, workspace_id):
    """Let the member's session act in another of their workspaces. Raises NotFound for one they are not in."""
    found = Membership.select().where(Membership.user == member.user_id, Membership.workspace == workspace_id)
    if not found.exists():
        raise NotFound("You are not in that workspace.")
    Session.update(workspace=workspace_id).where(Session.id == member.session_id).execute()


def set_theme(member, theme):
    User.update(theme=theme).where(User.id == member.user_id).execute()
