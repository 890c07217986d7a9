"""Invitations: offering a place in a workspace by mail, and taking it."""

import re
import secrets
from contextlib import suppress
from datetime import timedelta

from peewee import JOIN, IntegrityError

from db import db
from webapp.core.clock import now
from webapp.core.crypto import digest
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound

from .audit import record
from .centers import open_to
from .models import (
    Center,
    CenterMember,
    Invitation,
    Membership,
    Notice,
    NoticeKind,
    NoticeState,
    Reach,
    Role,
    User,
    Workspace,
)
from .notices import owe
from .roles import allowed

LIFE = timedelta(days=7)
COPIED = "copied-"  # how the token of a link begins that was shown to the inviter, and so proves no address
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,254}}$){_ATOM}(?:\.{_ATOM})*@{_HOST}")

UNKNOWN = "This link does not work. It may be an older one: use the newest mail, or ask for a new invitation."
WITHDRAWN = "This invitation was withdrawn. Ask for a new one if you still expect it."
EXPIRED = "This invitation has expired. Ask {} to send it again."
ACCEPTED = "This invitation was accepted already. Sign in to open {}."


def grantable_roles(actor):
    """The roles that `actor` may invite to: an owner to any, others to those below their own."""
    roles = list(Role)
    return roles if actor.role is Role.OWNER else roles[roles.index(actor.role) + 1 :]


def grantable_reaches(actor):
    """What `actor` may let others see: nothing wider than what they see themselves."""
    reaches = list(Reach)
    return reaches[reaches.index(actor.reach) :]


def invite(actor, email, *, role=Role.MEMBER, reach=Reach.ALL, center_id=None):
    """Offer a place in the actor's workspace to an address, by mail; returns the Invitation.

    Whether the address has an account is not looked at: the answer is the same. Raises Invalid for no address, one that
    is in the workspace or invited already, and Forbidden for more than the actor may give.
    """
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise Invalid("That is not an e-mail address.", "addresses")
    _check_grantable(actor, role, reach, center_id)
    here = Membership.of(actor.workspace).join(User).where(User.email == email)
    if here.exists():
        raise Invalid(f"Already in {actor.workspace.name}.", "addresses")
    with db.atomic():
        invitation = _open(actor, email, role, reach, center_id)
        record(
            actor, "invitation.made", email, workspace=actor.workspace.id, role=role, reach=reach, center_id=center_id
        )
        owe(NoticeKind.INVITATION, email, invitation=invitation)
    return invitation


def _check_grantable(actor, role, reach, center_id):
    if role not in grantable_roles(actor):
        raise Forbidden("You may invite only to the roles below your own.")
    if reach not in grantable_reaches(actor):
        raise Forbidden("Nobody you invite may see more leads than you do.")
    if center_id is not None and center_id not in dict(open_to(actor)):
        raise Invalid("Choose one of the centers in the list.", "center")


def _open(actor, email, role, reach, center_id):
    """The row; of those that wait for one address, a workspace has one. An expired one makes room."""
    waiting = (Invitation.workspace == actor.workspace.id) & (Invitation.email == email) & _waits()
    Invitation.update(withdrawn_at=now()).where(waiting, Invitation.expires_at <= now()).execute()
    try:
        with db.atomic():
            return Invitation.create(
                workspace=actor.workspace,
                email=email,
                role=role,
                reach=reach,
                center=center_id,
                invited_by=actor.user_id,
                expires_at=now() + LIFE,
            )
    except IntegrityError:
        raise Invalid("Invited already. Send the invitation again from the list.", "addresses") from None


def get_invitation(actor, invitation_id):
    """The waiting invitation of the actor's workspace. Raises NotFound, and Forbidden when it offers more than the
    actor may give: whoever handles it could take it.
    """
    invitation = Invitation.of(actor.workspace).where(Invitation.id == invitation_id, _waits()).first()
    if invitation is None:
        raise NotFound("That invitation does not wait any more.")
    if not those_of(actor, [invitation]):
        raise Forbidden("Only somebody who could have made this invitation may change it.")
    return invitation


def those_of(actor, waiting):
    """Those of the `waiting` invitations that `actor` could have made."""
    roles, reaches = grantable_roles(actor), grantable_reaches(actor)
    near = None if actor.reach is Reach.ALL else {None, *dict(open_to(actor))}
    return [
        one for one in waiting if one.role in roles and one.reach in reaches and (near is None or one.center_id in near)
    ]


def withdraw(invitation, *, actor):
    """End a waiting invitation: its link opens nothing any more. Raises Conflict when it was accepted meanwhile."""
    with db.atomic():
        _change(invitation, withdrawn_at=now())
        record(actor, "invitation.withdrawn", invitation.email, workspace=invitation.workspace_id)


def withdraw_beyond(membership, *, actor, gone=False):
    """Withdraw what a person offered and may offer no more, as their `membership` is now; all of it when they are
    `gone`: an invitation to an address of their own would bring them back.
    """
    theirs = (Invitation.workspace == membership.workspace_id) & (Invitation.invited_by == membership.user_id)
    roles = grantable_roles(membership) if allowed(membership.role, "invite") else []
    for invitation in list(Invitation.select().where(theirs, _waits())):
        if gone or invitation.role not in roles or invitation.reach not in grantable_reaches(membership):
            with suppress(Conflict):  # accepted a moment ago
                withdraw(invitation, actor=actor)


def send_again(invitation, *, actor):
    """Send a waiting invitation once more, with a new link and all of its time. Raises Conflict."""
    with db.atomic():
        _change(invitation, expires_at=now() + LIFE)
        owe(NoticeKind.INVITATION, invitation.email, invitation=invitation)
        record(actor, "invitation.sent_again", invitation.email, workspace=invitation.workspace_id)


def copied_token(invitation, *, actor):
    """A new token to hand over oneself, which replaces the one in the mail; a mail still to leave is dropped.

    Raises Conflict when the invitation is not open.
    """
    with db.atomic():
        token = new_token(invitation, COPIED)
        if token is None:
            raise Conflict("This invitation is not open any more. Send it again first.")
        unsent = (Notice.invitation == invitation) & (Notice.state == NoticeState.QUEUED)
        Notice.update(state=NoticeState.DROPPED, finished_at=now()).where(unsent).execute()
        record(actor, "invitation.link_copied", invitation.email, workspace=invitation.workspace_id)
    return token


def new_token(invitation, prefix=""):
    """Give the invitation's link a new token, which replaces the former one; returns it. None when it is not open."""
    token = prefix + secrets.token_urlsafe(32)
    changed = Invitation.update(token_hash=digest(token)).where(Invitation.id == invitation.id, still_open())
    return token if changed.execute() else None


def still_open():
    """The condition that an invitation is neither accepted, withdrawn nor expired."""
    return _waits() & (Invitation.expires_at > now())


def _waits():
    return Invitation.accepted_at.is_null() & Invitation.withdrawn_at.is_null()


def _change(invitation, **changes):
    if Invitation.update(changes).where(Invitation.id == invitation.id, _waits()).execute() != 1:
        raise Conflict("That invitation was just accepted or withdrawn.")


def find(token):
    """The Invitation that `token` opens, in whatever state, with its workspace and who sent it. Raises NotFound."""
    query = Invitation.select(Invitation, Workspace, User).join(Workspace).join_from(Invitation, User, JOIN.LEFT_OUTER)
    invitation = query.where(Invitation.token_hash == digest(token)).first()
    if invitation is None:
        raise NotFound(UNKNOWN)
    return invitation


def why_closed(invitation):
    """The sentence why `invitation` cannot be accepted, or None while it can."""
    if invitation.withdrawn_at:
        return WITHDRAWN
    if invitation.accepted_at:
        return ACCEPTED.format(invitation.workspace.name)
    if invitation.expires_at <= now():
        return EXPIRED.format(invitation.invited_by.full_name if invitation.invited_by else "somebody there")
    return None


def proves_address(token):
    """Whether the token came by mail, so that who has it reads mail at the address."""
    return not token.startswith(COPIED)


def has_account(email):
    return User.select().where(User.email == email).exists()


def accept(invitation, user, token):
    """Put `user` into the workspace, as offered. Of two tabs one does; the other finds them in it.

    Raises Conflict when the invitation is not open, or is for somebody else.
    """
    if user.email != invitation.email:
        raise Conflict(f"This invitation is for {invitation.email}.")
    with db.atomic():
        taken = Invitation.update(accepted_at=now()).where(
            Invitation.id == invitation.id, Invitation.token_hash == digest(token), still_open()
        )
        if taken.execute() == 1:
            _join(invitation, user)
            _verify(user, token)
        else:
            _check_joined(invitation, user)


def _verify(user, token):
    if proves_address(token):
        User.update(email_verified_at=now()).where(User.id == user.id, User.email_verified_at.is_null()).execute()


def _check_joined(invitation, user):
    """Raise Conflict for somebody who is not in the workspace."""
    if not Membership.of(invitation.workspace).where(Membership.user == user).exists():
        raise Conflict(why_closed(Invitation.get_by_id(invitation.id)) or UNKNOWN)


def _join(invitation, user):
    place = {"role": invitation.role, "reach": invitation.reach}
    Membership.insert(workspace=invitation.workspace, user=user, **place).on_conflict_ignore().execute()
    center = invitation.center
    if center and center.archived_at is None:
        CenterMember.insert(center=center, user=user).on_conflict_ignore().execute()
    record(None, "invitation.accepted", user.full_name, workspace=invitation.workspace_id, user_id=user.id, **place)


def waiting(workspace):
    """The invitations that wait, expired ones too, with their center and who sent them, the oldest first."""
    query = Invitation.select(Invitation, Center, User).join(Center, JOIN.LEFT_OUTER)
    query = query.join_from(Invitation, User, JOIN.LEFT_OUTER)
    return list(query.where(Invitation.workspace == workspace, _waits()).order_by(Invitation.created_at, Invitation.id))
