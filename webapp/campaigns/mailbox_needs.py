"""Which campaigns a mailbox is needed for: those that send through it, or would once they start or go on."""

from webapp.mail.mailbox_uses import tells_uses

from .models import Campaign, CampaignMailbox, CampaignState

OPEN = (CampaignState.DRAFT, CampaignState.SENDING, CampaignState.PAUSED)


@tells_uses
def campaigns_through(mailbox):
    """Their names, the newest first. One without any mailbox goes through the server's, so it would move there."""
    query = Campaign.of(mailbox.workspace_id).join(CampaignMailbox)
    query = query.where(CampaignMailbox.mailbox == mailbox.id, Campaign.state.in_(OPEN))
    return [campaign.name for campaign in query.order_by(Campaign.id.desc())]
