"""Leads that a member adds to a campaign themselves, few at once or a whole view by a job, and the undo of that.

A draft for such leads keeps them as recipients until it starts. A campaign that has started takes any: it writes to
them at its pace, one that had completed goes on, a paused one lets them wait.
"""

from peewee import Case, Value, fn

from webapp.core.clock import now
from webapp.core.errors import Conflict
from webapp.core.jobs import later
from webapp.leads.bulk_kinds import Kind
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from . import ledger, queries
from .audience import PICKED
from .drafts import save_draft
from .models import Campaign, CampaignState, Delivery, Recipient, RecipientState
from .recipients import COLUMNS, as_recipients


def takes_leads(campaign):
    """Whether leads can be added: a draft for a stage or a search finds its own when it starts."""
    return campaign.state is not CampaignState.DRAFT or campaign.audience.get("kind") == PICKED


def open_campaigns(member):
    """The newest campaigns that `member` may add leads to."""
    return [campaign for campaign in queries.campaigns(member).rows if takes_leads(campaign)]


def new_draft(member):
    """A draft for leads that are added to it."""
    said = {"sender_name": member.full_name, "reply_to": member.email, "rate_per_minute": 60}
    written = {"name": "", "subject": "", "body": "", "audience": {"kind": PICKED, "stage": "", "q": ""}}
    return save_draft(None, {**said, **written}, actor=member)


def check_takes_leads(campaign):
    """Raises Conflict when it takes none."""
    if not takes_leads(campaign):
        raise Conflict(f"{campaign.name} chooses its leads when it starts. Choose another campaign.")


def _add(member, ids, data):
    """Kind.change: these leads become recipients. Those that are in the campaign already stay as they are.

    A draft looks at their addresses when it starts.
    """
    campaign = _held(member, data["campaign"])
    check_takes_leads(campaign)
    people = visible(member, *as_recipients(campaign, now()), walk=False).where(Lead.id.in_(ids)).order_by(Lead.id)
    query = Recipient.insert_from(people, COLUMNS).on_conflict_ignore()
    added = list(query.returning(Recipient.lead, Recipient.state).execute())
    ids = [one.lead_id for one in added]
    skipped = sum(one.state is RecipientState.SKIPPED for one in added)
    if campaign.state is CampaignState.DRAFT:
        waits = {"state": RecipientState.QUEUED, "reason": ""}
        Recipient.update(waits).where(Recipient.campaign == campaign.id, Recipient.lead.in_(ids)).execute()
    else:
        ledger.count(campaign.id, recipients=len(added), skipped=skipped)
        if skipped < len(added):
            _go_on(campaign)
    return dict.fromkeys(ids, "")


def _take_out(member, before, data):
    """Kind.undo: those that nobody has written to yet are no recipients any more."""
    campaign = _held(member, data["campaign"])
    waiting = Recipient.state.in_((RecipientState.QUEUED, RecipientState.SKIPPED))
    written_to = fn.EXISTS(Delivery.select(Value(1)).where(Delivery.recipient == Recipient.id))
    these = (Recipient.campaign == campaign.id) & Recipient.lead.in_(list(before)) & waiting & ~written_to
    gone = list(Recipient.delete().where(these).returning(Recipient.lead, Recipient.state).execute())
    if campaign.state is not CampaignState.DRAFT:
        skipped = sum(one.state is RecipientState.SKIPPED for one in gone)
        ledger.count(campaign.id, recipients=-len(gone), skipped=-skipped)
    return [one.lead_id for one in gone]


KIND = Kind(_add, _take_out)


def _held(member, campaign_id):
    """The campaign, which neither starts nor ends before the transaction does. Raises NotFound."""
    campaign = queries.get_campaign(member, campaign_id)
    Campaign.update(updated_at=now()).where(Campaign.id == campaign.id).execute()
    return queries.get_campaign(member, campaign_id)


def _go_on(campaign):
    """Let a campaign that sends, or has completed, write to those who came."""
    parked = Case(None, [(Campaign.lease_token == "", None)], Campaign.lease_until)
    again = {"state": CampaignState.SENDING, "finished_at": None, "lease_until": parked}
    sends = Campaign.state.in_((CampaignState.SENDING, CampaignState.COMPLETED))
    if Campaign.update(again).where(Campaign.id == campaign.id, sends).execute():
        later("send_campaign", campaign.id)
