"""The list of campaigns: each with how far and how fast it is, what answers it, and from where it sends."""

from datetime import datetime, timedelta
from typing import NamedTuple

from webapp.core.clock import now

from . import pace, queries
from .asking import ask
from .models import Campaign, CampaignState
from .senders import senders_of

_RATES = """
    SELECT campaign_id, hour, sent FROM campaign_hour
    WHERE workspace_id = :workspace AND hour >= :hour AND campaign_id BETWEEN :first AND :last"""
_STEPS = """
    SELECT s.campaign_id, count(*) FROM step s JOIN campaign c ON c.id = s.campaign_id
    WHERE c.workspace_id = :workspace AND c.id BETWEEN :first AND :last AND s.kind = 'email' GROUP BY s.campaign_id"""


class Listed(NamedTuple):
    """A campaign of the list. `rate`: about how many mails in the last hour; `left`: how many are still to go, which
    is an estimate when `mails`, those to a recipient, are several.
    """

    campaign: Campaign
    rate: int
    senders: tuple
    left: int
    mails: int

    @property
    def expected(self):
        return self.campaign.mails + self.left

    @property
    def sends(self):
        return self.campaign.state is CampaignState.SENDING

    @property
    def next_at(self) -> datetime | None:
        """When its next mail may leave; None when that is at once, or nobody knows."""
        if not self.sends or not self.left:
            return None
        turns = [sender.next_send_at for sender in self.senders if sender.next_send_at and not sender.is_paused]
        soonest = max(
            filter(None, (min(turns, default=self.campaign.next_send_at), self.campaign.starts_at)), default=None
        )
        return soonest if soonest and soonest > now() else None


def listed(member, **asked):
    """(a Page of campaigns, a Listed for each); see queries.campaigns() for what can be asked."""
    page = queries.campaigns(member, **asked)
    ids = [campaign.id for campaign in page.rows]
    if not ids:
        return page, []
    values = {"workspace": member.workspace.id, "first": min(ids), "last": max(ids)}
    hour = f"{now() - timedelta(hours=1):%Y-%m-%d %H}"
    hours = {}
    for campaign_id, name, sent in ask(_RATES, **values, hour=hour):
        hours.setdefault(campaign_id, {})[name] = sent
    mails, senders = dict(ask(_STEPS, **values)), senders_of(member.workspace, ids)
    return page, [
        Listed(
            campaign=one,
            rate=pace.an_hour(hours.get(one.id, {})),
            senders=senders[one.id],
            left=pace.remaining(one, mails.get(one.id, 0)) if one.state is not CampaignState.DRAFT else 0,
            mails=mails.get(one.id, 0),
        )
        for one in page.rows
    ]
