"""Who may send a campaign now. One worker holds its lease and renews it; past its end, or when its holder's process is
gone from this machine, another takes over. Being wrong here costs speed, never a double mail: each move of a delivery
is guarded by itself (see ledger.py).
"""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.jobs import later

from .models import Campaign, CampaignState

SECONDS = 40  # longer than one mail may take, shorter than a stalled campaign may stand still
GRACE = timedelta(seconds=15)  # how late the queue may wake a parked campaign before the sweeper does
_HOST = socket.gethostname()
_held = set()  # tokens of this process, to tell it from an earlier one with the same number


@dataclass(frozen=True)
class Lease:
    campaign_id: int
    workspace_id: int
    token: str


def acquire(campaign_id):
    """The Lease of a campaign that is sending and held by nobody, else None. A parked campaign waits for its time."""
    row = Campaign.get_or_none(Campaign.id == campaign_id, Campaign.state == CampaignState.SENDING)
    if row is None or not _is_free(row):
        return None
    token = f"{_HOST}:{os.getpid()}:{secrets.token_hex(8)}"
    _held.add(token)
    taken = (
        Campaign.update(lease_token=token, lease_until=until())
        .where(Campaign.id == row.id, Campaign.state == CampaignState.SENDING, Campaign.lease_token == row.lease_token)
        .execute()
    )
    if taken != 1:
        _held.discard(token)
        return None
    return Lease(row.id, row.workspace_id, token)


def _is_free(campaign):
    if campaign.lease_until is None or campaign.lease_until < now():
        return True
    if campaign.lease_token:
        return _is_dead(campaign.lease_token)
    return campaign.next_send_at is None or campaign.next_send_at <= now()  # parked


def _is_dead(token):
    """Whether the holder was a process of this machine that is gone."""
    host, _, rest = token.rpartition(":")[0].rpartition(":")
    if host != _HOST or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():
        return token not in _held
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def until():
    """When a lease that begins now ends."""
    return now() + timedelta(seconds=SECONDS)


def release(lease, *, wake_at=None):
    """Give the lease back; if the campaign is still to be sent, it goes on at once or at `wake_at`."""
    _held.discard(lease.token)
    delay = max(0, (wake_at - now()).total_seconds()) if wake_at else 0
    with db.atomic():
        held = (
            Campaign.update(lease_token="", lease_until=wake_at and wake_at + GRACE)
            .where(Campaign.id == lease.campaign_id, Campaign.lease_token == lease.token)
            .execute()
        )
        if held:
            later("send_campaign", lease.campaign_id, delay=delay)


def requeue_stalled():
    """Wake every campaign that should be sending and that nobody holds any more."""
    for campaign in Campaign.select().where(Campaign.state == CampaignState.SENDING):
        overdue = campaign.lease_until is None or campaign.lease_until < now()
        if overdue or (campaign.lease_token and _is_dead(campaign.lease_token)):
            later("send_campaign", campaign.id)
