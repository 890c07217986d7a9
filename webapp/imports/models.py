from enum import StrEnum

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead


class ImportState(StrEnum):
    UPLOADED = "uploaded"  # read and matched, waiting for a person
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # could not go on; `error` says why; what was written stays


class Policy(StrEnum):
    """What a row does to a lead that is here already. Kept in `Import.options`."""

    FILL = "fill"
    UPDATE = "update"
    SKIP = "skip"


class Import(WorkspaceModel):
    """One uploaded file on its way to leads. Every row ends as created, updated, skipped or failed."""

    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    filename = CharField()
    path = CharField()  # below DATA_DIR
    size = BigIntegerField()  # bytes
    state = EnumField(ImportState, default=ImportState.UPLOADED)
    dialect = JSONText(default=dict)  # encoding, delimiter, header_line, spaces (see reading.py), estimated (of rows)
    columns = JSONText(
        default=list
    )  # [{"name", "samples", "field", "by"}, …] in the file's order; `by`: name or content
    mapping = JSONText(default=list)  # per column: a lead field's name, "full_name", "location" or ""
    options = JSONText(
        default=dict
    )  # policy, consent, without_email, center_id; from the start on owner_id, sees (see starting.py)
    rows = IntegerField(default=0)  # data rows in the file
    done_rows = IntegerField(default=0)  # rows whose outcome is committed: where a resumed run goes on
    created = IntegerField(default=0)
    updated = IntegerField(default=0)
    skipped = IntegerField(default=0)
    failed = IntegerField(default=0)
    error = CharField(default="", max_length=500)
    created_at = UTCDateTime(default=now)
    started_at = UTCDateTime(null=True)
    finished_at = UTCDateTime(null=True)
    lease_until = UTCDateTime(null=True)  # the run that holds it renews it; past it, a sweeper wakes the job again

    class Meta:
        indexes = ((("workspace", "id"), False), (("state",), False))


class Outcome(StrEnum):
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


class ImportRow(WorkspaceModel):
    """What became of a row that did not simply create a lead (those carry `origin` and `origin_row` themselves)."""

    imported = ForeignKeyField(Import, column_name="import_id", backref="outcomes", on_delete="CASCADE")
    number = IntegerField()  # 1 for the first data row
    outcome = EnumField(Outcome)
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    reason = CharField(default="", max_length=500)
    cells = JSONText(default=list)  # the row as it stands in the file
    before = JSONText(default=dict)  # {field: value} of an updated lead, before

    class Meta:
        indexes = ((("imported", "number"), True), (("imported", "outcome", "number"), False))
