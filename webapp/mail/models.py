from enum import StrEnum

from peewee import BlobField, CharField, Check, ForeignKeyField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText


class DomainCheck(BaseModel):
    """What DNS said about a sender's domain (SPF, DKIM, DMARC): public facts, so of no workspace."""

    domain = CharField(unique=True)
    found = JSONText(default=dict)
    checked_at = UTCDateTime(default=now)


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"
    BOUNCED = "bounced"  # nobody has this address
    COMPLAINED = "complained"
    IMPORTED = "imported"
    ERASED = "erased"  # its lead was erased, and only a hash is left
    PAUSED = "paused"  # the person asked for some time without mail


class Suppression(WorkspaceModel):
    """What this workspace must not write to: an address in lower case, a domain as "@globex.example", or the hash of an
    erased address as "#…". `source` says in words where that came from; one with `until` ends then.
    """

    email = CharField()
    reason = EnumField(
        SuppressionReason,
        constraints=[
            Check("reason IN ('unsubscribed', 'manual', 'bounced', 'complained', 'imported', 'erased', 'paused')")
        ],
    )
    source = CharField(default="")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "email"), True), (("workspace", "id"), False))


class CapturedMail(WorkspaceModel):
    """A mail that would have left if there were a mail server. `raw` is exactly what would have gone out."""

    message_id = CharField(unique=True)
    email = CharField()  # whom it was to
    subject = CharField(max_length=998)
    raw = BlobField()
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "id"), False),)
