from enum import StrEnum

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, Workspace, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead


class CampaignState(StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    PAUSED = "paused"
    COMPLETED = "completed"


class Campaign(WorkspaceModel):
    """A sequence of steps to an audience.

    `audience` is {"kind": "all" | "stage" | "search" | "picked", "stage": …, "q": …} and counts until the start, when
    recipients are written down; of a "picked" one they are there before. The counters are of recipients and move in
    the transaction that moves the recipient. Whoever sends holds the lease (see leases.py); `next_send_at` is when the
    rate allows the next mail.
    """

    name = CharField()
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    state = EnumField(
        CampaignState,
        default=CampaignState.DRAFT,
        constraints=[Check("state IN ('draft', 'sending', 'paused', 'completed')")],
    )
    pause_reason = CharField(default="", max_length=500)
    audience = JSONText(default=dict)
    sender_name = CharField(default="")
    reply_to = CharField(default="")
    rate_per_minute = IntegerField(default=60, constraints=[Check("rate_per_minute > 0")])
    recipients = IntegerField(default=0)
    sent = IntegerField(default=0)
    refused = IntegerField(default=0)
    failed = IntegerField(default=0)
    unknown = IntegerField(default=0)
    skipped = IntegerField(default=0)
    unsubscribed = IntegerField(default=0)
    next_send_at = UTCDateTime(null=True)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    updated_at = UTCDateTime(default=now)
    started_at = UTCDateTime(null=True)
    finished_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("workspace", "id"), False), (("state",), False))

    @property
    def whom(self):
        """Its audience, with what audience.of() needs to find the leads that were added to it."""
        return {**self.audience, "campaign": self.id}

    @property
    def settled(self):
        """How many recipients need nothing more."""
        return self.sent + self.refused + self.failed + self.unknown + self.skipped

    @property
    def queued(self):
        """How many recipients are still to be written to."""
        return max(0, self.recipients - self.settled)


class Step(WorkspaceModel):
    """One mail of a campaign, `wait_days` after the one before it."""

    campaign = ForeignKeyField(Campaign, backref="steps", on_delete="CASCADE")
    position = IntegerField(default=1)
    wait_days = IntegerField(default=0)
    subject = CharField(default="")
    body = TextField(default="")

    class Meta:
        indexes = ((("campaign", "position"), True),)


class RecipientState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # has a delivery that is not settled yet
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    UNSUBSCRIBED = "unsubscribed"  # counted as sent, too: the mail had arrived


class Recipient(WorkspaceModel):
    """A lead in a campaign; `position` is the step that comes next."""

    campaign = ForeignKeyField(Campaign, backref="people", on_delete="CASCADE")
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    state = EnumField(
        RecipientState,
        default=RecipientState.QUEUED,
        constraints=[
            Check("state IN ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown', 'skipped', 'unsubscribed')")
        ],
    )
    reason = CharField(default="", max_length=500)
    position = IntegerField(default=1)
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = (
            (("campaign", "lead"), True),
            (("campaign", "id"), False),
            (("campaign", "state", "id"), False),
            (("lead", "state"), False),
        )


class DeliveryState(StrEnum):
    CLAIMED = "claimed"  # written down, not handed over; waits for `due_at`
    SENDING = "sending"  # the server took the address, the message is on its way
    ACCEPTED = "accepted"
    REFUSED = "refused"  # the server said no for good
    FAILED = "failed"  # we gave up
    UNKNOWN = "unknown"  # handed over, no answer: never sent again by itself


class Delivery(WorkspaceModel):
    """One message to one recipient: its row is there before it leaves. What leaves, byte for byte, is its Content."""

    campaign = ForeignKeyField(Campaign, backref="deliveries", on_delete="CASCADE")
    recipient = ForeignKeyField(Recipient, backref="deliveries", on_delete="CASCADE")
    step = ForeignKeyField(Step, on_delete="CASCADE")
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    email = CharField()  # whom it is to
    message_id = CharField(unique=True)
    subject = CharField(max_length=998)
    state = EnumField(
        DeliveryState,
        default=DeliveryState.CLAIMED,
        constraints=[Check("state IN ('claimed', 'sending', 'accepted', 'refused', 'failed', 'unknown')")],
    )
    attempts = IntegerField(default=0)
    error = CharField(default="", max_length=500)
    due_at = UTCDateTime(default=now)
    created_at = UTCDateTime(default=now)
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = (
            (("recipient", "step"), True),
            (("campaign", "state", "due_at", "id"), False),
            (("workspace", "id"), False),
            (("workspace", "email", "id"), False),
            (("workspace", "state", "id"), False),
        )

    @property
    def raw(self):
        """What leaves or left, byte for byte. A query."""
        return Content.get_by_id(self.id).raw


class Content(BaseModel):
    """The bytes of a delivery, apart from its row: the row changes state with every mail and has to stay small."""

    delivery = ForeignKeyField(Delivery, primary_key=True, on_delete="CASCADE")
    raw = BlobField()


class CampaignHour(WorkspaceModel):
    """How many mails a campaign sent in an hour, named "2026-11-21 09" (UTC). Written by a trigger (migration 0007)."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    hour = CharField(max_length=13)
    sent = IntegerField(default=0)

    class Meta:
        indexes = ((("campaign", "hour"), True), (("workspace", "hour"), False))
