"""Mailboxes; sequences of several steps with versions, windows and stop rules; tracking; more kinds of suppression.

Campaigns of before keep sending at any hour, through the installation's own mail server.
"""

from peewee import *

from db import UTCDateTime

RECIPIENTS = "'queued', 'sending', 'sent', 'refused', 'failed', 'unknown', 'skipped', 'unsubscribed'"
CAMPAIGNS = "'draft', 'sending', 'paused', 'completed'"
REASONS = "'unsubscribed', 'manual'"
CHECKS = (  # table, column, the values it takes, those that are new
    ("recipient", "state", RECIPIENTS, ", 'replied', 'bounced', 'stopped', 'paused'"),
    ("campaign", "state", CAMPAIGNS, ", 'stopped'"),
    ("suppression", "reason", REASONS, ", 'bounced', 'complained', 'imported', 'erased', 'paused'"),
)
TABLES = (
    "tracked_event", "tracked_link", "domain_check", "campaign_event", "attachment", "snippet", "step_version",
    "campaign_mailbox", "mailbox_turn", "mailbox_day", "mailbox",
)  # fmt: skip
INDEXES = {
    "recipient_mailbox_id_state_zone_due_at_id": "recipient (mailbox_id, state, zone, due_at, id)",
    "recipient_campaign_id_state_mailbox_id_zone_id": "recipient (campaign_id, state, mailbox_id, zone, id)",
    "delivery_mailbox_id_state_due_at_id": "delivery (mailbox_id, state, due_at, id)",
    "suppression_actor_id": "suppression (actor_id)",
    "suppression_workspace_id_id": "suppression (workspace_id, id)",
    "delivery_for_reports": "delivery (campaign_id, step_id, version, mailbox_id, provider) WHERE state = 'accepted'",
    "recipient_by_reply": "recipient (campaign_id, replied_at, reached_at) WHERE replied_at IS NOT NULL",
}


def added(db):
    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    no, yes, zero = "BOOLEAN NOT NULL DEFAULT FALSE", "BOOLEAN NOT NULL DEFAULT TRUE", "INTEGER NOT NULL DEFAULT 0"
    return {
        "campaign": (
            "days VARCHAR(7) NOT NULL DEFAULT '1234567'",
            f"opens {zero}",
            "closes INTEGER NOT NULL DEFAULT 1440",
            "whose_zone VARCHAR(10) NOT NULL DEFAULT 'workspace'",
            f"starts_at {moment}",
            f"stop_on_reply {yes}",
            f"stop_company {no}",
            "stop_stages VARCHAR(255) NOT NULL DEFAULT 'converted,lost'",
            f"track_opens {no}",
            f"track_clicks {no}",
            f"quiet_days {zero}",
            f"leaves_out_busy {no}",
            f"keeps_adding {no}",
            f"archived_at {moment}",
            f"mails {zero}",
            f"reached {zero}",
            f"replied {zero}",
            f"bounced {zero}",
            f"stopped {zero}",
            f"opened {zero}",
            f"clicked {zero}",
        ),
        "step": (
            "kind VARCHAR(10) NOT NULL DEFAULT 'email'",
            f"working_days {no}",
            f"in_thread {yes}",
            "preheader VARCHAR(255) NOT NULL DEFAULT ''",
            f"is_rich {no}",
            f"is_on {yes}",
        ),
        "recipient": (
            "mailbox_id INTEGER REFERENCES mailbox (id) ON DELETE SET NULL",
            f"due_at {moment}",
            "zone VARCHAR(40) NOT NULL DEFAULT ''",
            f"reached_at {moment}",
            f"replied_at {moment}",
        ),
        "delivery": (
            "mailbox_id INTEGER REFERENCES mailbox (id) ON DELETE SET NULL",
            "version VARCHAR(1) NOT NULL DEFAULT 'A'",
            "provider VARCHAR(20) NOT NULL DEFAULT ''",
            f"opened_at {moment}",
            f"clicked_at {moment}",
        ),
        "suppression": (f"until {moment}", 'actor_id INTEGER REFERENCES "user" (id) ON DELETE SET NULL'),
    }


def up(migrator, db):
    create(db)
    for table, columns in added(db).items():
        for column in columns:
            db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    for name, on in INDEXES.items():
        db.execute_sql(f"CREATE INDEX {name} ON {on}")
    set_checks(db, {(table, column): (known, known + new) for table, column, known, new in CHECKS})
    db.execute_sql("UPDATE campaign SET mails = sent, reached = sent")
    db.execute_sql("UPDATE recipient SET reached_at = changed_at WHERE state IN ('sent', 'unsubscribed')")
    count_hours_by(db, "mails")


def create(db):
    def table(name, *indexes):
        return type("Meta", (), {"database": db, "table_name": name, "indexes": indexes})

    class Workspace(Model):
        Meta = table("workspace")

    class User(Model):
        Meta = table("user")

    class Campaign(Model):
        Meta = table("campaign")

    class Step(Model):
        Meta = table("step")

    class Delivery(Model):
        Meta = table("delivery")

    class Of(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")

    class Mailbox(Of):
        kind = CharField(default="smtp", max_length=10)
        state = CharField(default="active", constraints=[Check("state IN ('active', 'paused')")])
        pause_reason = CharField(default="", max_length=500)
        user = ForeignKeyField(User, null=True, on_delete="SET NULL")
        email = CharField()
        sender_name = CharField(default="")
        reply_to = CharField(default="")
        signature = TextField(default="")
        smtp_host = CharField(default="")
        smtp_port = IntegerField(default=587)
        smtp_security = CharField(default="starttls", max_length=10)
        imap_host = CharField(default="")
        imap_port = IntegerField(default=993)
        imap_security = CharField(default="tls", max_length=10)
        username = CharField(default="")
        secret = TextField(default="")
        access_token = TextField(default="")
        access_until = UTCDateTime(null=True)
        daily_cap = IntegerField(null=True, constraints=[Check("daily_cap > 0")])
        gap_seconds = IntegerField(default=0, constraints=[Check("gap_seconds >= 0")])
        jitter = IntegerField(default=0, constraints=[Check("jitter BETWEEN 0 AND 90")])
        ramp_start = IntegerField(null=True, constraints=[Check("ramp_start > 0")])
        ramp_step = IntegerField(default=0, constraints=[Check("ramp_step >= 0")])
        ramp_from = DateField(null=True)
        domain_per_hour = IntegerField(null=True, constraints=[Check("domain_per_hour > 0")])
        days = CharField(default="1234567", max_length=7)
        opens = IntegerField(default=0)
        closes = IntegerField(default=1440)
        zone = CharField(default="", max_length=40)
        next_send_at = UTCDateTime(null=True)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        refusals = IntegerField(default=0)
        last_sent_at = UTCDateTime(null=True)
        last_error = CharField(default="", max_length=500)
        last_error_at = UTCDateTime(null=True)
        checked_at = UTCDateTime(null=True)
        created_at = UTCDateTime()
        updated_at = UTCDateTime()
        Meta = table("mailbox", (("workspace", "email", "kind"), True), (("state",), False))

    class MailboxDay(Of):
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
        day = CharField(max_length=10)
        sent = IntegerField(default=0)
        refused = IntegerField(default=0)
        Meta = table("mailbox_day", (("mailbox", "day"), True))

    class MailboxTurn(Of):
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
        domain = CharField()
        next_send_at = UTCDateTime()
        Meta = table("mailbox_turn", (("mailbox", "domain"), True))

    class CampaignMailbox(Of):
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE")
        Meta = table("campaign_mailbox", (("campaign", "mailbox"), True))

    class StepVersion(Of):
        step = ForeignKeyField(Step, on_delete="CASCADE", index=False)
        letter = CharField(max_length=1)
        subject = CharField(default="")
        preheader = CharField(default="")
        body = TextField(default="")
        is_on = BooleanField(default=True)
        Meta = table("step_version", (("step", "letter"), True))

    class Snippet(Of):
        name = CharField(max_length=60)
        body = TextField(default="")
        created_at = UTCDateTime()
        Meta = table("snippet", (("workspace", "name"), True))

    class Attachment(Of):
        step = ForeignKeyField(Step, on_delete="CASCADE")
        name = CharField()
        mimetype = CharField(max_length=100)
        size = IntegerField()
        data = BlobField()
        Meta = table("attachment")

    class CampaignEvent(Of):
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        kind = CharField(max_length=20)
        data = TextField(default="{}")
        created_at = UTCDateTime()
        Meta = table("campaign_event", (("campaign", "id"), False))

    class DomainCheck(Model):
        domain = CharField(unique=True)
        found = TextField(default="{}")
        checked_at = UTCDateTime()
        Meta = table("domain_check")

    class TrackedLink(Of):
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
        digest = CharField(max_length=64)
        url = TextField()
        Meta = table("tracked_link", (("campaign", "digest"), True))

    class TrackedEvent(Of):
        campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
        delivery = ForeignKeyField(Delivery, on_delete="CASCADE")
        link = ForeignKeyField(TrackedLink, null=True, on_delete="CASCADE")
        kind = CharField(max_length=5, constraints=[Check("kind IN ('open', 'click')")])
        by_machine = BooleanField(default=False)
        agent = CharField(default="", max_length=200)
        created_at = UTCDateTime()
        Meta = table("tracked_event", (("campaign", "kind", "id"), False))

    models = (Mailbox, MailboxDay, MailboxTurn, CampaignMailbox, StepVersion, Snippet, Attachment, CampaignEvent)
    db.create_tables([*models, DomainCheck, TrackedLink, TrackedEvent])


def set_checks(db, checks):
    """{(table, column): (values it takes, values it shall take)}. SQLite cannot alter a CHECK: its schema is edited in
    the way that its manual gives for this (lang_altertable.html, section 7), which copies no rows.
    """
    if not isinstance(db, SqliteDatabase):
        for (table, column), (_, values) in checks.items():
            name = f"{table}_{column}_check"
            db.execute_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            db.execute_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({values}))")
        return
    (version,) = db.execute_sql("PRAGMA schema_version").fetchone()
    db.execute_sql("PRAGMA writable_schema = ON")
    for (table, column), values in checks.items():
        said, says = (f"{column} IN ({each})" for each in values)
        changed = db.execute_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?)",
            (said, says, table, said),
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"The table {table} has no CHECK ({said}).")
    db.execute_sql(f"PRAGMA schema_version = {version + 1}")
    db.execute_sql("PRAGMA writable_schema = OFF")


def count_hours_by(db, column):
    """campaign_hour counts mails, which of a sequence are more than the recipients that are done."""
    sqlite = isinstance(db, SqliteDatabase)
    here = "strftime('%Y-%m-%d %H', 'now')" if sqlite else "to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD HH24')"
    count = (
        "INSERT INTO campaign_hour (workspace_id, campaign_id, hour, sent)"
        f" VALUES (new.workspace_id, new.id, {here}, new.{column} - old.{column})"
        " ON CONFLICT (campaign_id, hour) DO UPDATE SET sent = campaign_hour.sent + excluded.sent;"
    )
    changed = f"old.{column} <> new.{column}"
    if sqlite:
        db.execute_sql("DROP TRIGGER campaign_sent")
        db.execute_sql(
            f"CREATE TRIGGER campaign_sent AFTER UPDATE OF {column} ON campaign WHEN {changed} BEGIN {count} END"
        )
        return
    db.execute_sql("DROP TRIGGER campaign_sent ON campaign")
    body = f"BEGIN {count} RETURN NULL; END"
    db.execute_sql(f"CREATE OR REPLACE FUNCTION campaign_sent() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    db.execute_sql(
        f"CREATE TRIGGER campaign_sent AFTER UPDATE ON campaign FOR EACH ROW WHEN ({changed})"
        " EXECUTE FUNCTION campaign_sent()"
    )


def down(migrator, db):
    count_hours_by(db, "sent")
    for table, column, known, instead in (
        ("recipient", "state", RECIPIENTS, "skipped"),
        ("campaign", "state", CAMPAIGNS, "completed"),
        ("suppression", "reason", REASONS, "manual"),
    ):
        db.execute_sql(f"UPDATE {table} SET {column} = '{instead}' WHERE {column} NOT IN ({known})")
    set_checks(db, {(table, column): (known + new, known) for table, column, known, new in CHECKS})
    for name in INDEXES:
        db.execute_sql(f"DROP INDEX {name}")
    for table, columns in added(db).items():
        for column in columns:
            db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    for table in TABLES:
        migrator.migrate(migrator.drop_table(table))
