"""Putting a campaign that is over out of sight, and back."""

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict

from .events import tell
from .models import Campaign, CampaignState

OVER = (CampaignState.DRAFT, CampaignState.COMPLETED, CampaignState.STOPPED)


def archive(campaign, *, actor):
    """Take it off the list; its report stays. Raises Conflict while it sends or waits, and when it is archived."""
    with db.atomic():
        over = (Campaign.id == campaign.id) & Campaign.state.in_(OVER) & Campaign.archived_at.is_null()
        if not Campaign.update(archived_at=now(), updated_at=now()).where(over).execute():
            if campaign.archived_at:
                raise Conflict(f"{campaign.name} is archived already.")
            raise Conflict(f"{campaign.name} is not over yet. Archive it once it has completed or is stopped.")
        tell(campaign.id, "archived", actor=actor)


def unarchive(campaign, *, actor):
    """Put it back on the list. Raises Conflict when it is there."""
    with db.atomic():
        away = (Campaign.id == campaign.id) & Campaign.archived_at.is_null(False)
        if not Campaign.update(archived_at=None, updated_at=now()).where(away).execute():
            raise Conflict(f"{campaign.name} is not archived.")
        tell(campaign.id, "unarchived", actor=actor)
