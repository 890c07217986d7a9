"""Tags, custom fields and options that are taken away in batches from the leads that have them."""

from peewee import *

from db import UTCDateTime


def up(migrator, db):
    class Base(Model):
        class Meta:
            database = db

    class Workspace(Base):
        class Meta:
            table_name = "workspace"

    class Tag(Base):
        class Meta:
            table_name = "tag"

    class CustomField(Base):
        class Meta:
            table_name = "custom_field"

    class Removal(Base):
        workspace = ForeignKeyField(Workspace, on_delete="CASCADE")
        tag = ForeignKeyField(Tag, null=True, on_delete="CASCADE")
        heir = ForeignKeyField(Tag, null=True, on_delete="SET NULL")
        field = ForeignKeyField(CustomField, null=True, on_delete="CASCADE")
        option = CharField(default="")
        becomes = CharField(default="")
        due_at = UTCDateTime()

        class Meta:
            table_name = "removal"

    db.create_tables([Removal])
    # Plain SQL, for the reason given in 0005.
    moment = "DATETIME" if isinstance(db, SqliteDatabase) else "TIMESTAMP"
    for table in ("tag", "custom_field"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN deleted_at {moment}")


def down(migrator, db):
    for table in ("custom_field", "tag"):
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN deleted_at")
    migrator.migrate(migrator.drop_table("removal"))
