"""Reads of people and workspaces across the whole installation. Only site admins get to see them."""

from collections import defaultdict

from peewee import JOIN, fn

from webapp.accounts.models import Center, Membership, Role, User, Workspace
from webapp.auth import sessions
from webapp.auth.models import TwoFactor
from webapp.campaigns.models import Campaign
from webapp.core.errors import NotFound
from webapp.core.paging import page_of
from webapp.leads.models import StageTotal

SIZE = 50
ONLY = {
    "": None,
    "admins": User.is_admin & User.is_active,
    "deactivated": ~User.is_active,
}


def _containing(search, *columns):
    """The condition that one of `columns` holds `search`, at its beginning or within; None for an empty search.

    SQLite ignores the case of ASCII letters only, so what was typed is tried in its usual spellings.
    """
    condition = None
    for spelling in {search, search.lower(), search.title()} if search else ():
        for column in columns:
            found = column.contains(spelling)
            condition = found if condition is None else condition | found
    return condition


def _narrowed(query, *conditions):
    conditions = [condition for condition in conditions if condition is not None]
    return query.where(*conditions) if conditions else query


# ------------------------------------------------------------------- people


def _people():
    """Users with `two_factor_at` and `open_sessions`."""
    factor = TwoFactor.confirmed_at.alias("two_factor_at")
    count = sessions.open_count(User.id).alias("open_sessions")
    query = User.select(User, factor, count).join(TwoFactor, JOIN.LEFT_OUTER, on=TwoFactor.user == User.id)
    return query.where(User.deleted_at.is_null())


def users(*, search="", only="", cursor=None):
    """A Page of users, the newest first, each with the names of its `places`; `only` is a key of ONLY."""
    query = _narrowed(_people(), _containing(search.strip(), User.full_name, User.email), ONLY.get(only))
    page = page_of(query.objects(), [User.id], lambda user: [user.id], size=SIZE, cursor=cursor)
    places = defaultdict(list)
    members = Membership.select(Membership.user, Workspace.name).join(Workspace).order_by(Workspace.name)
    for user_id, name in members.where(Membership.user.in_([user.id for user in page.rows])).tuples():
        places[user_id].append(name)
    for user in page.rows:
        user.places = places[user.id]
    return page


def get_user(user_id):
    """The user, as users() gives it, without places. Raises NotFound."""
    user = _people().where(User.id == user_id).objects().first()
    if user is None:
        raise NotFound("There is no such person, or they deleted their account.")
    return user


def places_of(user):
    """The user's memberships with their workspaces, by name."""
    query = Membership.select(Membership, Workspace).join(Workspace).where(Membership.user == user.id)
    return list(query.order_by(Workspace.name))


# --------------------------------------------------------------- workspaces


def _workspaces():
    """Workspaces with how many `members` and `leads` they have."""
    members = Membership.select(fn.COUNT(Membership.id)).where(Membership.workspace == Workspace.id)
    leads = StageTotal.select(fn.SUM(StageTotal.leads)).where(StageTotal.workspace == Workspace.id)
    query = Workspace.select(Workspace, members.alias("members"), leads.alias("leads"))
    return query.where(Workspace.deleted_at.is_null())


def workspaces(*, search="", cursor=None):
    """A Page of workspaces, the newest first, each with the names of its `owners`."""
    query = _narrowed(_workspaces(), _containing(search.strip(), Workspace.name, Workspace.slug))
    page = page_of(query.objects(), [Workspace.id], lambda row: [row.id], size=SIZE, cursor=cursor)
    owners = defaultdict(list)
    people = Membership.select(Membership.workspace, User.full_name).join(User).order_by(User.full_name)
    here = Membership.workspace.in_([row.id for row in page.rows])
    for workspace_id, name in people.where(Membership.role == Role.OWNER, here).tuples():
        owners[workspace_id].append(name)
    for row in page.rows:
        row.owners = owners[row.id]
    return page


def get_workspace(workspace_id):
    """The workspace with its counts: members, leads, campaigns, centers. Raises NotFound."""
    workspace = _workspaces().where(Workspace.id == workspace_id).objects().first()
    if workspace is None:
        raise NotFound("There is no such workspace.")
    workspace.campaigns = Campaign.of(workspace).count()
    workspace.centers = Center.of(workspace).where(Center.archived_at.is_null()).count()
    return workspace


def members(workspace, *, cursor=None):
    """A Page of the workspace's memberships with their users, in the order they came."""
    query = Membership.of(workspace).select(Membership, User).join(User)
    return page_of(query, [Membership.id], lambda row: [row.id], size=SIZE, cursor=cursor, descending=False)
