"""Reads of campaigns, recipients and deliveries."""

from .models import Campaign, CampaignState


def active_count(workspace):
    """How many campaigns of `workspace` are sending."""
    return Campaign.of(workspace).where(Campaign.state == CampaignState.SENDING).count()
