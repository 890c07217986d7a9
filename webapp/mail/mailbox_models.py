"""Accounts that send mail, and how much each has sent."""

from enum import StrEnum

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, WorkspaceModel
from webapp.core.clock import now


class MailboxKind(StrEnum):
    SERVER = "server"  # the installation's own MAIL_URL; without one its mail is captured
    SMTP = "smtp"  # a host with a password
    GOOGLE = "google"  # Gmail by OAuth
    MICROSOFT = "microsoft"  # Microsoft 365 or Outlook.com by OAuth

    @property
    def by_oauth(self):
        """Whether its owner let us in at the provider, which keeps the password to itself."""
        return self in (MailboxKind.GOOGLE, MailboxKind.MICROSOFT)


class MailboxState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class Security(StrEnum):
    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"
    NONE = "none"


class Mailbox(WorkspaceModel):
    """An account that sends, and later reads, mail. `secret` and `access_token` are encrypted (core/crypto.py).

    Through it goes at most one mail every `gap_seconds`, give or take `jitter` percent, and `daily_cap` a day (None: as
    many as there are), slowly more from `ramp_start` by `ramp_step` each of its days since `ramp_from`, and at most
    `domain_per_hour` to one recipient domain; on `days` between `opens` and `closes` as in Campaign, in `zone` ("": the
    workspace's). Whoever sends holds its lease; `next_send_at` is its next turn. `refusals` counts those in a row.
    """

    kind = EnumField(MailboxKind, default=MailboxKind.SMTP, max_length=10)
    state = EnumField(MailboxState, default=MailboxState.ACTIVE, constraints=[Check("state IN ('active', 'paused')")])
    pause_reason = CharField(default="", max_length=500)
    user = ForeignKeyField(User, null=True, on_delete="SET NULL")  # whose it is
    email = CharField()
    sender_name = CharField(default="")
    reply_to = CharField(default="")
    signature = TextField(default="")
    smtp_host = CharField(default="")
    smtp_port = IntegerField(default=587)
    smtp_security = EnumField(Security, default=Security.STARTTLS, max_length=10)
    imap_host = CharField(default="")
    imap_port = IntegerField(default=993)
    imap_security = EnumField(Security, default=Security.TLS, max_length=10)
    username = CharField(default="")
    plus_replies = BooleanField(default=False)  # each recipient answers to an address of their own (RFC 5233)
    secret = TextField(default="")  # a password, or the refresh token of OAuth
    access_token = TextField(default="")
    access_until = UTCDateTime(null=True)
    daily_cap = IntegerField(null=True, constraints=[Check("daily_cap > 0")])
    gap_seconds = IntegerField(default=0, constraints=[Check("gap_seconds >= 0")])
    jitter = IntegerField(default=0, constraints=[Check("jitter BETWEEN 0 AND 90")])
    ramp_start = IntegerField(null=True, constraints=[Check("ramp_start > 0")])
    ramp_step = IntegerField(default=0, constraints=[Check("ramp_step >= 0")])
    ramp_from = DateField(null=True)
    domain_per_hour = IntegerField(null=True, constraints=[Check("domain_per_hour > 0")])
    days = CharField(default="1234567", max_length=7)
    opens = IntegerField(default=0)
    closes = IntegerField(default=1440)
    zone = CharField(default="", max_length=40)
    next_send_at = UTCDateTime(null=True)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    refusals = IntegerField(default=0)
    last_sent_at = UTCDateTime(null=True)
    last_error = CharField(default="", max_length=500)
    last_error_at = UTCDateTime(null=True)
    checked_at = UTCDateTime(null=True)  # when a test last went through
    created_at = UTCDateTime(default=now)
    updated_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "email", "kind"), True), (("state",), False))


class MailboxDay(WorkspaceModel):
    """What a mailbox did on a day ("2026-11-21") of its own zone."""

    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
    day = CharField(max_length=10)
    sent = IntegerField(default=0)
    refused = IntegerField(default=0)

    class Meta:
        indexes = ((("mailbox", "day"), True),)


class MailboxTurn(WorkspaceModel):
    """When a mailbox may write to a recipient domain again."""

    mailbox = ForeignKeyField(Mailbox, on_delete="CASCADE", index=False)
    domain = CharField()
    next_send_at = UTCDateTime()

    class Meta:
        indexes = ((("mailbox", "domain"), True),)
