"""Imports are checked before they run, their cells mended, their matches remembered, and they can be undone.

`import_row.outcome` takes further values; rows of before keep "skipped".
"""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Workspace(Model):
        class Meta:
            database = db
            table_name = "workspace"

    class Lead(Model):
        class Meta:
            database = db
            table_name = "lead"

    class Import(Model):
        class Meta:
            database = db
            table_name = "import"

    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    for table, column in (
        ("workspace", "country VARCHAR(2) NOT NULL DEFAULT ''"),
        ("import", "version INTEGER NOT NULL DEFAULT 0"),
        ("import", "checked TEXT NOT NULL DEFAULT '{}'"),
        ("import", "checked_rows INTEGER NOT NULL DEFAULT 0"),
        ("import", f"check_until {moment}"),
        ("import", "tallies TEXT NOT NULL DEFAULT '{}'"),
        ("import", f"queued_at {moment}"),
        ("import", 'undone_by_id INTEGER REFERENCES "user" (id) ON DELETE SET NULL'),
        ("import", f"undone_at {moment}"),
        ("import", "undoing TEXT NOT NULL DEFAULT '{}'"),
        ("import_row", "after TEXT NOT NULL DEFAULT '{}'"),
    ):
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN {column}')
    db.execute_sql('CREATE INDEX import_undone_by_id ON "import" (undone_by_id)')

    class Of(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        imported = ForeignKeyField(Import, column_name="import_id", on_delete="CASCADE")

    class CheckedRow(Of):
        number = IntegerField()
        outcome = CharField()
        noted = BooleanField(default=False)
        reason = CharField(max_length=500, default="")
        cells = TextField()
        told = TextField()

        class Meta:
            database = db
            table_name = "checked_row"
            indexes = (
                (("imported", "number"), True),
                (("imported", "outcome", "number"), False),
                (("imported", "noted", "number"), False),
            )

    class ImportFix(Of):
        number = IntegerField(null=True)
        column = IntegerField()
        was = TextField()
        text = TextField()

        class Meta:
            database = db
            table_name = "import_fix"
            indexes = ((("imported", "number", "column"), False),)

    class ImportShape(Model):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        digest = CharField(max_length=64)
        mapping = TextField()
        options = TextField()
        used_at = UTCDateTime()

        class Meta:
            database = db
            table_name = "import_shape"
            indexes = ((("workspace", "digest"), True),)

    class UndoKept(Of):
        lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
        field = CharField(default="")
        label = CharField(default="")
        wrote = TextField(default="")
        found = TextField(default="")

        class Meta:
            database = db
            table_name = "undo_kept"
            indexes = ((("imported", "id"), False),)

    db.create_tables([CheckedRow, ImportFix, ImportShape, UndoKept])


def down(migrator, db):
    for table in ("undo_kept", "import_shape", "import_fix", "checked_row"):
        migrator.migrate(migrator.drop_table(table))
    db.execute_sql("DROP INDEX import_undone_by_id")
    for table, columns in (
        ("import_row", ("after",)),
        (
            "import",
            ("undoing", "undone_at", "undone_by_id", "queued_at", "tallies", "check_until", "checked_rows", "checked",
             "version"),
        ),
        ("workspace", ("country",)),
    ):  # fmt: skip
        for column in columns:
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN {column}')
