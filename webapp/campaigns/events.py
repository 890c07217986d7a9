"""What happened to a campaign, as a page tells it later."""

from .models import Campaign, CampaignEvent


def tell(campaign_id, kind, *, actor=None, **data):
    """Write down that something happened to a campaign, in the caller's transaction. `kind` is "started", "paused",
    "resumed", "stopped", "completed", "mailbox_paused"; `actor` is a Member, None for Galena itself.
    """
    workspace_id = Campaign.get_by_id(campaign_id).workspace_id
    who = actor.user_id if actor else None
    CampaignEvent.create(workspace=workspace_id, campaign=campaign_id, actor=who, kind=kind, data=data)
