"""How far mailboxes were read."""

from enum import StrEnum

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.mail.mailbox_models import Mailbox

from .models import one_of


class FolderRole(StrEnum):
    INBOX = "inbox"
    SENT = "sent"
    CHOSEN = "chosen"  # by a person


class MailFolder(WorkspaceModel):
    """A folder of a mailbox that is read, and how far: all up to `last_uid` of `uid_validity` was looked at (RFC 3501,
    2.3.1.1). `name` is as the server lists it, decoded. Backwards it is read from `first_uid` down to what came on
    `back_to`. `backlog` is how many were left when it was last looked at.
    """

    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
    name = CharField()
    role = EnumField(FolderRole, max_length=10, constraints=one_of("role", FolderRole))
    uid_validity = BigIntegerField(null=True)
    last_uid = BigIntegerField(default=0)
    first_uid = BigIntegerField(null=True)  # None: nothing older is left to read
    back_to = DateField(null=True)
    backlog = IntegerField(default=0)
    seen = IntegerField(default=0)  # mails looked at, of all times
    read_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("mailbox", "name"), True),)


class MailboxReading(WorkspaceModel):
    """How the reading of a mailbox goes: one row a mailbox with an IMAP server. `succeeded_at` is when all its folders
    were last read up to their newest mail; what is older and still to be read is in their backlogs. `lag_seconds` is
    how long the newest mail lay there before it was here. Whoever reads holds the lease; `next_read_at` is the next
    turn. Whoever waits at the server for news of it holds the watch.
    """

    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", unique=True)
    is_on = BooleanField(default=True)
    switched_at = UTCDateTime(default=now)  # when reading was switched on: no worse is said than since then
    back_days = IntegerField(default=30, constraints=[Check("back_days BETWEEN 0 AND 3650")])
    folders_at = UTCDateTime(null=True)  # when its folders were last listed
    listed = JSONText(default=list)  # names of all its folders then
    began_at = UTCDateTime(null=True)
    succeeded_at = UTCDateTime(null=True)
    lag_seconds = IntegerField(null=True)
    pushes = BooleanField(default=False)  # the server tells of new mail (IDLE, RFC 2177)
    failures = IntegerField(default=0)  # in a row
    last_error = CharField(default="", max_length=500)
    last_error_at = UTCDateTime(null=True)
    alerted_at = UTCDateTime(null=True)  # when its owner was last told of trouble
    next_read_at = UTCDateTime(null=True)  # None: at once
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    refused = CharField(default="", max_length=64)  # a hash of what the server lets in no more, until that changes
    watch_token = CharField(default="")
    watch_until = UTCDateTime(null=True)

    class Meta:
        indexes = ((("is_on", "next_read_at"), False),)


class BrokenMail(WorkspaceModel):
    """A mail that could not be read or kept, passed over and written down here."""

    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
    folder = CharField()
    uid_validity = BigIntegerField()
    uid = BigIntegerField()
    subject = CharField(default="", max_length=998)
    error = CharField(max_length=500)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("mailbox", "folder", "uid_validity", "uid"), True), (("workspace", "id"), False))
