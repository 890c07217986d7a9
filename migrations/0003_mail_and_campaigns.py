"""Suppression, captured mail, and campaigns with their send ledger."""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Workspace(Model):
        class Meta:
            database = db
            table_name = "workspace"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Lead(Model):
        class Meta:
            database = db
            table_name = "lead"

    class Suppression(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        email = CharField()
        reason = CharField(constraints=[Check("reason IN ('unsubscribed', 'manual')")])
        source = CharField(default="")
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "suppression"
            indexes = ((("workspace", "email"), True),)

    class CapturedMail(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        message_id = CharField(unique=True)
        email = CharField()
        subject = CharField(max_length=998)
        raw = BlobField()
        created_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "captured_mail"
            indexes = ((("workspace", "id"), False),)

    class Campaign(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        name = CharField()
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        state = CharField(default="draft", constraints=[Check("state IN ('draft', 'sending', 'paused', 'completed')")])
        pause_reason = CharField(default="", max_length=500)
        audience = TextField()
        sender_name = CharField(default="")
        reply_to = CharField(default="")
        rate_per_minute = IntegerField(default=60, constraints=[Check("rate_per_minute > 0")])
        recipients = IntegerField(default=0)
        sent = IntegerField(default=0)
        refused = IntegerField(default=0)
        failed = IntegerField(default=0)
        unknown = IntegerField(default=0)
        skipped = IntegerField(default=0)
        unsubscribed = IntegerField(default=0)
        next_send_at = UTCDateTime(null=True)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        created_at = UTCDateTime()
        updated_at = UTCDateTime()
        started_at = UTCDateTime(null=True)
        finished_at = UTCDateTime(null=True)

        class Meta:
            database = db
            table_name = "campaign"
            indexes = ((("workspace", "id"), False), (("state",), False))

    class Step(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE")
        position = IntegerField(default=1)
        wait_days = IntegerField(default=0)
        subject = CharField(default="")
        body = TextField(default="")

        class Meta:
            database = db
            table_name = "step"
            indexes = ((("campaign", "position"), True),)

    class Recipient(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        state = CharField(
            default="queued",
            constraints=[
                Check(
                    "state IN ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown', 'skipped', 'unsubscribed')"
                )
            ],
        )
        reason = CharField(default="", max_length=500)
        position = IntegerField(default=1)
        changed_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "recipient"
            indexes = (
                (("campaign", "lead"), True),
                (("campaign", "id"), False),
                (("campaign", "state", "id"), False),
                (("lead", "state"), False),
            )

    class Delivery(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE")
        recipient = ForeignKeyField(Recipient, on_delete="CASCADE")
        step = ForeignKeyField(Step, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        email = CharField()
        message_id = CharField(unique=True)
        subject = CharField(max_length=998)
        state = CharField(
            default="claimed",
            constraints=[Check("state IN ('claimed', 'sending', 'accepted', 'refused', 'failed', 'unknown')")],
        )
        attempts = IntegerField(default=0)
        error = CharField(default="", max_length=500)
        due_at = UTCDateTime()
        created_at = UTCDateTime()
        changed_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "delivery"
            indexes = (
                (("recipient", "step"), True),
                (("campaign", "state", "due_at", "id"), False),
                (("workspace", "id"), False),
                (("workspace", "email", "id"), False),
                (("workspace", "state", "id"), False),
            )

    class Content(Model):
        delivery = ForeignKeyField(Delivery, primary_key=True, on_delete="CASCADE")
        raw = BlobField()

        class Meta:
            database = db
            table_name = "content"

    db.create_tables([Suppression, CapturedMail, Campaign, Step, Recipient, Delivery, Content])


def down(migrator, db):
    for table in ("content", "delivery", "recipient", "step", "campaign", "captured_mail", "suppression"):
        migrator.migrate(migrator.drop_table(table))
