from peewee import CharField, ForeignKeyField, IntegerField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, Workspace
from webapp.core.clock import now


class Session(BaseModel):
    """One signed-in browser. The cookie holds the token, this row only its SHA-256."""

    user = ForeignKeyField(User, backref="sessions", on_delete="CASCADE")
    workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
    token_hash = CharField(unique=True, max_length=64)
    address = CharField(default="")
    agent = CharField(default="")
    created_at = UTCDateTime(default=now)
    last_seen_at = UTCDateTime(default=now)


class Attempt(BaseModel):
    """How often something was tried under one key since a moment: a fixed window."""

    key = CharField(unique=True)
    count = IntegerField(default=0)
    since = UTCDateTime(default=now)
