from enum import StrEnum

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, Workspace
from webapp.core.clock import now
from webapp.core.fields import JSONText


class Session(BaseModel):
    """One signed-in browser. The cookie holds the token, this row only its SHA-256.

    `workspace` is None for a person who is in none; `remembered` sessions outlast the browser's window.
    """

    user = ForeignKeyField(User, backref="sessions", on_delete="CASCADE")
    workspace = ForeignKeyField(Workspace, null=True, on_delete="CASCADE")
    token_hash = CharField(unique=True, max_length=64)
    address = CharField(default="")
    agent = CharField(default="")
    remembered = BooleanField(default=False)
    created_at = UTCDateTime(default=now)
    last_seen_at = UTCDateTime(default=now)


class Attempt(BaseModel):
    """How often something was tried under one key since a moment: a fixed window."""

    key = CharField(unique=True)
    count = IntegerField(default=0)
    since = UTCDateTime(default=now)


class Purpose(StrEnum):
    """What a Token is good for. `data` holds what it needs to do it."""

    SIGN_UP = "sign_up"  # makes the account; data as in NoticeKind.SIGN_UP
    VERIFY = "verify"  # proves that its user reads mail at `email`, and makes that their address
    RESET = "reset"  # sets a new password
    SECOND_FACTOR = "second_factor"  # the password was right, the code is still to come; data: remembered


class Token(BaseModel):
    """A link in a mail, or a half-finished sign-in: single use, expiring; the row keeps only the token's SHA-256."""

    purpose = EnumField(Purpose)
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")
    email = CharField(default="")
    token_hash = CharField(unique=True, max_length=64)
    data = JSONText(default=dict)
    created_at = UTCDateTime(default=now)
    expires_at = UTCDateTime()
    used_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("user", "purpose"), False), (("expires_at",), False))


class Account(BaseModel):
    """A user's identity at an OIDC provider, named by (issuer, subject). Tokens are encrypted (core/crypto)."""

    user = ForeignKeyField(User, backref="accounts", on_delete="CASCADE")
    issuer = CharField()
    subject = CharField()
    email = CharField(default="")
    access_token = TextField(default="")
    refresh_token = TextField(default="")
    id_token = TextField(default="")
    scope = CharField(default="", max_length=1000)
    expires_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    last_used_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("issuer", "subject"), True), (("user", "issuer"), True))


class TwoFactor(BaseModel):
    """A user's time-based codes (RFC 6238). On once `confirmed_at` is set. `secret` is encrypted."""

    user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
    secret = TextField()
    confirmed_at = UTCDateTime(null=True)
    last_step = BigIntegerField(default=0)  # of the last code taken: none is taken twice


class RecoveryCode(BaseModel):
    """A code that stands in for the device once. The row keeps only its SHA-256."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    code_hash = CharField(max_length=64)
    used_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("user", "code_hash"), True),)
