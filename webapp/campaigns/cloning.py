"""A campaign written once more: everything about it but whom it went to and what became of it."""

from db import db

from .audience import PICKED
from .events import tell
from .models import Campaign, CampaignMailbox, Step
from .writing_models import Attachment, StepVersion

COPIED = (
    "audience", "sender_name", "reply_to", "rate_per_minute", "days", "opens", "closes", "whose_zone", "stop_on_reply",
    "stop_company", "stop_stages", "track_opens", "track_clicks", "quiet_days", "leaves_out_busy", "keeps_adding",
)  # fmt: skip
LONGEST = 255


def clone(campaign, *, actor):
    """A draft of `actor` with the steps, versions, attachments, rules and mailboxes of `campaign`; returns it.

    Nobody who was picked by hand is taken over: such a copy waits for leads that are added to it.
    """
    workspace = campaign.workspace_id
    fields = {name: getattr(campaign, name) for name in COPIED}
    if campaign.audience.get("kind") == PICKED:
        fields["audience"] = {"kind": PICKED, "stage": "", "q": ""}
    with db.atomic():
        name = f"Copy of {campaign.name}"[:LONGEST]
        made = Campaign.create(workspace=workspace, actor=actor.user_id, name=name, **fields)
        for step in Step.select().where(Step.campaign == campaign.id).order_by(Step.position):
            _copy_step(step, made)
        used = CampaignMailbox.select().where(CampaignMailbox.campaign == campaign.id)
        for each in used.order_by(CampaignMailbox.id):
            CampaignMailbox.create(workspace=workspace, campaign=made.id, mailbox=each.mailbox_id)
        tell(made.id, "cloned", actor=actor, of=campaign.id, name=campaign.name)
    return made


def _copy_step(step, campaign):
    copy = _copied(step, campaign=campaign.id)
    for model in (StepVersion, Attachment):
        for row in model.select().where(model.step == step.id).order_by(model.id):
            _copied(row, step=copy.id)


def _copied(row, **instead):
    values = {name: value for name, value in row.__data__.items() if name != "id"}
    return type(row).create(**{**values, **instead})
