"""Workspaces, users, memberships, sessions, and the counts that limit tries."""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Workspace(Model):
        name = CharField()
        slug = CharField(unique=True)
        currency = CharField(max_length=3, default="EUR")
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "workspace"

    class User(Model):
        full_name = CharField()
        email = CharField(unique=True)
        password_hash = CharField(default="")
        time_zone = CharField(default="UTC")
        theme = CharField(default="system")
        is_admin = BooleanField(default=False)
        is_active = BooleanField(default=True)
        last_login_at = UTCDateTime(null=True)
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "user"

    class Membership(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        role = CharField(default="member")
        reach = CharField(default="all")
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "membership"
            indexes = ((("workspace", "user"), True),)

    class Session(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        address = CharField(default="")
        agent = CharField(default="")
        created_at = UTCDateTime()
        last_seen_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "session"

    class Attempt(Model):
        key = CharField(unique=True)
        count = IntegerField(default=0)
        since = UTCDateTime()

        class Meta:
            database = db
            table_name = "attempt"

    db.create_tables([Workspace, User, Membership, Session, Attempt])


def down(migrator, db):
    for table in ("attempt", "session", "membership", "user", "workspace"):
        migrator.migrate(migrator.drop_table(table))
