"""What a team works with on its leads: to-dos, tags, custom fields, saved views, bulk actions, score rules, merges."""

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

    class Todo(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        kind = CharField(
            default="task", constraints=[Check("kind IN ('task', 'call', 'email', 'meeting', 'linkedin')")]
        )
        title = CharField()
        assignee = ForeignKeyField(User, null=True, on_delete="SET NULL")
        due_at = UTCDateTime(null=True)
        timed = BooleanField(default=False)
        created_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
        created_at = UTCDateTime()
        done_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
        done_at = UTCDateTime(null=True)

        class Meta:
            table_name = "todo"
            indexes = ((("lead", "done_at", "due_at", "id"), False),)

    Todo.add_index(
        Todo.index(Todo.workspace, Todo.assignee, Todo.due_at, Todo.id, where=Todo.done_at.is_null(), name="todo_open")
    )

    class Tag(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        name = CharField(max_length=50)
        name_key = CharField(max_length=100)
        created_at = UTCDateTime()

        class Meta:
            table_name = "tag"
            indexes = ((("workspace", "name_key"), True),)

    class LeadTag(Base):
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        tag = ForeignKeyField(Tag, on_delete="CASCADE")

        class Meta:
            table_name = "lead_tag"
            primary_key = CompositeKey("tag", "lead")

    class CustomField(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        name = CharField(max_length=60)
        name_key = CharField(max_length=120)
        slug = CharField(max_length=60)
        kind = CharField(constraints=[Check("kind IN ('text', 'number', 'date', 'choice', 'url', 'yes_no')")])
        options = TextField()
        position = IntegerField(default=0)
        created_at = UTCDateTime()

        class Meta:
            table_name = "custom_field"
            indexes = ((("workspace", "name_key"), True), (("workspace", "slug"), True))

    class CustomValue(Base):
        field = ForeignKeyField(CustomField, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        text = TextField()
        key = CharField()
        number = DoubleField(null=True)

        class Meta:
            table_name = "custom_value"
            indexes = (
                (("lead", "field"), True),
                (("field", "key", "lead"), False),
                (("field", "number", "lead"), False),
            )

    class SavedView(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        owner = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=60)
        is_shared = BooleanField(default=False)
        on_board = BooleanField(default=False)
        query = TextField(default="")
        created_at = UTCDateTime()
        updated_at = UTCDateTime()

        class Meta:
            table_name = "saved_view"

    class PinnedView(Base):
        user = ForeignKeyField(User, on_delete="CASCADE")
        view = ForeignKeyField(SavedView, on_delete="CASCADE")
        position = IntegerField(default=0)

        class Meta:
            table_name = "pinned_view"
            indexes = ((("user", "view"), True),)

    class BulkAction(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        kind = CharField()
        data = TextField()
        selection = TextField()
        state = CharField(
            default="queued",
            constraints=[Check("state IN ('queued', 'running', 'done', 'cancelled', 'undoing', 'undone', 'failed')")],
        )
        error = CharField(max_length=500, default="")
        total = IntegerField(default=0)
        done = IntegerField(default=0)
        changed = IntegerField(default=0)
        undone = IntegerField(default=0)
        created_at = UTCDateTime()
        finished_at = UTCDateTime(null=True)
        lease_until = UTCDateTime(null=True)

        class Meta:
            table_name = "bulk_action"
            indexes = ((("state", "lease_until"), False),)

    class BulkItem(Base):
        action = ForeignKeyField(BulkAction, on_delete="CASCADE")
        lead = ForeignKeyField(Lead, on_delete="CASCADE")
        state = CharField(
            default="waiting", constraints=[Check("state IN ('waiting', 'changed', 'same', 'undone', 'kept')")]
        )
        before = TextField(default="")

        class Meta:
            table_name = "bulk_item"
            indexes = ((("action", "lead"), True), (("action", "state", "lead"), False))

    class ScoreRule(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        kind = CharField(constraints=[Check("kind IN ('fit', 'engagement')")])
        condition = TextField()
        points = IntegerField(constraints=[Check("points BETWEEN -100 AND 100")])
        position = IntegerField(default=0)
        created_at = UTCDateTime()

        class Meta:
            table_name = "score_rule"

    class NotDuplicate(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        first = ForeignKeyField(Lead, on_delete="CASCADE")
        second = ForeignKeyField(Lead, on_delete="CASCADE")
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        created_at = UTCDateTime()

        class Meta:
            table_name = "not_duplicate"
            indexes = ((("first", "second"), True),)

    db.create_tables(
        [Todo, Tag, LeadTag, CustomField, CustomValue, SavedView, PinnedView, BulkAction, BulkItem, ScoreRule,
         NotDuplicate]
    )  # fmt: skip
    # Plain SQL, for the reason given in 0005.
    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    for table, column in (
        ("lead", "score INTEGER NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 100)"),
        ("lead", "lost_reason VARCHAR(255) NOT NULL DEFAULT ''"),
        ("lead", f"next_due_at {moment}"),
        ("lead", "next_step VARCHAR(255) NOT NULL DEFAULT ''"),
        ("lead", "next_kind VARCHAR(255) NOT NULL DEFAULT ''"),
        ("lead", "merged_into_id INTEGER REFERENCES lead (id) ON DELETE SET NULL"),
        ("activity", f"pinned_at {moment}"),
        ("user", "todo_digest BOOLEAN NOT NULL DEFAULT FALSE"),
        ("user", "todo_digest_on DATE"),
    ):
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN {column}')
    for name, columns, where in INDEXES:
        db.execute_sql(f"CREATE INDEX {name} ON lead ({columns}) WHERE {where}")


ALIVE = "deleted_at IS NULL"
INDEXES = (
    ("lead_by_country", "workspace_id, country, touched_at, id", f"{ALIVE} AND country <> ''"),
    ("lead_by_industry", "workspace_id, industry, touched_at, id", f"{ALIVE} AND industry <> ''"),
    ("lead_by_source", "workspace_id, source, touched_at, id", f"{ALIVE} AND source <> ''"),
    ("lead_by_city", "workspace_id, city, touched_at, id", f"{ALIVE} AND city <> ''"),
    ("lead_by_domain", "workspace_id, domain, name_key, id", f"{ALIVE} AND domain <> ''"),
    ("lead_by_employees", "workspace_id, employees, id", f"{ALIVE} AND employees IS NOT NULL"),
    ("lead_by_score", "workspace_id, score, id", ALIVE),
    ("lead_by_due", "workspace_id, next_due_at, id", f"{ALIVE} AND next_due_at IS NOT NULL"),
    ("lead_in_bin", "workspace_id, deleted_at, id", "deleted_at IS NOT NULL"),
    ("lead_merged_into", "merged_into_id", "merged_into_id IS NOT NULL"),
)


def down(migrator, db):
    for name, _, _ in INDEXES:
        db.execute_sql(f"DROP INDEX {name}")
    for table, columns in (
        ("user", ["todo_digest", "todo_digest_on"]),
        ("activity", ["pinned_at"]),
        ("lead", ["merged_into_id", "next_kind", "next_step", "next_due_at", "lost_reason", "score"]),
    ):
        for column in columns:
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN {column}')
    for table in (
        "not_duplicate", "score_rule", "bulk_item", "bulk_action", "pinned_view", "saved_view", "custom_value",
        "custom_field", "lead_tag", "tag", "todo",
    ):  # fmt: skip
        migrator.migrate(migrator.drop_table(table))
