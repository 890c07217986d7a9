"""Who is in a workspace, as what, and with what reach. There is always an owner."""

from db import db
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.jobs import later

from .audit import record
from .centers import leave_centers
from .invitations import withdraw_beyond
from .models import Departure, Membership, Role, User, Workspace
from .roles import ABILITIES

ONLY_OWNER = "{} is the only owner of {}. Transfer the ownership first."
YOU_ARE_THE_ONLY_OWNER = "You are the only owner of {1}. Transfer the ownership to somebody else first."


def get_membership(workspace, user_id):
    """The membership of the user in `workspace`, with its user. Raises NotFound."""
    query = Membership.of(workspace).select(Membership, User).join(User).where(Membership.user == user_id)
    found = query.first()
    if found is None:
        raise NotFound("That person is not in this workspace.")
    return found


def set_role(workspace, user_id, role, *, actor):
    """Give a person another Role. Raises NotFound, and Conflict when nobody would own the workspace."""
    with db.atomic():
        _one_at_a_time(workspace)
        membership = get_membership(workspace, user_id)
        if membership.role is role:
            return
        _keep_an_owner(workspace, membership, actor)
        _change(membership, actor, "member.role_changed", role=role)


def set_reach(workspace, user_id, reach, *, actor):
    """Say which leads a person sees (a Reach). Raises NotFound."""
    with db.atomic():
        membership = get_membership(workspace, user_id)
        if membership.reach is not reach:
            _change(membership, actor, "member.reach_changed", reach=reach)


def _change(membership, actor, action, **change):
    Membership.update(change).where(Membership.id == membership.id).execute()
    data = {name: [getattr(membership, name), value] for name, value in change.items()}
    user = membership.user
    record(actor, action, user.full_name, workspace=membership.workspace_id, user_id=user.id, **data)
    withdraw_beyond(Membership.get_by_id(membership.id), actor=actor)


def remove_member(workspace, user_id, *, actor, heir_id=None):
    """Take a person out of `workspace`, and out of its centers; a job hands their leads to `heir_id` (None: nobody).

    Raises NotFound, Conflict for the only owner, and Invalid when the heir cannot take leads there.
    """
    with db.atomic():
        _one_at_a_time(workspace)
        membership = get_membership(workspace, user_id)
        _keep_an_owner(workspace, membership, actor)
        if heir_id is not None and heir_id not in [user.id for user in possible_heirs(workspace, user_id)]:
            raise Invalid("Choose somebody in the workspace who may change leads.", "heir")
        Membership.delete().where(Membership.id == membership.id).execute()
        leave_centers(workspace, user_id)
        departure = Departure.create(workspace=workspace, user=user_id, heir=heir_id, actor=actor.user_id)
        action = "member.left" if actor.user_id == user_id else "member.removed"
        record(actor, action, membership.user.full_name, workspace=workspace.id, user_id=user_id, heir_id=heir_id)
        if actor.user_id != user_id:
            withdraw_beyond(membership, actor=actor, gone=True)
        later("hand_leads_on", departure.id)


def transfer_ownership(workspace, user_id, *, actor):
    """Make another member the owner; `actor`, an owner until now, becomes a manager. Raises NotFound and Conflict."""
    with db.atomic():
        _one_at_a_time(workspace)
        membership = get_membership(workspace, user_id)
        if user_id == actor.user_id or not membership.user.is_active:
            raise Invalid("Choose somebody else in the workspace, with an account that is active.", "user_id")
        mine = (Membership.workspace == workspace) & (Membership.user == actor.user_id)
        given = Membership.update(role=Role.MANAGER).where(mine, Membership.role == Role.OWNER).execute()
        if given != 1:
            raise Conflict("You are not an owner of this workspace any more.")
        Membership.update(role=Role.OWNER).where(Membership.id == membership.id).execute()
        record(actor, "workspace.transferred", membership.user.full_name, workspace=workspace.id, user_id=user_id)
        withdraw_beyond(Membership.get(mine), actor=actor)


def others(workspace, user_id, *, roles=tuple(Role)):
    """The active users in `workspace` in one of `roles`, but `user_id`, by name."""
    query = User.select().join(Membership).where(Membership.workspace == workspace, User.is_active)
    return list(query.where(User.id != user_id, Membership.role.in_(roles)).order_by(User.full_name))


def possible_heirs(workspace, user_id):
    """The users who may get the leads of `user_id`: the others who may change leads."""
    return others(workspace, user_id, roles=ABILITIES["write"])


def _one_at_a_time(workspace):
    """Hold the workspace's row until the end of the transaction: two owners who demote each other at once are not both
    right. (On SQLite a transaction that writes is alone anyway.)
    """
    Workspace.update(slug=Workspace.slug).where(Workspace.id == workspace).execute()


def _keep_an_owner(workspace, membership, actor):
    """Raise Conflict when `membership`, about to change or end, is that of the only owner who can sign in."""
    if membership.role is not Role.OWNER:
        return
    owners = Membership.of(workspace).join(User).where(Membership.role == Role.OWNER, User.is_active)
    if not owners.where(Membership.user != membership.user_id).exists():
        sentence = YOU_ARE_THE_ONLY_OWNER if membership.user_id == actor.user_id else ONLY_OWNER
        raise Conflict(sentence.format(membership.user.full_name, workspace.name))
