"""Threads of mails with leads, and what is written in answer."""

from enum import StrEnum

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    ForeignKeyField,
    IntegerField,
    TextField,
)
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, Workspace, WorkspaceModel
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead
from webapp.mail.mailbox_models import Mailbox


def one_of(column, states):
    """The constraint that `column` has one of these states."""
    return [Check(f"{column} IN ({', '.join(repr(state.value) for state in states)})")]


class Label(StrEnum):
    """What a thread's newest mail from outside says. NONE: a person has to look."""

    NONE = "none"
    INTERESTED = "interested"
    NOT_NOW = "not_now"
    NOT_INTERESTED = "not_interested"
    WRONG_PERSON = "wrong_person"  # a referral, too
    OUT_OF_OFFICE = "out_of_office"
    UNSUBSCRIBE = "unsubscribe"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class LabelledBy(StrEnum):
    RULES = "rules"
    MODEL = "model"
    PERSON = "person"


class ThreadState(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"  # opens again at `snoozed_until`, or when a mail comes
    DONE = "done"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Kind(StrEnum):
    """What a mail from outside is, before anybody asks what it says."""

    REPLY = "reply"  # written by a person
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    SENT = "sent"  # by us


class Rule(StrEnum):
    """By what a mail was matched, the surest first."""

    REFERENCES = "references"  # it names the Message-ID of one of our mails
    PLUS_ADDRESS = "plus_address"  # it was sent to an address that only one of our mails had
    SENDER = "sender"  # it is from (to) a lead's address, after one of our mails or outside campaigns
    DOMAIN = "domain"  # somebody else at the company of one lead we wrote to lately
    REPORT = "report"  # a bounce or complaint that names the mail it is about
    OURS = "ours"  # written here


class Thread(WorkspaceModel):
    """Mails between a workspace and somebody outside (`email`, `name`: who wrote last, or whom we wrote to).

    `campaign` and `recipient` are of the mail that it answers. The rest repeats what lists show of its messages.
    `label_reason` says in words why; `label_sure` in percent, of a model. `seen_at` moves on when somebody opens it.
    """

    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL", index=False)
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
    campaign = ForeignKeyField(Campaign, null=True, on_delete="SET NULL")
    recipient = ForeignKeyField(Recipient, null=True, on_delete="SET NULL")
    assignee = ForeignKeyField(User, null=True, on_delete="SET NULL")
    email = CharField()
    name = CharField(default="")
    subject = CharField(max_length=998)
    snippet = CharField(default="", max_length=200)
    messages = IntegerField(default=0)
    state = EnumField(ThreadState, default=ThreadState.OPEN, max_length=10, constraints=one_of("state", ThreadState))
    snoozed_until = UTCDateTime(null=True)
    is_unread = BooleanField(default=False)
    label = EnumField(Label, default=Label.NONE, max_length=16, constraints=one_of("label", Label))
    label_reason = CharField(default="", max_length=300)
    label_sure = IntegerField(null=True)
    labelled_by = EnumField(
        LabelledBy, default=LabelledBy.RULES, max_length=8, constraints=one_of("labelled_by", LabelledBy)
    )
    summary = TextField(default="")  # by the model
    last_at = UTCDateTime()  # of its newest message, or when it woke from being snoozed
    last_in_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)

    class Meta:
        table_name = "mail_thread"
        indexes = (
            (("workspace", "state", "last_at", "id"), False),
            (("workspace", "assignee", "state", "last_at", "id"), False),
            (("workspace", "state", "label", "last_at", "id"), False),
            (("workspace", "assignee", "state", "label", "last_at", "id"), False),
            (("workspace", "last_at", "id"), False),
            (("lead", "last_at", "id"), False),
            (("state", "snoozed_until"), False),
        )


_UNREAD = Thread.workspace, Thread.assignee, Thread.is_unread  # itself, too: SQLite reads what it asks for
Thread.add_index(Thread.index(*_UNREAD, where=Thread.is_unread, name="mail_thread_unread"))


class ThreadMessage(WorkspaceModel):
    """One mail of a thread. `text` is all of it in plain words, of which `fresh` is what is new: what it quotes and the
    signature come after. Addresses are in lower case. One mail in two folders or mailboxes is one message: the same
    `message_id`. `search_text` is folded; the database keeps `message_search` in step with it (migration 0018).

    `matched_by` and `why` say how it came to its lead. `about` is the mail of a campaign that it answers or reports.
    `found` holds what was understood: of a bounce {"class": "hard", "cause", "status", "email"}, of an automatic reply
    {"until": "2026-12-01"}, of any other {"phones", "dates"}.
    """

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    thread = ForeignKeyField(Thread, backref="mails", on_delete="CASCADE", index=False)
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL", index=False)
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    about = ForeignKeyField(Delivery, null=True, on_delete="SET NULL")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")  # who wrote it here
    direction = EnumField(Direction, max_length=3, constraints=one_of("direction", Direction))
    kind = EnumField(Kind, max_length=10, constraints=one_of("kind", Kind))
    matched_by = EnumField(Rule, max_length=12, constraints=one_of("matched_by", Rule))
    why = CharField(default="", max_length=300)
    message_id = CharField(max_length=998)
    message_key = CharField(max_length=64)  # its SHA-256: long ones are no fit for an index
    refers_to = JSONText(default=list)  # Message-IDs that it answers, the nearest last
    sender_email = CharField(default="")
    sender_name = CharField(default="")
    recipients = JSONText(default=list)  # its To: [[name, address], …]
    cc = JSONText(default=list)
    reply_to = CharField(default="")
    subject = CharField(default="", max_length=998)
    text = TextField(default="")
    fresh = TextField(default="")
    quoted_lines = IntegerField(default=0)
    attachments = JSONText(default=list)  # [{"name", "type", "size", "part"}, …]; their bytes stay in the mailbox
    found = JSONText(default=dict)
    folder = CharField(default="")  # where it lies: with uid_validity and uid
    uid_validity = BigIntegerField(null=True)
    uid = BigIntegerField(null=True)
    size = IntegerField(default=0)  # bytes
    sent_at = UTCDateTime()  # as its Date says, never later than received_at
    received_at = UTCDateTime()
    search_text = TextField(default="")
    created_at = UTCDateTime(default=now)

    class Meta:
        table_name = "thread_message"
        indexes = (
            (("workspace", "message_key"), True),
            (("workspace", "sender_email", "received_at"), False),
            (("thread", "sent_at", "id"), False),
            (("mailbox", "folder", "uid"), False),
        )


class Draft(WorkspaceModel):
    """What a member has written and not sent: an answer in a thread, or (without one) a new mail to a lead."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    thread = ForeignKeyField(Thread, null=True, on_delete="CASCADE")
    lead = ForeignKeyField(Lead, null=True, on_delete="CASCADE")
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
    recipients = CharField(default="", max_length=1000)
    cc = CharField(default="", max_length=1000)
    subject = CharField(default="", max_length=998)
    text = TextField(default="")
    updated_at = UTCDateTime(default=now)

    class Meta:
        table_name = "mail_draft"
        indexes = ((("workspace", "user", "updated_at"), False),)


class DraftFile(WorkspaceModel):
    """A file that goes with a draft's mail; `size` in bytes."""

    draft = ForeignKeyField(Draft, backref="files", on_delete="CASCADE")
    name = CharField()
    mimetype = CharField(max_length=100)
    size = IntegerField()
    data = BlobField()

    class Meta:
        table_name = "mail_draft_file"


class Outgoing(WorkspaceModel):
    """A mail that a member wrote, on its way: its row is there before it leaves, and its states are those of the send
    ledger (campaigns/ledger.py), moved by the same rules. `token` is the form's: sent twice, it is one mail.
    """

    message = ForeignKeyField(ThreadMessage, unique=True, on_delete="CASCADE")
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL")
    user = ForeignKeyField(User, null=True, on_delete="SET NULL")
    token = CharField(max_length=64)
    recipients = JSONText(default=list)  # addresses
    raw = BlobField()
    state = EnumField(
        DeliveryState, default=DeliveryState.CLAIMED, max_length=10, constraints=one_of("state", DeliveryState)
    )
    attempts = IntegerField(default=0)
    error = CharField(default="", max_length=500)
    due_at = UTCDateTime(default=now)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    changed_at = UTCDateTime(default=now)

    class Meta:
        table_name = "outgoing_mail"
        indexes = ((("workspace", "token"), True), (("state", "due_at"), False))


class InboxSettings(WorkspaceModel):
    """What a workspace's inbox does by itself."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", unique=True)
    makes_todos = BooleanField(default=True)  # "Answer …" for whoever the lead belongs to
    sends_notices = BooleanField(default=True)  # a mail to them, unless it came to their own mailbox
    asks_model = BooleanField(default=True)  # labels, summaries and drafts, where an endpoint is set
