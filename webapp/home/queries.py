"""What Home shows besides its numbers: what ran last, what is due, how far the workspace is set up."""

from dataclasses import dataclass

from peewee import Select, fn

from webapp.accounts.models import Reach, Workspace
from webapp.campaigns.models import Campaign, CampaignState
from webapp.campaigns.queries import steered
from webapp.core.clock import now, stamp
from webapp.core.prepared import Prepared
from webapp.imports.models import Import, ImportState
from webapp.inbox.listing import unread_of
from webapp.inbox.to_answer import Reply, replies_to_answer
from webapp.inbox.troubles import unwell
from webapp.inbox.truth import LATE
from webapp.leads.due import bounds
from webapp.leads.saved_views import in_one_text
from webapp.leads.todo_queries import due_ids, due_todos
from webapp.mail.models import CapturedMail
from webapp.onboarding.models import StepName
from webapp.onboarding.queries import SetUp, set_up

from .figures import EVERYONE, Figures, figures

RECENT = 5
DUE = 6  # to-dos that Home lists


@dataclass(frozen=True)
class Overview:
    """`campaigns` and `imports` are the newest first, `todos` the member's own that are due, `replies` the newest that
    they have to answer; `set_up` is how far the workspace is set up.
    """

    figures: Figures
    todos: tuple
    replies: tuple[Reply, ...]
    campaigns: tuple
    imports: tuple
    set_up: SetUp

    @property
    def asks_first(self):
        """Whether the first steps hold the page's main button."""
        waiting = any(not (step.done or step.skipped) for step in self.set_up.steps)
        return self.set_up.is_shown and waiting and not self.leads

    @property
    def leads(self):
        """Whether there are any, counted or not by what is chosen."""
        brought = self.set_up.step(StepName.LEADS)
        return bool(self.figures.leads or (brought and brought.done and self.figures.whose != EVERYONE))


@Prepared
def _campaigns(reach, *, workspace, user):
    through = Campaign.sent + Campaign.replied + Campaign.bounced + Campaign.stopped  # as Campaign.settled
    settled = through + Campaign.refused + Campaign.failed + Campaign.unknown + Campaign.skipped
    columns = (
        Campaign.id, Campaign.name, Campaign.state, Campaign.recipients, Campaign.reached, settled.alias("settled")
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


def overview(member, whose=EVERYONE):
    """The Overview of what the member sees, its numbers those of `whose`; the same few queries whatever its size."""
    shown = {"workspace": member.workspace.id, "user": member.user_id}
    return Overview(
        figures=figures(member, whose),
        todos=tuple(due_todos(member, DUE)),
        replies=replies_to_answer(member),
        campaigns=tuple(_campaigns(member.reach, **shown)),
        imports=tuple(_imports(member.reach, **shown)),
        set_up=set_up(member),
    )


@Prepared
def _beside(reach, *, workspace, user, until, late):
    active = steered(reach, workspace, user) & (Campaign.state == CampaignState.SENDING)
    campaigns = Campaign.select(fn.COUNT(Campaign.id)).where(active)
    due = due_ids(reach, workspace, user, until).alias("due")
    todos = Select([due], [fn.COUNT(due.c.id)])
    captured = fn.EXISTS(CapturedMail.select(CapturedMail.id).where(CapturedMail.workspace == workspace))
    views = in_one_text(workspace, user).alias("views")
    inbox, troubled = unread_of(workspace, user).alias("inbox"), unwell(workspace, late).alias("unwell")
    columns = campaigns.alias("campaigns"), todos.alias("todos"), captured.alias("captured"), views, inbox, troubled
    return Workspace.select(*columns).where(Workspace.id == workspace)


def beside_pages(member):
    """In one query what stands beside every page: `campaigns` being sent, `todos` of one's own that are due, up to
    MOST + 1, `inbox`: one's own unread threads, up to 100, `captured`: any mail, `views`: the saved ones, for
    saved_views.read_text(), `unwell`: whether there may be troubles() with mailboxes.
    """
    until = stamp(bounds(member.time_zone)[1])
    shown = {"workspace": member.workspace.id, "user": member.user_id}
    return _beside.one(member.reach, **shown, until=until, late=stamp(now() - LATE))
