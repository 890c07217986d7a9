"""The member: a user acting in one workspace. What views get as current_user and verbs as `actor`."""

from dataclasses import dataclass

from webapp.core.prepared import Prepared

from .models import Membership, Reach, Role, Theme, User, Workspace
from .roles import allowed


@dataclass(frozen=True, slots=True)
class Member:
    token: str  # names the session; empty outside a request
    session_id: int | None
    user_id: int
    full_name: str
    email: str
    time_zone: str
    theme: Theme
    locale: str
    picture: str  # the digest of their picture, empty without one
    is_admin: bool
    email_verified: bool
    two_factor: bool  # whether they sign in with a second factor
    role: Role | None  # None, like workspace, for a person who is in no workspace
    reach: Reach | None
    workspace: Workspace | None
    memberships: int = 1  # how many workspaces this person is in

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self):
        """Flask-Login's name of the signed-in session."""
        return self.token

    def can(self, ability):
        return allowed(self.role, ability)

    @property
    def workspaces(self):
        """The (id, name) of every workspace this person is in, by name."""
        if self.memberships == 1 and self.workspace:
            return [(self.workspace.id, self.workspace.name)]
        return workspaces_of(self.user_id)


def workspaces_of(user_id):
    query = Workspace.select(Workspace.id, Workspace.name).join(Membership).where(Membership.user == user_id)
    return list(query.order_by(Workspace.name).tuples())


def member_of(workspace, user):
    """The Member that `user` is in `workspace`, without a session (jobs, commands, tests). Raises DoesNotExist."""
    membership = _membership.one(workspace=workspace.id, user=user.id)
    if membership is None:
        raise Membership.DoesNotExist
    return Member(
        token="",
        session_id=None,
        user_id=user.id,
        full_name=user.full_name,
        email=user.email,
        time_zone=user.time_zone,
        theme=user.theme,
        locale=user.locale,
        picture=user.picture,
        is_admin=user.is_admin,
        email_verified=user.email_verified_at is not None,
        two_factor=False,
        role=membership.role,
        reach=membership.reach,
        workspace=workspace,
    )


@Prepared
def _membership(*, workspace, user):
    mine = (Membership.workspace == workspace) & (Membership.user == user)
    return Membership.select(Membership.role, Membership.reach).where(mine)


def has_accounts():
    """Whether anybody has an account here; the first one who makes one is the site admin."""
    return User.select().where(User.deleted_at.is_null()).exists()


def people(workspace):
    """The active users of `workspace`, by name."""
    query = User.select().join(Membership).where(Membership.workspace == workspace, User.is_active)
    return list(query.order_by(User.full_name))
