"""What members make of lists of leads: saved views, bulk actions, score rules, pairs that are no duplicates."""

from enum import StrEnum

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.accounts.models import User, Workspace, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText

from .models import Lead


class SavedView(WorkspaceModel):
    """A named Filter. `query` is what follows `?` in its address; shared ones are everybody's to see, their owner's to
    change.
    """

    owner = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(max_length=60)
    is_shared = BooleanField(default=False)
    on_board = BooleanField(default=False)
    query = TextField(default="")
    created_at = UTCDateTime(default=now)
    updated_at = UTCDateTime(default=now)


class PinnedView(BaseModel):
    """A view that a user has in the sidebar."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    view = ForeignKeyField(SavedView, on_delete="CASCADE")
    position = IntegerField(default=0)

    class Meta:
        indexes = ((("user", "view"), True),)


class BulkState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"  # what it had changed until then stays, and can be undone
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


class BulkAction(WorkspaceModel):
    """A change to many leads, done by a job in batches.

    `data` says what to change to, `selection` which leads: {"ids": […]} or {"query": a Filter's}. `done` counts the
    leads that were looked at, `changed` those that it changed, `undone` those that the undo put back.
    """

    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    kind = CharField()
    data = JSONText(default=dict)
    selection = JSONText(default=dict)
    state = EnumField(
        BulkState,
        default=BulkState.QUEUED,
        constraints=[Check("state IN ('queued', 'running', 'done', 'cancelled', 'undoing', 'undone', 'failed')")],
    )
    error = CharField(max_length=500, default="")
    total = IntegerField(default=0)
    done = IntegerField(default=0)
    changed = IntegerField(default=0)
    undone = IntegerField(default=0)
    created_at = UTCDateTime(default=now)
    finished_at = UTCDateTime(null=True)
    lease_until = UTCDateTime(null=True)

    class Meta:
        indexes = ((("state", "lease_until"), False),)


class BulkItemState(StrEnum):
    WAITING = "waiting"
    CHANGED = "changed"
    SAME = "same"  # nothing to change
    UNDONE = "undone"
    KEPT = "kept"  # somebody changed it since, so the undo left it


class BulkItem(BaseModel):
    """One lead of a bulk action, and what it had before."""

    action = ForeignKeyField(BulkAction, on_delete="CASCADE")
    lead = ForeignKeyField(Lead, on_delete="CASCADE")
    state = EnumField(
        BulkItemState,
        default=BulkItemState.WAITING,
        constraints=[Check("state IN ('waiting', 'changed', 'same', 'undone', 'kept')")],
    )
    before = TextField(default="")

    class Meta:
        indexes = ((("action", "lead"), True), (("action", "state", "lead"), False))


class ScoreKind(StrEnum):
    FIT = "fit"
    ENGAGEMENT = "engagement"


class ScoreRule(WorkspaceModel):
    """Points for the leads that meet a condition, written as conditions.py writes one."""

    kind = EnumField(ScoreKind, constraints=[Check("kind IN ('fit', 'engagement')")])
    condition = TextField()
    points = IntegerField(constraints=[Check("points BETWEEN -100 AND 100")])
    position = IntegerField(default=0)
    created_at = UTCDateTime(default=now)


class DuplicateGroup(WorkspaceModel):
    """What two or more live leads share. `key` is a mailbox, a domain or a company's key, `name` a person's key or
    empty. Written by triggers (migration 0010); duplicates.py takes away those that a member said are none.
    """

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    kind = CharField(max_length=10, constraints=[Check("kind IN ('email', 'domain', 'company')")])
    key = CharField()
    name = CharField(default="")

    class Meta:
        indexes = ((("workspace", "kind", "key", "name"), True), (("workspace", "id"), False))


class NotDuplicate(WorkspaceModel):
    """Two leads that look alike and are not the same; `first` has the lower id."""

    first = ForeignKeyField(Lead, on_delete="CASCADE")
    second = ForeignKeyField(Lead, on_delete="CASCADE")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("first", "second"), True),)
