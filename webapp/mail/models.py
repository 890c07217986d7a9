from enum import StrEnum

from peewee import BlobField, CharField, Check
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class Suppression(WorkspaceModel):
    """An address (in lower case) that this workspace must not write to. `source` says in words where that came from."""

    email = CharField()
    reason = EnumField(SuppressionReason, constraints=[Check("reason IN ('unsubscribed', 'manual')")])
    source = CharField(default="")
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "email"), True),)


class CapturedMail(WorkspaceModel):
    """A mail that would have left if there were a mail server. `raw` is exactly what would have gone out."""

    message_id = CharField(unique=True)
    email = CharField()  # whom it was to
    subject = CharField(max_length=998)
    raw = BlobField()
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "id"), False),)
