"""What a workspace adds to what is known of a lead: tags, and fields of its own."""

from enum import StrEnum

from peewee import CharField, Check, CompositeKey, DoubleField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText

from .models import Lead


class Tag(WorkspaceModel):
    """A word that groups leads. `name_key` is the folded name.

    Once `deleted_at` is set nobody sees it any more; a Removal takes it from its leads and then deletes it.
    """

    name = CharField(max_length=50)
    name_key = CharField(max_length=100)
    created_at = UTCDateTime(default=now)
    deleted_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("workspace", "name_key"), True),)


class LeadTag(BaseModel):
    """A lead that has a tag."""

    lead = ForeignKeyField(Lead, on_delete="CASCADE")
    tag = ForeignKeyField(Tag, on_delete="CASCADE")

    class Meta:
        primary_key = CompositeKey("tag", "lead")


class CustomKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    URL = "url"
    YES_NO = "yes_no"


class CustomField(WorkspaceModel):
    """A field that a workspace gave its leads. `slug` names it in merge tags and addresses, and never changes;
    `options` are the texts of a choice. `deleted_at` as in Tag.
    """

    name = CharField(max_length=60)
    name_key = CharField(max_length=120)
    slug = CharField(max_length=60)
    kind = EnumField(CustomKind, constraints=[Check("kind IN ('text', 'number', 'date', 'choice', 'url', 'yes_no')")])
    options = JSONText(default=list)
    position = IntegerField(default=0)
    created_at = UTCDateTime(default=now)
    deleted_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("workspace", "name_key"), True), (("workspace", "slug"), True))


class CustomValue(BaseModel):
    """What a lead has in a custom field; no row: nothing.

    `text` is the value as it is kept (a date in ISO form, yes or no, a number as it is written in English), `key` the
    start of it folded, to find and sort by; `number` is set for numbers only.
    """

    field = ForeignKeyField(CustomField, on_delete="CASCADE")
    lead = ForeignKeyField(Lead, on_delete="CASCADE")
    text = TextField()
    key = CharField()
    number = DoubleField(null=True)

    class Meta:
        indexes = (
            (("lead", "field"), True),
            (("field", "key", "lead"), False),
            (("field", "number", "lead"), False),
        )


class Removal(WorkspaceModel):
    """A tag, a custom field or one of its options that was taken away while leads may still have it. A job takes it
    from them or gives them what takes its place (`heir`, a tag; `becomes`, an option), then deletes this row; it
    moves `due_at` on with each batch, so that a stalled one is seen.

    `option` is the key of one; without it all values of the field go.
    """

    tag = ForeignKeyField(Tag, null=True, on_delete="CASCADE")
    heir = ForeignKeyField(Tag, null=True, on_delete="SET NULL")
    field = ForeignKeyField(CustomField, null=True, on_delete="CASCADE")
    option = CharField(default="")
    becomes = CharField(default="")
    due_at = UTCDateTime(default=now)
