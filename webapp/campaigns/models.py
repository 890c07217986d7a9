from enum import StrEnum

from peewee import BlobField, BooleanField, CharField, Check, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, Workspace, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.leads.models import Lead
from webapp.mail.mailbox_models import Mailbox


class CampaignState(StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"  # for good, by a person


class WhoseZone(StrEnum):
    WORKSPACE = "workspace"
    LEAD = "lead"  # where the lead is; the workspace's when nobody knows


class Campaign(WorkspaceModel):
    """A sequence of steps to an audience.

    `audience` is {"kind": …, "stage": …, "q": …, "view": its id, "query": a Filter's} (see audience.KINDS) and counts
    until the start, when recipients are written down; of a "picked" one they are there before. The counters are of
    recipients and move in the transaction that moves the recipient: `sent` are those who got all they will get,
    `unsubscribed` of them too. `next_send_at` is when the rate allows the next mail. Nobody reads the lease any more:
    mailboxes have it.

    Mails leave on `days` (ISO weekdays, "12345") between `opens` and `closes` (minutes of the day, 540 is 9:00) where
    `whose_zone` says. `quiet_days` leaves out whom another campaign wrote to in so many days, `leaves_out_busy` whom
    another one is writing to; `keeps_adding` takes in leads that come to the audience while it runs.
    """

    name = CharField()
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    state = EnumField(
        CampaignState,
        default=CampaignState.DRAFT,
        constraints=[Check("state IN ('draft', 'sending', 'paused', 'completed', 'stopped')")],
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
    replied = IntegerField(default=0)
    bounced = IntegerField(default=0)
    stopped = IntegerField(default=0)
    reached = IntegerField(default=0)  # recipients that got a mail
    mails = IntegerField(default=0)  # accepted by a server; opened and clicked: of these, by people
    opened = IntegerField(default=0)
    clicked = IntegerField(default=0)
    days = CharField(default="1234567", max_length=7)
    opens = IntegerField(default=0)
    closes = IntegerField(default=1440)
    whose_zone = EnumField(WhoseZone, default=WhoseZone.WORKSPACE, max_length=10)
    starts_at = UTCDateTime(null=True)
    stop_on_reply = BooleanField(default=True)
    stop_company = BooleanField(default=False)
    stop_stages = CharField(default="converted,lost")
    track_opens = BooleanField(default=False)
    track_clicks = BooleanField(default=False)
    quiet_days = IntegerField(default=0)
    leaves_out_busy = BooleanField(default=False)
    keeps_adding = BooleanField(default=False)
    archived_at = UTCDateTime(null=True)
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
        """Its audience, with what tells whom of it to leave out (see reasons.py)."""
        started = self.state is not CampaignState.DRAFT
        limits = {"quiet_days": self.quiet_days, "leaves_out_busy": self.leaves_out_busy, "is_started": started}
        return {**self.audience, **limits, "campaign": self.id}

    @property
    def settled(self):
        """How many recipients need nothing more."""
        through = self.sent + self.replied + self.bounced + self.stopped
        return through + self.refused + self.failed + self.unknown + self.skipped

    @property
    def queued(self):
        """How many recipients are still to be written to."""
        return max(0, self.recipients - self.settled)


class CampaignMailbox(WorkspaceModel):
    """A mailbox that a campaign sends through. Without any it is the server mailbox."""

    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE")

    class Meta:
        indexes = ((("campaign", "mailbox"), True),)


class StepKind(StrEnum):
    EMAIL = "email"
    CALL = "call"  # this and the next become to-dos
    LINKEDIN = "linkedin"
    TASK = "task"


class Step(WorkspaceModel):
    """One mail of a campaign, or one thing for a person to do, `wait_days` (working ones?) after the one before it.

    Its texts are version A, on as long as `is_on`. `in_thread`: a follow-up that answers the mail before it. A manual
    step has its words in `subject` and `body`.
    """

    campaign = ForeignKeyField(Campaign, backref="steps", on_delete="CASCADE")
    position = IntegerField(default=1)
    kind = EnumField(StepKind, default=StepKind.EMAIL, max_length=10)
    wait_days = IntegerField(default=0)
    working_days = BooleanField(default=False)
    in_thread = BooleanField(default=True)
    subject = CharField(default="")
    preheader = CharField(default="")
    body = TextField(default="")
    is_rich = BooleanField(default=False)
    is_on = BooleanField(default=True)

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
    REPLIED = "replied"
    BOUNCED = "bounced"
    STOPPED = "stopped"  # by a rule or a person, for `reason`
    PAUSED = "paused"  # by a person: its steps wait


class Recipient(WorkspaceModel):
    """A lead in a campaign; `position` is the step that comes next, `due_at` when (None: as soon as there is a turn).

    Its first mail fixes `mailbox` for the rest. `zone` is the IANA zone that its windows are in.
    """

    campaign = ForeignKeyField(Campaign, backref="people", on_delete="CASCADE")
    lead = ForeignKeyField(Lead, null=True, on_delete="SET NULL")
    state = EnumField(
        RecipientState,
        default=RecipientState.QUEUED,
        constraints=[
            Check(
                "state IN ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown', 'skipped', 'unsubscribed', "
                "'replied', 'bounced', 'stopped', 'paused')"
            )
        ],
    )
    reason = CharField(default="", max_length=500)
    position = IntegerField(default=1)
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL", index=False)
    due_at = UTCDateTime(null=True)
    zone = CharField(default="", max_length=40)
    reached_at = UTCDateTime(null=True)  # when the first mail was accepted
    replied_at = UTCDateTime(null=True)
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = (
            (("campaign", "lead"), True),
            (("campaign", "id"), False),
            (("campaign", "state", "id"), False),
            (("lead", "state"), False),
            (("mailbox", "state", "zone", "due_at", "id"), False),
            (("campaign", "state", "mailbox", "zone", "id"), False),
        )


_REPLY = Recipient.campaign, Recipient.replied_at, Recipient.reached_at
Recipient.add_index(Recipient.index(*_REPLY, where=Recipient.replied_at.is_null(False), name="recipient_by_reply"))


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
    mailbox = ForeignKeyField(Mailbox, null=True, on_delete="SET NULL", index=False)
    version = CharField(default="A", max_length=1)
    email = CharField()  # whom it is to
    provider = CharField(default="", max_length=20)  # who runs the recipient's mail, a key of mail.providers.KNOWN
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
    opened_at = UTCDateTime(null=True)  # by a person, the first time; clicked_at, too
    clicked_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = (
            (("recipient", "step"), True),
            (("mailbox", "state", "due_at", "id"), False),
            (("campaign", "state", "due_at", "id"), False),
            (("workspace", "id"), False),
            (("workspace", "email", "id"), False),
            (("workspace", "state", "id"), False),
        )

    @property
    def raw(self):
        """What leaves or left, byte for byte. A query."""
        return Content.get_by_id(self.id).raw


_KIND = Delivery.campaign, Delivery.step, Delivery.version, Delivery.mailbox, Delivery.provider
Delivery.add_index(Delivery.index(*_KIND, where=Delivery.state == DeliveryState.ACCEPTED, name="delivery_for_reports"))


class Content(BaseModel):
    """The bytes of a delivery, apart from its row: the row changes state with every mail and has to stay small."""

    delivery = ForeignKeyField(Delivery, primary_key=True, on_delete="CASCADE")
    raw = BlobField()


class CampaignHour(WorkspaceModel):
    """How many mails a campaign sent in an hour, named "2026-11-21 09" (UTC). A trigger (migration 0016) adds what
    `Campaign.mails` grows by."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    hour = CharField(max_length=13)
    sent = IntegerField(default=0)

    class Meta:
        indexes = ((("campaign", "hour"), True), (("workspace", "hour"), False))


class CampaignEvent(WorkspaceModel):
    """Something that happened to a campaign: "started", "paused", …; `actor` None: Galena itself."""

    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    kind = CharField(max_length=20)
    data = JSONText(default=dict)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("campaign", "id"), False),)
