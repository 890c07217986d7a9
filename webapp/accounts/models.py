from enum import StrEnum

from peewee import BooleanField, CharField, ForeignKeyField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.core.clock import now


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"


class Reach(StrEnum):
    """Which of a workspace's leads a member sees."""

    ALL = "all"
    OWN = "own"


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Workspace(BaseModel):
    """A tenant. `currency` is an ISO 4217 code; the values of leads are whole units of it."""

    name = CharField()
    slug = CharField(unique=True)
    currency = CharField(default="EUR", max_length=3)
    created_at = UTCDateTime(default=now)


class User(BaseModel):
    """A person who signs in. `email` is kept in lower case."""

    full_name = CharField()
    email = CharField(unique=True)
    password_hash = CharField(default="")
    time_zone = CharField(default="UTC")
    theme = EnumField(Theme, default=Theme.SYSTEM)
    is_admin = BooleanField(default=False)
    is_active = BooleanField(default=True)
    last_login_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)


class WorkspaceModel(BaseModel):
    """A row that belongs to one workspace. Read it through of()."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE")

    @classmethod
    def of(cls, workspace):
        return cls.select().where(cls.workspace == workspace)


class Membership(WorkspaceModel):
    """A user in a workspace."""

    user = ForeignKeyField(User, backref="memberships", on_delete="CASCADE")
    role = EnumField(Role, default=Role.MEMBER)
    reach = EnumField(Reach, default=Reach.ALL)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "user"), True),)
