"""Centers: branches or teams of a workspace, who is in them, and how leads that come in find their owner."""

from functools import partial
from typing import NamedTuple

from peewee import JOIN, IntegrityError, fn

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.core.prepared import Prepared
from webapp.core.text import fold

from .audit import record
from .members import people
from .models import Assignment, Center, CenterMember, Membership, Reach, Role, User

NAME_LENGTH = 80
KEY_LENGTH = 160  # folding can lengthen: one sign may become several letters
MOST_ROOM = 1_000_000
FIRST = "Head office"


def first_center(workspace, user):
    """The center that every new workspace begins with, and the person who made the workspace in it."""
    center = create_center(workspace, FIRST)
    CenterMember.create(center=center, user=user)
    return center


def create_center(workspace, name, *, actor=None):
    """A new center of `workspace`. Raises Invalid for no name, a long one or one that is taken."""
    with db.atomic():
        center = _named(workspace, name, lambda named: Center.create(workspace=workspace, **named))
        record(actor, "center.created", center.name, workspace=workspace, center_id=center.id)
    return center


def rename_center(center, name, *, actor):
    """Give `center` another name. Raises Invalid like create_center()."""
    former = center.name
    with db.atomic():
        named = _named(center.workspace_id, name, lambda named: _change(center, **named) or named, but=center)
        if named["name"] != former:
            record(
                actor, "center.renamed", named["name"], workspace=center.workspace_id, center_id=center.id, was=former
            )


def _named(workspace, name, write, but=None):
    """What `write` makes of a usable name. Its key is unique, also among two who choose it at once."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Invalid("Give the center a name.", "name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"Keep the name under {NAME_LENGTH + 1} characters; this has {len(name)}.", "name")
    key = fold(name)[:KEY_LENGTH]
    try:
        with db.atomic():
            return write({"name": name, "name_key": key})
    except IntegrityError:
        taken = Center.of(workspace).where(Center.name_key == key).first()
        where = " It is archived: bring it back instead." if taken and taken.archived_at else " Choose another name."
        raise Invalid(f"There is already a center named {taken.name if taken else name}.{where}", "name") from None


def archive_center(center, *, actor):
    """Close `center` to new leads, also to owners being found for those who wait; what is in it stays. Raises Conflict
    when it is archived already.
    """
    with db.atomic():
        _change(center, Center.archived_at.is_null(), archived_at=now(), assigning_until=None)
        record(actor, "center.archived", center.name, workspace=center.workspace_id, center_id=center.id)


def bring_back(center, *, actor):
    """Open an archived center again. Raises Conflict when it is open."""
    with db.atomic():
        _change(center, Center.archived_at.is_null(False), archived_at=None)
        record(actor, "center.brought_back", center.name, workspace=center.workspace_id, center_id=center.id)


def set_assignment(center, assignment, *, actor):
    """Say how leads that come into `center` find their owner (an Assignment)."""
    with db.atomic():
        _change(center, assignment=Assignment(assignment))
        data = {"center_id": center.id, "assignment": center.assignment.value}
        record(actor, "center.assignment_set", center.name, workspace=center.workspace_id, **data)


def _change(center, *conditions, **changes):
    if Center.update(**changes).where(Center.id == center.id, *conditions).execute() != 1:
        raise Conflict(f"Somebody else just changed {center.name}. Reload the page to see it.")
    for name, value in changes.items():
        setattr(center, name, value)


def put_in(center, user_id, *, actor, capacity=None):
    """Put a member of the workspace into `center`; who is in it stays. Raises Invalid for anybody else, and Forbidden
    where `actor` does not see all leads: they could show them to others, or to themselves.
    """
    within = actor.reach is Reach.CENTERS and center.id in centers_with(actor)
    if not (actor.reach is Reach.ALL or within):
        raise Forbidden("You may put people only into centers of which you see all leads. Ask somebody who does.")
    person = _person(center, user_id)
    with db.atomic():
        if not _joined(center, person, _room(capacity)):
            return
        data = {"center_id": center.id, "user_id": person.id}
        record(
            actor, "center.member_added", f"{person.full_name} in {center.name}", workspace=center.workspace_id, **data
        )


def _person(center, user_id):
    for person in people(center.workspace_id):
        if person.id == user_id:
            return person
    raise Invalid("Choose somebody in your workspace.", "user")


def _joined(center, person, capacity):
    row = CenterMember.insert(center=center.id, user=person.id, capacity=capacity).on_conflict_ignore()
    return bool(row.returning(CenterMember.id).execute())


def take_out(center, user_id, *, actor):
    """Take a person out of `center`; the leads they own stay theirs. Raises NotFound when they are not in it."""
    with db.atomic():
        gone = CenterMember.delete().where(CenterMember.center == center.id, CenterMember.user == user_id).execute()
        if not gone:
            raise NotFound(f"That person is not in {center.name}.")
        name = User.get_by_id(user_id).full_name
        data = {"center_id": center.id, "user_id": user_id}
        record(actor, "center.member_removed", f"{name} in {center.name}", workspace=center.workspace_id, **data)


def leave_centers(workspace, user_id):
    """Take somebody who leaves `workspace` out of all of its centers, in the caller's transaction."""
    theirs = Center.select(Center.id).where(Center.workspace == workspace)
    CenterMember.delete().where(CenterMember.user == user_id, CenterMember.center.in_(theirs)).execute()


def set_capacity(center, user_id, capacity, *, actor):
    """Say how many open leads a person takes in `center` (None: no limit). Raises Invalid and NotFound."""
    one = (CenterMember.center == center.id) & (CenterMember.user == user_id)
    with db.atomic():
        if not CenterMember.update(capacity=_room(capacity)).where(one).execute():
            raise NotFound(f"That person is not in {center.name}.")
        data = {"center_id": center.id, "user_id": user_id, "capacity": capacity}
        subject = f"{User.get_by_id(user_id).full_name} in {center.name}"
        record(actor, "center.capacity_set", subject, workspace=center.workspace_id, **data)


def _room(capacity):
    if capacity is not None and not 0 <= capacity <= MOST_ROOM:
        raise Invalid(f"Write a whole number from 0 to {MOST_ROOM:,}, or nothing for no limit.", "capacity")
    return capacity


# ------------------------------------------------------------------ reads


def get_center(workspace, center_id):
    """The center, if it is one of `workspace`. Raises NotFound."""
    center = Center.of(workspace).where(Center.id == center_id).first()
    if center is None:
        raise NotFound("That center does not exist.")
    return center


def centers_of(workspace, *, archived=False):
    """The centers of `workspace` by name, those in use or the archived ones; `people` is how many are in each."""
    query = Center.select(Center, fn.COUNT(Membership.id).alias("people")).join(CenterMember, JOIN.LEFT_OUTER)
    query = query.join(User, JOIN.LEFT_OUTER, on=(CenterMember.user == User.id) & User.is_active)
    at_work = (Membership.user == User.id) & (Membership.workspace == workspace)
    query = query.join(Membership, JOIN.LEFT_OUTER, on=at_work)
    query = query.where(Center.workspace == workspace, Center.archived_at.is_null(not archived))
    return list(query.group_by(Center.id).order_by(Center.name_key).objects())


class Known(NamedTuple):
    """A center as filters and menus need it: `is_open` unless archived, `is_mine` when the member is in it."""

    id: int
    name: str
    is_open: bool
    is_mine: bool


@partial(Prepared, row=Known)
def _known(*, workspace, user):
    mine = CenterMember.select(CenterMember.center).where(CenterMember.user == user)
    columns = (
        Center.id,
        Center.name,
        Center.archived_at.is_null().alias("is_open"),
        Center.id.in_(mine).alias("is_mine"),
    )
    return Center.select(*columns).where(Center.workspace == workspace).order_by(Center.name_key)


def known_to(member):
    """All centers of the member's workspace as Knowns, by name. One quick query: pages ask for it each time."""
    return _known(workspace=member.workspace.id, user=member.user_id)


def open_to(member, known=None):
    """The centers into which `member` may put leads, (id, name) pairs by name; `known` if known_to() was asked already.

    Who sees all leads has all that are in use; who does not, the ones they are in.
    """
    everywhere = member.reach is Reach.ALL
    known = known_to(member) if known is None else known
    return [(one.id, one.name) for one in known if one.is_open and (everywhere or one.is_mine)]


def centers_with(member):
    """The ids of the centers that `member` is in."""
    return {center.id for center in known_to(member) if center.is_mine}


def colleagues(member):
    """The ids of the users who share a center with `member`, and their own."""
    together = CenterMember.select(CenterMember.user).where(CenterMember.center.in_(list(centers_with(member))))
    return {member.user_id, *(user_id for (user_id,) in together.tuples())}


class InCenter(NamedTuple):
    """A person in a center; `takes_leads` is whether leads may be assigned to them there."""

    center_id: int
    user_id: int
    full_name: str
    email: str
    picture: str
    role: Role
    capacity: int | None

    @property
    def takes_leads(self):
        return self.role is not Role.VIEWER


def people_in(workspace, center=None):
    """{center id: [InCenter]} of the active members in the centers of `workspace`, or in one of them, by name."""
    columns = (CenterMember.center, User.id, User.full_name, User.email, User.picture, Membership.role)
    query = CenterMember.select(*columns, CenterMember.capacity).join(Center)
    query = query.join_from(CenterMember, User).join(Membership, on=Membership.user == User.id)
    query = query.where(Center.workspace == workspace, Membership.workspace == workspace, User.is_active)
    query = query.where(Center.id == center.id) if center else query
    found = {}
    for row in map(InCenter._make, query.order_by(User.full_name, User.id).tuples()):
        found.setdefault(row.center_id, []).append(row)
    return found
