from enum import StrEnum

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead


class ImportState(StrEnum):
    UPLOADED = "uploaded"  # read and matched, waiting for a person
    QUEUED = "queued"  # waits for its job, or for an import of the workspace that was started before
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # could not go on; `error` says why; what was written stays
    CANCELLED = "cancelled"  # stopped by a person; what was written stays
    UNDOING = "undoing"
    UNDONE = "undone"


class Policy(StrEnum):
    """What a row does to a lead that is here already. Kept in `Import.options`."""

    FILL = "fill"
    UPDATE = "update"
    SKIP = "skip"


class Outcome(StrEnum):
    """What becomes of a row. CREATED is told by the check only: of a run, those rows are the leads themselves."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # already a lead, with nothing new in the row or left as it was by choice
    DUPLICATE = "duplicate"  # the same person as a row above
    SUPPRESSED = "suppressed"  # must not be written to, and not a lead yet
    SKIPPED = "skipped"  # left out by choice, or a colleague's lead; until migration 0015 also the three above
    FAILED = "failed"


class Import(WorkspaceModel):
    """One uploaded file on its way to leads. Every row ends as created, updated, skipped or failed."""

    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    filename = CharField()
    path = CharField()  # below DATA_DIR
    size = BigIntegerField()  # bytes
    state = EnumField(ImportState, default=ImportState.UPLOADED)
    dialect = JSONText(default=dict)  # how the file is read: see reading.py
    columns = JSONText(default=list)  # as describe_columns() gives them; "left", "made": see creating.py
    mapping = JSONText(default=list)  # per column: a key of extras.targets(), or ""
    options = JSONText(default=dict)  # see options.py
    version = IntegerField(default=0)  # moves on with each change to the four above or to a fix, until the start
    check = JSONText(column_name="checked", default=dict)  # what the last check found: see checking.py
    checked_rows = IntegerField(default=0)
    check_until = UTCDateTime(null=True)  # the lease of the check that runs
    rows = IntegerField(default=0)  # data rows in the file
    done_rows = IntegerField(default=0)  # rows whose outcome is committed: where a resumed run goes on
    created = IntegerField(default=0)
    updated = IntegerField(default=0)
    skipped = IntegerField(default=0)
    failed = IntegerField(default=0)
    tallies = JSONText(default=dict)  # {Outcome: rows} of those that make up `skipped`
    error = CharField(default="", max_length=500)
    created_at = UTCDateTime(default=now)
    queued_at = UTCDateTime(null=True)
    started_at = UTCDateTime(null=True)
    finished_at = UTCDateTime(null=True)
    lease_until = UTCDateTime(null=True)  # the run that holds it renews it; past it, a sweeper wakes the job again
    undone_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    undone_at = UTCDateTime(null=True)
    undo = JSONText(column_name="undoing", default=dict)  # how far its undo is: see undoing.py

    class Meta:
        indexes = ((("workspace", "id"), False), (("state",), False))


class ImportRow(WorkspaceModel):
    """What became of a row that did not simply create a lead (those carry `origin` and `origin_row` themselves)."""

    imported = ForeignKeyField(Import, column_name="import_id", backref="outcomes", on_delete="CASCADE")
    number = IntegerField()  # 1 for the first data row
    outcome = EnumField(Outcome)
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    reason = CharField(default="", max_length=500)
    cells = JSONText(default=list)  # the row as it stands in the file
    before = JSONText(default=dict)  # {field: value} of a lead that the row changed, before
    after = JSONText(default=dict)  # the same fields, as the row left them

    class Meta:
        indexes = ((("imported", "number"), True), (("imported", "outcome", "number"), False))


class CheckedRow(WorkspaceModel):
    """What the check says will become of a row. Of each outcome only the first are kept, and of those worth a look."""

    imported = ForeignKeyField(Import, column_name="import_id", on_delete="CASCADE")
    number = IntegerField()
    outcome = EnumField(Outcome)
    noted = BooleanField(default=False)  # whether something in it is worth a look
    reason = CharField(default="", max_length=500)
    cells = JSONText(default=list)  # the row as it stands in the file, its fixes included
    told = JSONText(default=dict)  # see checking.py

    class Meta:
        indexes = (
            (("imported", "number"), True),
            (("imported", "outcome", "number"), False),
            (("imported", "noted", "number"), False),
        )


class ImportFix(WorkspaceModel):
    """Another text for a cell. Without a `number` it stands for all cells of its column that say `was`."""

    imported = ForeignKeyField(Import, column_name="import_id", on_delete="CASCADE")
    number = IntegerField(null=True)
    column = IntegerField()  # 0 for the first one
    was = TextField()
    text = TextField()

    class Meta:
        indexes = ((("imported", "number", "column"), False),)


class ImportShape(WorkspaceModel):
    """What the workspace made of a file with these columns the last time. `digest` is of their names."""

    digest = CharField(max_length=64)
    mapping = JSONText(default=list)  # [[name, target], …]: see shapes.py
    options = JSONText(default=dict)
    used_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "digest"), True),)


class UndoKept(WorkspaceModel):
    """What an undo left as it is, because somebody worked on it after the import. `field` is "" for a whole lead."""

    imported = ForeignKeyField(Import, column_name="import_id", on_delete="CASCADE")
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    field = CharField(default="")
    label = CharField(default="")
    wrote = TextField(default="")  # what the import wrote
    found = TextField(default="")  # what is there now; of a whole lead, why it stays

    class Meta:
        indexes = ((("imported", "id"), False),)
