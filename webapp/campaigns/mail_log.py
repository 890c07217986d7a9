"""Every mail of a workspace, as far as a member may see it."""

from dataclasses import dataclass

from peewee import JOIN

from db import is_sqlite
from webapp.core.paging import page_of
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.mailboxes import name_of

from .models import Campaign, Delivery, DeliveryState, Step
from .queries import LOG, in_reach, steered
from .writing_models import StepVersion


@dataclass(frozen=True)
class Wanted:
    """What to show of the log; `search` is the beginning of an address, `step` a position in `campaign_id`."""

    state: DeliveryState | None = None
    search: str = ""
    campaign_id: int | None = None
    mailbox_id: int | None = None
    step: int | None = None
    version: str = ""

    @property
    def words(self):
        """What an address says to ask for the same, without what is not asked for."""
        said = {
            "state": self.state and self.state.value, "q": self.search, "campaign": self.campaign_id,
            "mailbox": self.mailbox_id, "step": self.step, "version": self.version,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value}


def mails(member, wanted, *, cursor=None, size=50):
    """A Page of mails, newest first, without their bytes."""
    query = (
        Delivery.select(*LOG, Delivery.version, Campaign.id, Campaign.name, Campaign.actor, Step.position)
        .join(Campaign)
        .join_from(Delivery, Step)
        .where(Delivery.workspace == member.workspace.id)
    )
    asked = (
        (wanted.state, Delivery.state), (wanted.campaign_id, Delivery.campaign), (wanted.mailbox_id, Delivery.mailbox),
        (wanted.step, Step.position), (wanted.version, Delivery.version),
    )  # fmt: skip
    for value, column in asked:
        query = query.where(column == value) if value else query
    if search := wanted.search.strip().lower():
        query = query.where(_begins(Delivery.email, search))
    query = in_reach(member, query, Delivery.lead)
    return page_of(query, [Delivery.id], lambda row: [row.id], size=size, cursor=cursor)


def _begins(column, text):
    """The condition "begins with", by a range on SQLite, whose LIKE uses no index here."""
    return (column >= text) & (column < f"{text}\U0010ffff") if is_sqlite() else column.startswith(text)


@dataclass(frozen=True)
class Choices:
    """What the log can be narrowed to: (value, name) pairs. Steps and versions are of the chosen campaign."""

    campaigns: list
    mailboxes: list
    steps: list
    versions: list


def choices(member, wanted, *, size=100):
    """The Choices of `member`: the newest campaigns that they steer, and the mailboxes that send."""
    ours = steered(member.reach, member.workspace.id, member.user_id) & Campaign.started_at.is_null(False)
    query = Campaign.select(Campaign.id, Campaign.name).where(ours).order_by(Campaign.id.desc()).limit(size)
    campaigns = list(query.tuples())
    mailboxes = Mailbox.select(Mailbox.id, Mailbox.email).where(Mailbox.workspace == member.workspace.id)
    boxes = [(one, name_of(email)) for one, email in mailboxes.order_by(Mailbox.email).limit(size).tuples()]
    steps, versions = [], []
    if wanted.campaign_id in dict(campaigns):
        query = (
            Step.select(Step.position, Step.kind, StepVersion.letter)
            .join(StepVersion, JOIN.LEFT_OUTER)
            .where(Step.campaign == wanted.campaign_id)
        )
        found = list(query.order_by(Step.position, StepVersion.letter).tuples())
        steps = [(position, f"Step {position}") for position in sorted({one[0] for one in found})]
        letters = sorted({letter for _, _, letter in found if letter})
        versions = [(letter, f"Version {letter}") for letter in ("A", *letters)] if letters else []
    return Choices(campaigns, boxes, steps if len(steps) > 1 else [], versions)
