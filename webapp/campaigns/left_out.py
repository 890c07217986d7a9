"""Who gets a campaign and who is left out of it, as its audience page lists them: as it stands before the start, as it
was written down after it.
"""

from typing import NamedTuple

from peewee import fn

from webapp.core.clock import now
from webapp.core.paging import Place, ordered
from webapp.leads.models import Lead
from webapp.leads.queries import within_reach

from . import audience, reasons
from .models import CampaignState, Recipient, RecipientState

SIZE = 50
_COLUMNS = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email)


class Person(NamedTuple):
    """A lead in the audience."""

    id: int
    first_name: str
    last_name: str
    company: str
    email: str

    full_name = Lead.full_name
    name = Lead.name


def count(member, campaign):
    """The audience.Count of a campaign, as the member may know it."""
    if campaign.state is CampaignState.DRAFT:
        return audience.counted(member, campaign.whom)
    skipped = (Recipient.campaign == campaign.id) & (Recipient.state == RecipientState.SKIPPED)
    rows = Recipient.select(Recipient.reason, fn.COUNT(Recipient.id)).where(skipped).group_by(Recipient.reason)
    found = dict(rows.tuples())
    known = {reason: found.pop(reason) for reason in reasons.ALL if reason in found}
    return audience.Count(campaign.recipients, {**known, **found})


def people(member, campaign, reason, *, cursor=None):
    """A Page of Persons who are left out for `reason`, or with "" of those who get it, by the lead's age."""
    place = Place.read(cursor, 1, descending=False)
    read = _before if campaign.state is CampaignState.DRAFT else _since
    query = read(member, campaign, reason)
    rows = ordered(query, [Lead.id], place.falling, place.keys).limit(SIZE + 1).tuples()
    return place.page([Person._make(row) for row in rows], SIZE, lambda row: [row.id])


def _before(member, campaign, reason):
    found = audience.judged(member, campaign.whom, now()).alias("judged")
    query = Lead.select(*_COLUMNS).join(found, on=found.c.lead_id == Lead.id)
    return query.where(found.c.reason == reason)


def _since(member, campaign, reason):
    query = Lead.select(*_COLUMNS).join(Recipient, on=Recipient.lead == Lead.id)
    query = query.where(Recipient.campaign == campaign.id, within_reach(member, walk=False))
    if reason:
        return query.where(Recipient.state == RecipientState.SKIPPED, Recipient.reason == reason)
    return query.where(Recipient.state != RecipientState.SKIPPED)
