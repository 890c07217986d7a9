from enum import StrEnum

from peewee import Check
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now


class StepName(StrEnum):
    """The steps of setting up, in their order. The last is none of the wizard's: it is done by starting a campaign."""

    WORKSPACE = "workspace"
    MAILBOX = "mailbox"
    LEADS = "leads"
    TEAM = "team"
    CAMPAIGN = "campaign"


class StepState(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"


class SetupStep(WorkspaceModel):
    """A step of setting up that somebody finished or skipped. One without a row is still to come.

    Skipping the last one, the campaign, puts the card on Home away.
    """

    name = EnumField(StepName, constraints=[Check("name IN ('workspace', 'mailbox', 'leads', 'team', 'campaign')")])
    state = EnumField(StepState, constraints=[Check("state IN ('done', 'skipped')")])
    changed_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "name"), True),)
