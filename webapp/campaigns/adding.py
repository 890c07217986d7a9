"""Leads that a member adds to a campaign themselves, few at once or a whole view by a job, and the undo of that.

A draft for such leads keeps them as recipients until it starts. A campaign that has started takes any: it writes to
them at its pace, one that had completed goes on, a paused one lets them wait. With `keeps_adding` it takes in by itself
whoever comes to its audience.
"""

import logging

from peewee import Value, fn

from db import db
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, User
from webapp.core.clock import now
from webapp.core.errors import Conflict
from webapp.core.jobs import stopping, wait
from webapp.leads.bulk_kinds import Kind
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from . import audience, launching, ledger, queries, zoning
from .audience import PICKED
from .drafts import save_draft
from .models import Campaign, CampaignState, Delivery, Recipient, RecipientState
from .recipients import insert

log = logging.getLogger("galena.campaigns")

AT_ONCE = 500  # leads that are taken in in one transaction, and
BETWEEN = 0.005  # seconds between two
TAKE_IN = (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.COMPLETED)


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
    here = Recipient.select(Recipient.lead).where(Recipient.campaign == campaign.id, Recipient.lead.in_(ids))
    new = Lead.id.in_(ids) & Lead.id.not_in(here)
    query = insert(campaign, lambda *columns: visible(member, *columns, walk=False).where(new), now())
    query = query.on_conflict_ignore()
    added = list(query.returning(Recipient.lead, Recipient.state).execute())
    zoning.put_zones(campaign)
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
    again = {"state": CampaignState.SENDING, "finished_at": None}
    sends = Campaign.state.in_((CampaignState.SENDING, CampaignState.COMPLETED))
    if Campaign.update(again).where(Campaign.id == campaign.id, sends).execute():
        launching.wake(campaign)


# ------------------------------------------------------------------ by rule


def take_in_leads():
    """Wake what takes in the leads that came to the audiences of campaigns that want them."""
    wanted = Campaign.keeps_adding & Campaign.archived_at.is_null() & Campaign.state.in_(TAKE_IN)
    for campaign in Campaign.select(Campaign.id).where(wanted).order_by(Campaign.id):
        take_in(campaign.id)


def take_in(campaign_id):
    """Make recipients of the leads that are in the campaign's audience by now, in batches; returns how many.

    Of those whom who started it sees, only such as a mail may go to: whoever lacks an address, or gets mails of
    another campaign today, is looked at again the next time. It ends when that member has left.
    """
    taken = 0
    while some := _take_in_some(campaign_id):
        taken += some
        if stopping():
            break
        wait(BETWEEN)
    return taken


def _take_in_some(campaign_id):
    campaign = Campaign.get_or_none(Campaign.id == campaign_id)
    if campaign is None or not _takes_in(campaign):
        return 0
    member = _who_started(campaign)
    if member is None or not member.can("write"):
        Campaign.update(keeps_adding=False).where(Campaign.id == campaign_id).execute()
        log.info("campaign %s takes in nobody any more: who started it is gone", campaign_id)
        return 0
    here = Recipient.select(Value(1)).where(Recipient.campaign == campaign_id, Recipient.lead == Lead.id)

    def new(*columns):
        return audience.of(member, campaign.whom, *columns).where(~fn.EXISTS(here))

    with db.atomic():
        held = _held(member, campaign_id)
        if not _takes_in(held):
            return 0
        query = insert(held, new, now(), welcome=True, most=AT_ONCE).on_conflict_ignore()
        added = query.as_rowcount().execute()
        if added:
            zoning.put_zones(held)
            ledger.count(campaign_id, recipients=added)
            _go_on(held)
    return added


def _takes_in(campaign):
    wants = campaign.keeps_adding and campaign.archived_at is None and campaign.state in TAKE_IN
    return wants and campaign.audience.get("kind") != PICKED


def _who_started(campaign):
    try:
        return member_of(campaign.workspace, User.get_by_id(campaign.actor_id)) if campaign.actor_id else None
    except (User.DoesNotExist, Membership.DoesNotExist):
        return None
