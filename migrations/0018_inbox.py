"""The inbox: folders and how far they were read, threads and their mails, drafts, what is on its way out."""

from peewee import *

from db import UTCDateTime

PENDING = 256  # KiB, as in migration 0008
TABLES = (
    "assistant_question", "mail_suggestion", "inbox_settings", "outgoing_mail", "mail_draft_file", "mail_draft",
    "thread_message", "mail_thread", "broken_mail", "mailbox_reading", "mail_folder",
)  # fmt: skip
UNREAD = "CREATE INDEX mail_thread_unread ON mail_thread (workspace_id, assignee_id, is_unread) WHERE is_unread"


PLUS = "ALTER TABLE mailbox ADD COLUMN plus_replies BOOLEAN NOT NULL DEFAULT FALSE"  # as in migration 0005


def up(migrator, db):
    create(db)
    for sql in (UNREAD, PLUS, *(SQLITE if isinstance(db, SqliteDatabase) else POSTGRES)):
        db.execute_sql(sql)


def down(migrator, db):
    db.execute_sql("DELETE FROM activity WHERE kind IN ('received', 'answered')")
    db.execute_sql("ALTER TABLE mailbox DROP COLUMN plus_replies")
    db.execute_sql("DROP TABLE message_search")
    for table in TABLES:
        migrator.migrate(migrator.drop_table(table))
    if not isinstance(db, SqliteDatabase):
        db.execute_sql("DROP FUNCTION message_indexed()")


SQLITE = (
    """CREATE VIRTUAL TABLE message_search USING fts5(
        search_text, content='thread_message', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER message_search_insert AFTER INSERT ON thread_message WHEN new.search_text <> '' BEGIN
        INSERT INTO message_search (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER message_search_delete AFTER DELETE ON thread_message WHEN old.search_text <> '' BEGIN
        INSERT INTO message_search (message_search, rowid, search_text)
            VALUES ('delete', old.id, old.search_text); END""",
    """CREATE TRIGGER message_search_update AFTER UPDATE OF search_text ON thread_message
        WHEN old.search_text <> new.search_text BEGIN
        INSERT INTO message_search (message_search, rowid, search_text)
            SELECT 'delete', old.id, old.search_text WHERE old.search_text <> '';
        INSERT INTO message_search (rowid, search_text)
            SELECT new.id, new.search_text WHERE new.search_text <> ''; END""",
)
POSTGRES = (
    """CREATE TABLE message_search (
        message_id integer PRIMARY KEY REFERENCES thread_message (id) ON DELETE CASCADE, grams text[] NOT NULL)""",
    f"CREATE INDEX message_search_grams ON message_search USING gin (grams) WITH (gin_pending_list_limit = {PENDING})",
    """CREATE FUNCTION message_indexed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM message_search WHERE message_id = new.id;
        IF new.search_text <> '' THEN
            INSERT INTO message_search VALUES (new.id, galena_trigrams(new.search_text)); END IF;
        RETURN NULL; END $$""",
    """CREATE TRIGGER message_search_insert AFTER INSERT ON thread_message FOR EACH ROW WHEN (new.search_text <> '')
        EXECUTE FUNCTION message_indexed()""",
    """CREATE TRIGGER message_search_update AFTER UPDATE OF search_text ON thread_message FOR EACH ROW
        WHEN (old.search_text <> new.search_text) EXECUTE FUNCTION message_indexed()""",
)


def create(db):
    def table(name, *indexes):
        return type("Meta", (), {"database": db, "table_name": name, "indexes": indexes})

    def one_of(column, *states):
        return [Check(f"{column} IN ({', '.join(map(repr, states))})")]

    class Workspace(Model):
        Meta = table("workspace")

    class User(Model):
        Meta = table("user")

    class Lead(Model):
        Meta = table("lead")

    class Mailbox(Model):
        Meta = table("mailbox")

    class Campaign(Model):
        Meta = table("campaign")

    class Recipient(Model):
        Meta = table("recipient")

    class Delivery(Model):
        Meta = table("delivery")

    class Of(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")

    class MailFolder(Of):
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
        name = CharField()
        role = CharField(max_length=10, constraints=one_of("role", "inbox", "sent", "chosen"))
        uid_validity = BigIntegerField(null=True)
        last_uid = BigIntegerField(default=0)
        first_uid = BigIntegerField(null=True)
        back_to = DateField(null=True)
        backlog = IntegerField(default=0)
        seen = IntegerField(default=0)
        read_at = UTCDateTime(null=True)
        Meta = table("mail_folder", (("mailbox", "name"), True))

    class MailboxReading(Of):
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", unique=True)
        is_on = BooleanField(default=True)
        switched_at = UTCDateTime()
        back_days = IntegerField(default=30, constraints=[Check("back_days BETWEEN 0 AND 3650")])
        folders_at = UTCDateTime(null=True)
        listed = TextField()
        began_at = UTCDateTime(null=True)
        succeeded_at = UTCDateTime(null=True)
        lag_seconds = IntegerField(null=True)
        pushes = BooleanField(default=False)
        failures = IntegerField(default=0)
        last_error = CharField(default="", max_length=500)
        last_error_at = UTCDateTime(null=True)
        alerted_at = UTCDateTime(null=True)
        next_read_at = UTCDateTime(null=True)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        refused = CharField(default="", max_length=64)
        watch_token = CharField(default="")
        watch_until = UTCDateTime(null=True)
        Meta = table("mailbox_reading", (("is_on", "next_read_at"), False))

    class BrokenMail(Of):
        mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
        folder = CharField()
        uid_validity = BigIntegerField()
        uid = BigIntegerField()
        subject = CharField(default="", max_length=998)
        error = CharField(max_length=500)
        created_at = UTCDateTime()
        Meta = table("broken_mail", (("mailbox", "folder", "uid_validity", "uid"), True), (("workspace", "id"), False))

    class Thread(Of):
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL", index=False)
        mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
        campaign = ForeignKeyField(Campaign, null=True, on_delete="SET NULL")
        recipient = ForeignKeyField(Recipient, null=True, on_delete="SET NULL")
        assignee = ForeignKeyField(User, null=True, on_delete="SET NULL")
        email = CharField()
        name = CharField(default="")
        subject = CharField(max_length=998)
        snippet = CharField(default="", max_length=200)
        messages = IntegerField(default=0)
        state = CharField(default="open", max_length=10, constraints=one_of("state", "open", "snoozed", "done"))
        snoozed_until = UTCDateTime(null=True)
        is_unread = BooleanField(default=False)
        label = CharField(
            default="none",
            max_length=16,
            constraints=one_of(
                "label",
                "none",
                "interested",
                "not_now",
                "not_interested",
                "wrong_person",
                "out_of_office",
                "unsubscribe",
                "bounce",
                "complaint",
            ),
        )
        label_reason = CharField(default="", max_length=300)
        label_sure = IntegerField(null=True)
        labelled_by = CharField(
            default="rules", max_length=8, constraints=one_of("labelled_by", "rules", "model", "person")
        )
        summary = TextField(default="")
        last_at = UTCDateTime()
        last_in_at = UTCDateTime(null=True)
        created_at = UTCDateTime()
        Meta = table(
            "mail_thread",
            (("workspace", "state", "last_at", "id"), False),
            (("workspace", "assignee", "state", "last_at", "id"), False),
            (("workspace", "state", "label", "last_at", "id"), False),
            (("workspace", "assignee", "state", "label", "last_at", "id"), False),
            (("workspace", "last_at", "id"), False),
            (("lead", "last_at", "id"), False),
            (("state", "snoozed_until"), False),
        )

    class ThreadMessage(Of):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
        thread = ForeignKeyField(Thread, on_delete="CASCADE", index=False)
        mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL", index=False)
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        about = ForeignKeyField(Delivery, null=True, on_delete="SET NULL")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        direction = CharField(max_length=3, constraints=one_of("direction", "in", "out"))
        kind = CharField(
            max_length=10, constraints=one_of("kind", "reply", "auto_reply", "bounce", "complaint", "sent")
        )
        matched_by = CharField(
            max_length=12,
            constraints=one_of("matched_by", "references", "plus_address", "sender", "domain", "report", "ours"),
        )
        why = CharField(default="", max_length=300)
        message_id = CharField(max_length=998)
        message_key = CharField(max_length=64)
        refers_to = TextField()
        sender_email = CharField(default="")
        sender_name = CharField(default="")
        recipients = TextField()
        cc = TextField()
        reply_to = CharField(default="")
        subject = CharField(default="", max_length=998)
        text = TextField(default="")
        fresh = TextField(default="")
        quoted_lines = IntegerField(default=0)
        attachments = TextField()
        found = TextField()
        folder = CharField(default="")
        uid_validity = BigIntegerField(null=True)
        uid = BigIntegerField(null=True)
        size = IntegerField(default=0)
        sent_at = UTCDateTime()
        received_at = UTCDateTime()
        search_text = TextField(default="")
        created_at = UTCDateTime()
        Meta = table(
            "thread_message",
            (("workspace", "message_key"), True),
            (("workspace", "sender_email", "received_at"), False),
            (("thread", "sent_at", "id"), False),
            (("mailbox", "folder", "uid"), False),
        )

    class Draft(Of):
        user = ForeignKeyField(User, on_delete="CASCADE")
        thread = ForeignKeyField(Thread, null=True, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, null=True, on_delete="CASCADE")
        mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
        recipients = CharField(default="", max_length=1000)
        cc = CharField(default="", max_length=1000)
        subject = CharField(default="", max_length=998)
        text = TextField(default="")
        updated_at = UTCDateTime()
        Meta = table("mail_draft", (("workspace", "user", "updated_at"), False))

    class DraftFile(Of):
        draft = ForeignKeyField(Draft, on_delete="CASCADE")
        name = CharField()
        mimetype = CharField(max_length=100)
        size = IntegerField()
        data = BlobField()
        Meta = table("mail_draft_file")

    class Outgoing(Of):
        message = ForeignKeyField(ThreadMessage, unique=True, on_delete="CASCADE")
        mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
        user = ForeignKeyField(User, null=True, on_delete="SET NULL")
        token = CharField(max_length=64)
        recipients = TextField()
        raw = BlobField()
        state = CharField(
            default="claimed",
            max_length=10,
            constraints=one_of("state", "claimed", "sending", "accepted", "refused", "failed", "unknown"),
        )
        attempts = IntegerField(default=0)
        error = CharField(default="", max_length=500)
        due_at = UTCDateTime()
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        created_at = UTCDateTime()
        changed_at = UTCDateTime()
        Meta = table("outgoing_mail", (("workspace", "token"), True), (("state", "due_at"), False))

    class InboxSettings(Of):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE", unique=True)
        makes_todos = BooleanField(default=True)
        sends_notices = BooleanField(default=True)
        asks_model = BooleanField(default=True)
        Meta = table("inbox_settings")

    class Suggestion(Of):
        thread = ForeignKeyField(Thread, on_delete="CASCADE", index=False)
        message = ForeignKeyField(ThreadMessage, null=True, on_delete="CASCADE")
        user = ForeignKeyField(User, null=True, on_delete="SET NULL")
        wish = CharField(default="", max_length=20)
        state = CharField(default="waiting", max_length=8, constraints=one_of("state", "waiting", "done", "failed"))
        text = TextField(default="")
        loose = TextField()
        error = CharField(default="", max_length=500)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        created_at = UTCDateTime()
        changed_at = UTCDateTime()
        Meta = table("mail_suggestion", (("thread", "id"), False), (("state", "id"), False))

    class Question(Of):
        user = ForeignKeyField(User, on_delete="CASCADE")
        text = TextField()
        answer = TextField(default="")
        calls = TextField()
        state = CharField(default="waiting", max_length=8, constraints=one_of("state", "waiting", "done", "failed"))
        loose = TextField()
        error = CharField(default="", max_length=500)
        lease_token = CharField(default="")
        lease_until = UTCDateTime(null=True)
        created_at = UTCDateTime()
        changed_at = UTCDateTime()
        Meta = table("assistant_question", (("workspace", "user", "id"), False), (("state", "id"), False))

    db.create_tables(
        [
            MailFolder,
            MailboxReading,
            BrokenMail,
            Thread,
            ThreadMessage,
            Draft,
            DraftFile,
            Outgoing,
            InboxSettings,
            Suggestion,
            Question,
        ]
    )
