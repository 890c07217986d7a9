"""Identity made complete: centers, invitations, notices, audit, tokens, linked accounts, two-factor, set-up steps."""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Base(Model):
        class Meta:
            database = db

    class Workspace(Base):
        class Meta:
            table_name = "workspace"

    class User(Base):
        class Meta:
            table_name = "user"

    class Lead(Base):
        class Meta:
            table_name = "lead"

    class Departure(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        heir = ForeignKeyField(User, null=True, on_delete="SET NULL")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        due_at = UTCDateTime()

        class Meta:
            table_name = "departure"

    class Picture(Base):
        user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
        mimetype = CharField(max_length=40)
        data = BlobField()

        class Meta:
            table_name = "picture"

    class Center(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        name = CharField(max_length=80)
        name_key = CharField(max_length=160)
        assignment = CharField(default="none", constraints=[Check("assignment IN ('none', 'round_robin', 'capacity')")])
        archived_at = UTCDateTime(null=True)
        assigning_until = UTCDateTime(null=True)
        created_at = UTCDateTime()

        class Meta:
            table_name = "center"
            indexes = ((("workspace", "name_key"), True),)

    class CenterMember(Base):
        center = ForeignKeyField(Center, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        capacity = IntegerField(null=True, constraints=[Check("capacity >= 0")])
        assigned_at = UTCDateTime(null=True)

        class Meta:
            table_name = "center_member"
            indexes = ((("center", "user"), True), (("user", "center"), False))

    class Invitation(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        email = CharField()
        role = CharField(default="member")
        reach = CharField(default="all")
        center = ForeignKeyField(Center, null=True, on_delete="SET NULL")
        invited_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
        token_hash = CharField(null=True, unique=True, max_length=64)
        created_at = UTCDateTime()
        expires_at = UTCDateTime()
        accepted_at = UTCDateTime(null=True)
        withdrawn_at = UTCDateTime(null=True)

        class Meta:
            table_name = "invitation"

    waiting = Invitation.accepted_at.is_null() & Invitation.withdrawn_at.is_null()
    Invitation.add_index(
        Invitation.index(Invitation.workspace, Invitation.email, unique=True, where=waiting, name="invitation_waiting")
    )

    class Notice(Base):
        kind = CharField()
        email = CharField()
        user = ForeignKeyField(User, null=True, on_delete="CASCADE")
        invitation = ForeignKeyField(Invitation, null=True, on_delete="CASCADE")
        data = TextField()
        state = CharField(
            default="queued",
            constraints=[Check("state IN ('queued', 'sending', 'sent', 'captured', 'dropped', 'failed')")],
        )
        tries = IntegerField(default=0)
        due_at = UTCDateTime()
        error = CharField(default="", max_length=500)
        subject = CharField(default="", max_length=998)
        raw = BlobField(null=True)
        created_at = UTCDateTime()
        finished_at = UTCDateTime(null=True)

        class Meta:
            table_name = "notice"
            indexes = ((("state", "due_at"), False), (("email",), False))

    class AuditEntry(Base):
        workspace = ForeignKeyField(Workspace, null=True, on_delete="SET NULL")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        actor_name = CharField(default="")
        action = CharField(max_length=60)
        subject = CharField(default="")
        data = TextField()
        address = CharField(default="")
        created_at = UTCDateTime()

        class Meta:
            table_name = "audit_entry"
            indexes = ((("workspace", "id"), False),)

    class Token(Base):
        purpose = CharField()
        user = ForeignKeyField(User, null=True, on_delete="CASCADE")
        email = CharField(default="")
        token_hash = CharField(unique=True, max_length=64)
        data = TextField()
        created_at = UTCDateTime()
        expires_at = UTCDateTime()
        used_at = UTCDateTime(null=True)

        class Meta:
            table_name = "token"
            indexes = ((("user", "purpose"), False), (("expires_at",), False))

    class Account(Base):
        user = ForeignKeyField(User, on_delete="CASCADE")
        issuer = CharField()
        subject = CharField()
        email = CharField(default="")
        access_token = TextField(default="")
        refresh_token = TextField(default="")
        id_token = TextField(default="")
        scope = CharField(default="", max_length=1000)
        expires_at = UTCDateTime(null=True)
        created_at = UTCDateTime()
        last_used_at = UTCDateTime(null=True)

        class Meta:
            table_name = "account"
            indexes = ((("issuer", "subject"), True), (("user", "issuer"), True))

    class TwoFactor(Base):
        user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
        secret = TextField()
        confirmed_at = UTCDateTime(null=True)
        last_step = BigIntegerField(default=0)

        class Meta:
            table_name = "two_factor"

    class RecoveryCode(Base):
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64)
        used_at = UTCDateTime(null=True)

        class Meta:
            table_name = "recovery_code"
            indexes = ((("user", "code_hash"), True),)

    class SetupStep(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        name = CharField(constraints=[Check("name IN ('workspace', 'mailbox', 'leads', 'team', 'campaign')")])
        state = CharField(constraints=[Check("state IN ('done', 'skipped')")])
        changed_at = UTCDateTime()

        class Meta:
            table_name = "setup_step"
            indexes = ((("workspace", "name"), True),)

    class HandOver(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        center = ForeignKeyField(Center, null=True, on_delete="SET NULL")
        former = ForeignKeyField(User, null=True, on_delete="SET NULL")
        owner = ForeignKeyField(User, null=True, on_delete="SET NULL")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        reason = CharField()
        created_at = UTCDateTime()

        class Meta:
            table_name = "hand_over"
            indexes = ((("center", "id"), False),)

    db.create_tables(
        [Departure, Picture, Center, CenterMember, Invitation, Notice, AuditEntry, Token, Account, TwoFactor,
         RecoveryCode, SetupStep, HandOver]
    )  # fmt: skip
    # Plain SQL: to add a NOT NULL column, the migrator builds SQLite's table anew, which drops its triggers and, by
    # foreign keys, the rows that belong to it.
    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    for table, column in (
        ("workspace", "initials VARCHAR(2) NOT NULL DEFAULT ''"),
        ("workspace", "time_zone VARCHAR(255) NOT NULL DEFAULT 'UTC'"),
        ("workspace", "postal_address TEXT NOT NULL DEFAULT ''"),
        ("workspace", "requires_two_factor BOOLEAN NOT NULL DEFAULT FALSE"),
        ("workspace", f"deleted_at {moment}"),
        ("user", "locale VARCHAR(10) NOT NULL DEFAULT 'en'"),
        ("user", "picture VARCHAR(64) NOT NULL DEFAULT ''"),
        ("user", f"email_verified_at {moment}"),
        ("user", f"deleted_at {moment}"),
        ("session", "remembered BOOLEAN NOT NULL DEFAULT FALSE"),
        ("lead", "center_id INTEGER REFERENCES center (id) ON DELETE SET NULL"),
    ):
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN {column}')
    migrator.migrate(migrator.drop_not_null("session", "workspace_id"))
    db.execute_sql(
        "CREATE INDEX lead_by_center ON lead (workspace_id, center_id, stage, touched_at, id, value) "
        "WHERE deleted_at IS NULL AND center_id IS NOT NULL"
    )
    db.execute_sql("CREATE INDEX lead_center_id ON lead (center_id) WHERE center_id IS NOT NULL")
    db.execute_sql("DROP INDEX lead_by_owner")
    db.execute_sql(
        "CREATE INDEX lead_by_owner ON lead (workspace_id, owner_id, stage, touched_at, id, value, center_id) "
        "WHERE deleted_at IS NULL"
    )
    db.execute_sql(
        "CREATE INDEX lead_in_center ON lead (workspace_id, center_id, owner_id, stage, id) "
        "WHERE deleted_at IS NULL AND center_id IS NOT NULL"
    )


def down(migrator, db):
    db.execute_sql("DROP INDEX lead_in_center")
    db.execute_sql("DROP INDEX lead_by_owner")
    db.execute_sql(
        "CREATE INDEX lead_by_owner ON lead (workspace_id, owner_id, stage, touched_at, id) WHERE deleted_at IS NULL"
    )
    db.execute_sql("DROP INDEX lead_by_center")
    db.execute_sql("DROP INDEX lead_center_id")
    db.execute_sql("DELETE FROM session WHERE workspace_id IS NULL")
    migrator.migrate(migrator.add_not_null("session", "workspace_id"))
    for table, columns in (
        ("lead", ["center_id"]),
        ("session", ["remembered"]),
        ("user", ["locale", "picture", "email_verified_at", "deleted_at"]),
        ("workspace", ["initials", "time_zone", "postal_address", "requires_two_factor", "deleted_at"]),
    ):
        for column in columns:
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN {column}')
    for table in (
        "hand_over", "setup_step", "recovery_code", "two_factor", "account", "token", "audit_entry", "notice",
        "invitation", "center_member", "center", "picture", "departure",
    ):  # fmt: skip
        migrator.migrate(migrator.drop_table(table))
