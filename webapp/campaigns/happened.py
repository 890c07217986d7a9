"""What happened to a campaign, newest first: what its members and Galena did, and the newest replies."""

from datetime import datetime
from typing import NamedTuple

from peewee import JOIN

from webapp.accounts.models import User
from webapp.leads.models import Lead

from .models import CampaignEvent, Recipient
from .queries import in_reach

SIZE = 8


class Happening(NamedTuple):
    """`who` is a member's or a lead's name, empty for Galena itself; `lead_id` is of a lead one may open."""

    kind: str
    who: str
    words: str
    at: datetime
    lead_id: int | None = None


def happenings(member, campaign, size=SIZE):
    """The newest Happenings of a campaign that `member` may open; leads beyond their reach are not named."""
    query = (
        CampaignEvent.select(CampaignEvent.kind, CampaignEvent.data, CampaignEvent.created_at, User.full_name)
        .join(User, JOIN.LEFT_OUTER)
        .where(CampaignEvent.campaign == campaign.id)
    )
    events = query.order_by(CampaignEvent.id.desc()).limit(size).tuples()
    found = [Happening(kind, who or "", said(kind, data), at) for kind, data, at, who in events]
    found += _replies(member, campaign, size)
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:size])


def _replies(member, campaign, size):
    replied = (Recipient.campaign == campaign.id) & Recipient.replied_at.is_null(False)
    names = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email)
    query = Recipient.select(Recipient.replied_at, *names).join(Lead).where(replied, Lead.deleted_at.is_null())
    query = in_reach(member, query, Recipient.lead).order_by(Recipient.replied_at.desc()).limit(size)
    return [
        Happening("replied", f"{first} {last}".strip() or company or email, "replied", at, lead_id)
        for at, lead_id, first, last, company, email in query.tuples()
    ]


WORDS = {
    "started": "started the campaign",
    "paused": "paused sending",
    "resumed": "resumed sending",
    "stopped": "stopped the campaign for good",
    "completed": "finished: everybody got what they were to get",
    "edited": "changed the campaign",
    "archived": "archived the campaign",
    "unarchived": "took the campaign out of the archive",
    "added": "added leads",
    "mailbox_paused": "paused a mailbox",
}


def said(kind, data):
    """An event in words, which follow a name."""
    data = data or {}
    if kind == "version":
        return f"chose version {data.get('letter')} of step {data.get('step')} for everybody from now on"
    if kind == "cloned":
        return f"made this from {data.get('name')}"
    words = WORDS.get(kind, kind.replace("_", " "))
    reason = str(data.get("reason") or "").strip()
    return f"{words}: {reason}" if reason else words
