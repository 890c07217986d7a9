from enum import StrEnum

from peewee import Check
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now


class StepName(StrEnum):
    """The steps of setting up, in their order."""

    WORKSPACE = "workspace"
    MAILBOX = "mailbox"
    LEADS = "leads"
    TEAM = "team"


class StepState(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"


class SetupStep(WorkspaceModel):
    """A step of setting up that somebody finished or skipped. One without a row is still to come."""

    name = EnumField(StepName, constraints=[Check("name IN ('workspace', 'mailbox', 'leads', 'team')")])
    state = EnumField(StepState, constraints=[Check("state IN ('done', 'skipped')")])
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "name"), True),)
