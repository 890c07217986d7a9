"""What Home shows: where the pipeline stands, what ran last, and what to do next."""

from dataclasses import dataclass

from webapp.accounts.models import Reach
from webapp.campaigns.models import Campaign
from webapp.campaigns.queries import steered
from webapp.core.prepared import Prepared
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Stage
from webapp.leads.queries import stage_totals
from webapp.onboarding.queries import SetUp, set_up

RECENT = 5


@dataclass(frozen=True)
class Overview:
    """`stages` are (Stage, leads, value) of what the member sees; `campaigns` and `imports` are the newest first.

    `set_up` is how far the workspace is set up.
    """

    stages: tuple
    campaigns: tuple
    imports: tuple
    set_up: SetUp

    @property
    def leads(self):
        return sum(leads for _, leads, _ in self.stages)

    def in_stage(self, stage):
        return next(leads for found, leads, _ in self.stages if found == stage)

    @property
    def pipeline_value(self):
        """What the leads that are neither won nor lost are worth."""
        closed = (Stage.CONVERTED, Stage.LOST)
        return sum(value for stage, _, value in self.stages if stage not in closed)

    @property
    def pipeline(self):
        """A row a stage, as the funnel draws them."""
        return [{"stage": stage.value, "label": stage.label, "value": leads} for stage, leads, _ in self.stages]

    @property
    def past_new(self):
        return self.leads - self.in_stage(Stage.NEW)


@Prepared
def _campaigns(reach, *, workspace, user):
    settled = Campaign.sent + Campaign.refused + Campaign.failed + Campaign.unknown + Campaign.skipped
    columns = (
        Campaign.id, Campaign.name, Campaign.state, Campaign.recipients, Campaign.sent, settled.alias("settled")
    )  # fmt: skip
    return Campaign.select(*columns).where(steered(reach, workspace, user)).order_by(Campaign.id.desc()).limit(RECENT)


@Prepared
def _imports(reach, *, workspace, user):
    columns = (
        Import.id, Import.filename, Import.state, Import.created, Import.updated, Import.skipped, Import.failed
    )  # fmt: skip
    begun = (Import.workspace == workspace) & (Import.state != ImportState.UPLOADED)
    begun = begun if reach is Reach.ALL else begun & (Import.actor == user)
    return Import.select(*columns).where(begun).order_by(Import.id.desc()).limit(RECENT)


def overview(member):
    """The Overview of what the member sees; the same few queries whatever its size."""
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    return Overview(
        stages=tuple((stage, leads, value) for stage, (leads, value) in stage_totals(member).items()),
        campaigns=tuple(_campaigns(member.reach, **whose)),
        imports=tuple(_imports(member.reach, **whose)),
        set_up=set_up(member),
    )
