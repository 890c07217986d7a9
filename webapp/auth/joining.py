"""Coming into a workspace and going out of it: memberships and the sessions that work there change together."""

from typing import NamedTuple

from db import db
from webapp.accounts import invitations, team, workspaces
from webapp.accounts.audit import record
from webapp.accounts.models import NoticeKind, User
from webapp.accounts.notices import owe
from webapp.core.errors import Invalid

from . import passwords, sessions, throttle

ALL_AT_ONCE = 50  # addresses in one go
A_DAY = {"limit": 300, "seconds": 86400}
AGAIN = {"limit": 5, "seconds": 3600}
TRIES = {"limit": 10, "seconds": 900}


class Answer(NamedTuple):
    """What became of one address that somebody invites."""

    email: str
    problem: str  # empty: an invitation is on its way


def invite_all(actor, addresses, **place):
    """Invite each address to a `place` (role, reach, center_id); returns an Answer each.

    Raises Invalid for too many, TooMany, and Forbidden as invitations.invite() does.
    """
    addresses = list(dict.fromkeys(address.lower() for address in addresses))
    if len(addresses) > ALL_AT_ONCE:
        raise Invalid(f"Invite up to {ALL_AT_ONCE} people at once; these are {len(addresses)}.", "addresses")
    return [Answer(address, _invite(actor, address, place)) for address in addresses]


def _invite(actor, address, place):
    throttle.hit(f"invite {actor.workspace.id}", **A_DAY)
    throttle.hit(f"invite by {actor.user_id}", **A_DAY)  # whoever is at their limit can make another workspace
    try:
        invitations.invite(actor, address, **place)
    except Invalid as error:
        if error.field != "addresses":
            raise
        return str(error)
    return ""


def send_again(invitation, *, actor):
    """Send a waiting invitation once more. Raises TooMany: nobody wants it many times an hour."""
    throttle.hit(f"invitation {invitation.id}", **AGAIN)
    invitations.send_again(invitation, actor=actor)


def join_as_new(invitation, token, *, full_name, password, time_zone):
    """An account for the invited address, in the workspace; returns the User. Raises Invalid and Conflict.

    Whoever got the token by mail reads mail there; who got it from the inviter still has to show that.
    """
    passwords.check_strength(password, email=invitation.email, full_name=full_name)
    password_hash = passwords.hash_password(password)
    with db.atomic():
        user = workspaces.create_user(
            full_name=full_name, email=invitation.email, password_hash=password_hash, time_zone=time_zone
        )
        invitations.accept(invitation, user, token)
        if not invitations.proves_address(token):
            owe(NoticeKind.VERIFY, user.email, user=user)
    return user


def join(invitation, token, *, actor):
    """Put `actor` into the workspace they are invited to, and let their session work there. Raises Conflict."""
    with db.atomic():
        invitations.accept(invitation, User.get_by_id(actor.user_id), token)
        sessions.switch_workspace(actor, invitation.workspace_id)


def start_workspace(name, *, time_zone, actor):
    """A new workspace of the actor's own, which their session works in from now on; returns it. Raises TooMany."""
    throttle.hit(f"new workspace {actor.user_id}", limit=10, seconds=3600)
    with db.atomic():
        workspace = workspaces.start_workspace(actor.user_id, name, time_zone=time_zone)
        sessions.switch_workspace(actor, workspace.id)
    return workspace


def remove_member(workspace, user_id, *, actor, heir_id=None):
    """Take a person out of the workspace at once; their sessions go on in another one. See team.remove_member()."""
    with db.atomic():
        team.remove_member(workspace, user_id, actor=actor, heir_id=heir_id)
        sessions.move_out(user_id, workspace)


def give_up(workspace, *, typed_name, actor):
    """Delete the workspace and put everybody out of it at once. See workspaces.give_up()."""
    with db.atomic():
        for user_id in workspaces.give_up(workspace, typed_name=typed_name, actor=actor):
            sessions.move_out(user_id, workspace)


def transfer_ownership(workspace, user_id, *, proof, actor):
    """Make another member the owner in the actor's place. `proof` is the actor's password, or the workspace's name when
    they have none. Raises Invalid, TooMany and what team.transfer_ownership() does.
    """
    throttle.hit(f"proof {actor.user_id}", **TRIES)
    password_hash = User.get_by_id(actor.user_id).password_hash
    if password_hash and not passwords.verify(proof, password_hash):
        raise Invalid("That is not your password.", "proof")
    if not password_hash and proof != workspace.name:
        raise Invalid(f"Type {workspace.name} to confirm.", "proof")
    team.transfer_ownership(workspace, user_id, actor=actor)
    throttle.clear(f"proof {actor.user_id}")


def send_password_link(membership, *, actor):
    """Mail a person of the workspace a link to choose a new password. Raises TooMany."""
    user = membership.user
    throttle.hit(f"password link {user.id}", **AGAIN)
    with db.atomic():
        owe(NoticeKind.RESET, user.email, user=user)
        record(actor, "user.password_link_sent", user.full_name, workspace=membership.workspace_id, user_id=user.id)
