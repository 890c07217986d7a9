"""Which leads are to be scored again, and how far the scoring of a workspace is. The rules are in list_models.py."""

from peewee import ForeignKeyField, IntegerField

from db import UTCDateTime
from webapp.accounts.models import Workspace, WorkspaceModel
from webapp.core.clock import now


class ScoreRun(WorkspaceModel):
    """The scoring of a workspace: who does it holds the lease, so that one does it at a time.

    While all leads are scored again, `behind` is the id of the last one that was, and `done` of about `total` were;
    None once all are.
    """

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", unique=True)
    behind = IntegerField(null=True)
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    asked_at = UTCDateTime(default=now)
    finished_at = UTCDateTime(null=True)
    lease_until = UTCDateTime(null=True)


class ScoreMark(WorkspaceModel):
    """A change to a lead that its score does not show yet. Written by triggers only (migration 0011).

    `lead_id` is no reference: marking stays cheap, and the mark of a lead that is gone goes with the next batch.
    """

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE", index=False)
    lead_id = IntegerField()

    class Meta:
        indexes = ((("workspace", "id"), False),)
