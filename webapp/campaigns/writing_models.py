"""What belongs to the texts of a step: its other versions, its files, and pieces that any message may use."""

from peewee import BlobField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now

from .models import Step


class StepVersion(WorkspaceModel):
    """Another text of a step, B to E, tried against its own."""

    step = ForeignKeyField(Step, backref="versions", on_delete="CASCADE", index=False)
    letter = CharField(max_length=1)
    subject = CharField(default="")
    preheader = CharField(default="")
    body = TextField(default="")
    is_on = BooleanField(default=True)

    class Meta:
        indexes = ((("step", "letter"), True),)


class Attachment(WorkspaceModel):
    """A file that goes with a step's mails; `size` in bytes."""

    step = ForeignKeyField(Step, backref="attachments", on_delete="CASCADE")
    name = CharField()
    mimetype = CharField(max_length=100)
    size = IntegerField()
    data = BlobField()


class Snippet(WorkspaceModel):
    """A piece of text that members insert into messages."""

    name = CharField(max_length=60)
    body = TextField(default="")
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "name"), True),)
