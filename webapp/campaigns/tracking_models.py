"""Opened mails and clicked links, of campaigns that asked for them."""

from enum import StrEnum

from peewee import BooleanField, CharField, Check, ForeignKeyField, TextField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now

from .models import Campaign, Delivery


class TrackedLink(WorkspaceModel):
    """An address in a campaign's mails that leads through Galena; `digest` is its SHA-256."""

    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    digest = CharField(max_length=64)
    url = TextField()

    class Meta:
        indexes = ((("campaign", "digest"), True),)


class TrackedKind(StrEnum):
    OPEN = "open"
    CLICK = "click"


class TrackedEvent(WorkspaceModel):
    """An opened mail or a clicked link, by a person or (`by_machine`) by a scanner or a mail program's proxy."""

    campaign = ForeignKeyField(Campaign, on_delete="CASCADE", index=False)
    delivery = ForeignKeyField(Delivery, on_delete="CASCADE")
    link = ForeignKeyField(TrackedLink, null=True, on_delete="CASCADE")
    kind = EnumField(TrackedKind, max_length=5, constraints=[Check("kind IN ('open', 'click')")])
    by_machine = BooleanField(default=False)
    agent = CharField(default="", max_length=200)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("campaign", "kind", "id"), False),)
