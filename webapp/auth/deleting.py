"""Deleting one's account: what goes with it, and what stands in the way.

All that is known of the person goes at once. An empty row stays, called "Somebody": what they did in workspaces that go
on still was somebody's doing there, and no table has to be gone through.
"""

from typing import NamedTuple

from db import db
from webapp.accounts import pictures, team, workspaces
from webapp.accounts.audit import record
from webapp.accounts.models import Invitation, Membership, Notice, NoticeKind, Role, Theme, User, Workspace
from webapp.accounts.notices import owe
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.locales import DEFAULT

from . import sessions, tokens, two_factor
from .models import Account, RecoveryCode, TwoFactor

SOMEBODY = "Somebody"
ONLY_OWNER = "You are the only owner of {}, and others are in it. Transfer the ownership or delete the workspace first."
JOINED = "Somebody has just joined {}. Look again at what would be deleted."
LAST_ADMIN = "You are the only site admin, and others have accounts here. Make somebody else a site admin first."


class Leaving(NamedTuple):
    """What an account's end would mean: `alone` are the workspaces that go with it, `others` those that go on without
    it (both lists of Workspaces); `obstacle` says why it cannot be now, or is empty.
    """

    alone: list
    others: list
    obstacle: str


def leaving(member):
    """What deleting the member's account would mean now: a Leaving."""
    alone, others, obstacle = [], [], _admin_obstacle(member)
    mine = Workspace.select().join(Membership).where(Membership.user == member.user_id).order_by(Workspace.name)
    for workspace in mine:
        people = list(Membership.of(workspace).select(Membership, User).join(User))
        owners = {row.user_id for row in people if row.role is Role.OWNER and row.user.is_active}
        (alone if len(people) == 1 else others).append(workspace)
        if len(people) > 1 and owners == {member.user_id}:
            obstacle = obstacle or ONLY_OWNER.format(workspace.name)
    return Leaving(alone, others, obstacle)


def _admin_obstacle(member):
    rest = User.select().where(User.id != member.user_id, User.is_active)
    return LAST_ADMIN if member.is_admin and rest.exists() and not rest.where(User.is_admin).exists() else ""


def needs_proof(member):
    """Whether there is a password or a second factor to ask for."""
    return member.two_factor or bool(User.get_by_id(member.user_id).password_hash)


def delete_account(member, *, email, proof):
    """Delete the member's account, and the workspaces in which nobody else is. Jobs take those workspaces' rows away,
    and the member's name off their leads in the others.

    `email` is their address as they typed it, `proof` their password or a two-factor code, if they have either. Raises
    Invalid and TooMany for a wrong one, Conflict for an obstacle as in leaving().
    """
    if email.strip().lower() != member.email:
        raise Invalid(f"That is not the address of this account. Type {member.email}.", "email")
    if needs_proof(member):
        two_factor.prove(member, proof)
    with db.atomic():
        User.update(is_admin=User.is_admin).where(User.is_admin).execute()  # of two admins who go at once, one waits
        bound = leaving(member)
        if bound.obstacle:
            raise Conflict(bound.obstacle)
        for workspace in bound.alone:
            _give_up(workspace, member)
        for workspace in bound.others:
            team.remove_member(workspace, member.user_id, actor=member)
        _end(member)
        owe(
            NoticeKind.CHANGED,
            member.email,
            what="Your Galena account was deleted",
            advice="Tell whoever runs this Galena.",
        )
        record(None, "account.deleted", "an account")


def _give_up(workspace, member):
    """Delete a workspace in which only the member is. Its invitations go first: who is about to accept one either was
    quicker and is seen, or comes too late.
    """
    Invitation.delete().where(Invitation.workspace == workspace.id).execute()
    if workspaces.give_up(workspace, typed_name=workspace.name, actor=member) != [member.user_id]:
        raise Conflict(JOINED.format(workspace.name))


def _end(member):
    """End whatever lets somebody in, and forget the person, also where only their address stands."""
    sessions.end_all(member.user_id)
    tokens.end_all(member.user_id)
    for table in (RecoveryCode, TwoFactor, Account, Notice):
        table.delete().where(table.user == member.user_id).execute()
    Notice.delete().where(Notice.email == member.email, Notice.invitation.is_null()).execute()
    Invitation.delete().where(Invitation.email == member.email, Invitation.accepted_at.is_null(False)).execute()
    pictures.remove(member.user_id)
    User.update(
        full_name=SOMEBODY,
        email=f"deleted {member.user_id}",  # the address is free again
        password_hash="",
        email_verified_at=None,
        last_login_at=None,
        time_zone="UTC",
        theme=Theme.SYSTEM,
        locale=DEFAULT,
        is_active=False,
        is_admin=False,
        deleted_at=now(),
    ).where(User.id == member.user_id).execute()
