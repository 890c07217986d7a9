"""Totals of leads by whose they are, and by day and hour for charts. Written by triggers only (migrations 0007, 0014).

`owner` and `center` are ids, 0 for none. An hour is named "2026-11-21 09", a day "2026-11-21", both in UTC: what counts
by hours is exact for everybody whose zone is whole hours away from UTC, what counts by days may be off by those hours.
"""

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField
from playhouse.fields import EnumField

from webapp.accounts.models import Workspace, WorkspaceModel

from .models import Stage


class ReachTotal(WorkspaceModel):
    """How many leads of an owner in a center stand in a stage, and what they are worth together."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    owner = IntegerField()
    center = IntegerField()
    stage = EnumField(Stage)
    leads = IntegerField(default=0)
    value = BigIntegerField(default=0)

    class Meta:
        indexes = ((("workspace", "owner", "center", "stage"), True), (("workspace", "center"), False))


class LeadDay(WorkspaceModel):
    """The leads created on a day: how many, how many came at least so far, and what those that are open are worth."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    day = CharField(max_length=10)
    owner = IntegerField()
    center = IntegerField()
    leads = IntegerField(default=0)
    contacted = IntegerField(default=0)
    replied = IntegerField(default=0)
    converted = IntegerField(default=0)
    lost = IntegerField(default=0)  # those that are lost now
    value = BigIntegerField(default=0)

    class Meta:
        indexes = (
            (("workspace", "day", "owner", "center"), True),
            (("workspace", "owner"), False),
            (("workspace", "center"), False),
        )


class LeadHour(WorkspaceModel):
    """What happened to leads in an hour; `value` is by how much the value of the open ones changed."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    hour = CharField(max_length=13)
    owner = IntegerField()
    center = IntegerField()
    created = IntegerField(default=0)
    contacted = IntegerField(default=0)
    replied = IntegerField(default=0)
    value = BigIntegerField(default=0)

    class Meta:
        indexes = ((("workspace", "hour", "owner", "center"), True),)
