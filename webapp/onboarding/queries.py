"""How far a workspace is set up: read from what is really there, and from what people said they did or skipped."""

from dataclasses import dataclass
from typing import NamedTuple

from peewee import fn

from webapp import config
from webapp.accounts.models import Invitation, Membership, Workspace
from webapp.campaigns.models import Campaign, CampaignState
from webapp.core.prepared import Prepared
from webapp.imports.models import Import, ImportState
from webapp.leads.models import StageTotal
from webapp.mail.mailbox_models import Mailbox, MailboxKind

from .models import SetupStep, StepName, StepState
from .sample_data import is_sample
from .setup import WIZARD, steps_of


class Step(NamedTuple):
    name: StepName
    done: bool
    skipped: bool


@dataclass(frozen=True)
class SetUp:
    """Where setting up stands, as one member sees it: `steps` are those they may do.

    `away` once somebody put the card away; `has_sample` while sample leads are there; `importing` while a file is
    being imported.
    """

    steps: tuple[Step, ...]
    away: bool
    has_sample: bool
    importing: bool

    @property
    def done(self):
        return sum(step.done for step in self.steps)

    @property
    def is_shown(self):
        """Whether Home still asks for it."""
        return not self.away and self.done < len(self.steps)

    @property
    def wizard(self):
        """The steps that have a page under /onboarding."""
        return tuple(step for step in self.steps if step.name in WIZARD)

    @property
    def next(self):
        """The name of the first step of the wizard that is neither done nor skipped, or None."""
        return next((step.name for step in self.wizard if not (step.done or step.skipped)), None)

    @property
    def open_step(self):
        """The step to go on with while somebody is setting up; None before, after, and once they put that away."""
        begun = any(step.done or step.skipped for step in self.wizard)
        return self.next if begun and not self.away else None

    def step(self, name):
        """The Step of this name, or None when the member may not do it."""
        return next((step for step in self.steps if step.name == name), None)

    def around(self, name):
        """The names (before, after) the wizard's step `name`, None at either end."""
        names = [None, *(step.name for step in self.wizard), None]
        place = names.index(name)
        return names[place - 1], names[place + 1]


@Prepared
def _facts(*, workspace):
    """One row: the kept state of every step by its name, and what is there."""
    kept = [
        SetupStep.select(SetupStep.state).where(SetupStep.workspace == workspace, SetupStep.name == name).alias(name)
        for name in StepName
    ]
    members = Membership.select(fn.COUNT(Membership.id)).where(Membership.workspace == workspace)
    waiting = Invitation.accepted_at.is_null() & Invitation.withdrawn_at.is_null()
    invited = Invitation.select(Invitation.id).where(Invitation.workspace == workspace, waiting)
    leads = StageTotal.select(fn.SUM(StageTotal.leads)).where(StageTotal.workspace == workspace)
    running = Import.state.in_([ImportState.QUEUED, ImportState.RUNNING])
    imports = Import.select(Import.id).where(Import.workspace == workspace, running)
    samples = Import.select(Import.id).where(Import.workspace == workspace, is_sample())
    begun = Campaign.select(Campaign.id).where(Campaign.workspace == workspace, Campaign.state != CampaignState.DRAFT)
    boxes = Mailbox.select(Mailbox.id).where(Mailbox.workspace == workspace, Mailbox.kind != MailboxKind.SERVER)
    there = {"invited": invited, "importing": imports, "sampled": samples, "begun": begun, "connected": boxes}
    exist = [fn.EXISTS(query).alias(name) for name, query in there.items()]
    return Workspace.select(*kept, members.alias("members"), leads.alias("total"), *exist).where(
        Workspace.id == workspace
    )


def set_up(member):
    """The SetUp of the member's workspace, in one query."""
    row = _facts.one(workspace=member.workspace.id)
    there = {
        StepName.MAILBOX: row.connected or config.current().mail_url is not None,
        StepName.LEADS: row.total or row.importing,
        StepName.TEAM: row.members > 1 or row.invited,
        StepName.CAMPAIGN: row.begun,
    }
    kept = {name: getattr(row, name) for name in StepName}
    steps = tuple(
        Step(name, bool(kept[name] == StepState.DONE or there.get(name)), kept[name] == StepState.SKIPPED)
        for name in steps_of(member)
    )
    away = kept[StepName.CAMPAIGN] == StepState.SKIPPED
    return SetUp(steps, away, bool(row.sampled), bool(row.importing))
