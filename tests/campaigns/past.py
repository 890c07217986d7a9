"""Campaigns with a past, written straight into the tables: what became of whom is chosen, not played through."""

from datetime import timedelta

from tests import factories
from webapp.campaigns.models import (
    Campaign,
    CampaignMailbox,
    CampaignState,
    Content,
    Delivery,
    DeliveryState,
    Recipient,
    RecipientState,
    Step,
)
from webapp.campaigns.writing_models import StepVersion
from webapp.core.clock import now
from webapp.mail.mailbox_models import Mailbox

PROVIDERS = ("gmail", "outlook", "")
THROUGH = (RecipientState.SENT, RecipientState.UNSUBSCRIBED)


def campaign_of(member, name="Partners", *, steps=1, versions="A", boxes=(), state=CampaignState.SENDING, **fields):
    """A campaign of `member` that has started, with so many steps (the first in all `versions`), and nobody in it."""
    workspace = member.workspace
    said = {"name": name, "sender_name": member.full_name, "started_at": now() - timedelta(days=3), "state": state}
    campaign = Campaign.create(
        workspace=workspace, actor=member.user_id, audience={"kind": "all"}, **{**said, **fields}
    )
    for position in range(1, steps + 1):
        wait = 0 if position == 1 else 3
        words = {"subject": f"Mail {position}", "body": "Hi", "wait_days": wait}
        step = Step.create(workspace=workspace, campaign=campaign, position=position, **words)
        for letter in versions[1:] if position == 1 else ():
            StepVersion.create(workspace=workspace, step=step, letter=letter, subject=f"Mail {letter}", body="Hi")
    for box in boxes:
        CampaignMailbox.create(workspace=workspace, campaign=campaign, mailbox=box)
    return campaign


def mailbox(workspace, email, **fields):
    return Mailbox.create(workspace=workspace, email=email, **fields)


def person(campaign, state=RecipientState.SENT, *, got=1, replied_after=None, lead=None, version="A", **fields):
    """A recipient that got so many of the steps, a day apart, the last an hour ago; it replied so many seconds after
    the last. The counters of the campaign move as the engine moves them. `fields` are of its deliveries.
    """
    workspace = campaign.workspace
    lead = lead or factories.lead(workspace)
    moment, steps = now(), list(Step.select().where(Step.campaign == campaign.id).order_by(Step.position))
    times = [moment - timedelta(hours=1, days=got - 1 - number) for number in range(got)]
    row = Recipient.create(
        workspace=workspace, campaign=campaign, lead=lead, state=state, position=min(got + 1, len(steps)),
        reached_at=times[0] if got else None,
        replied_at=times[-1] + timedelta(seconds=replied_after) if replied_after is not None else None,
    )  # fmt: skip
    for step, at in zip(steps, times, strict=False):
        mail = Delivery.create(
            workspace=workspace, campaign=campaign, recipient=row, step=step, lead=lead, email=lead.email,
            message_id=f"{row.id}.{step.id}@galena.test", subject=step.subject, state=DeliveryState.ACCEPTED,
            version=version if step.position == 1 else "A", due_at=at, created_at=at, changed_at=at, **fields,
        )  # fmt: skip
        Content.create(delivery=mail, raw=b"Subject: Hi\r\n\r\nHi\r\n")
    moves = {"recipients": 1, "mails": got, "reached": bool(got), "sent": state in THROUGH}
    moves |= {name: state.value == name for name in ("skipped", "replied", "bounced", "unsubscribed", "stopped")}
    changes = {getattr(Campaign, name): getattr(Campaign, name) + int(by) for name, by in moves.items() if by}
    Campaign.update(changes).where(Campaign.id == campaign.id).execute()
    return row


def mails_of(row):
    return list(Delivery.select().where(Delivery.recipient == row.id).order_by(Delivery.id))
