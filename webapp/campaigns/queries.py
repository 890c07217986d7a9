"""Reads of campaigns, recipients and deliveries, within what the member may see."""

from peewee import fn

from db import is_sqlite
from webapp.accounts.models import Reach
from webapp.core.errors import NotFound
from webapp.core.paging import page_of
from webapp.core.prepared import Prepared
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, Step

LEAD = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email, Lead.deleted_at)
LOG = (
    Delivery.id, Delivery.email, Delivery.subject, Delivery.state, Delivery.error, Delivery.attempts,
    Delivery.changed_at, Delivery.due_at, Delivery.campaign, Delivery.recipient, Delivery.lead, Delivery.workspace,
)  # fmt: skip


@Prepared
def _active(*, workspace):
    active = (Campaign.workspace == workspace) & (Campaign.state == CampaignState.SENDING)
    return Campaign.select(fn.COUNT(Campaign.id).alias("campaigns")).where(active)


def active_count(workspace):
    """How many campaigns of `workspace` are sending."""
    return _active.one(workspace=workspace).campaigns


def campaigns(member, *, cursor=None, size=50):
    """A Page of campaigns, newest first."""
    query = Campaign.of(member.workspace)
    return page_of(query, [Campaign.id], lambda row: [row.id], size=size, cursor=cursor)


def get_campaign(member, campaign_id):
    """The campaign, if it is of the member's workspace. Raises NotFound."""
    campaign = Campaign.of(member.workspace).where(Campaign.id == campaign_id).first()
    if campaign is None:
        raise NotFound("That campaign does not exist, or it was deleted.")
    return campaign


def get_step(campaign, position=1):
    return Step.get(Step.campaign == campaign.id, Step.position == position)


def _in_reach(member, query, lead):
    """`query` without what concerns leads outside the member's reach."""
    return query if member.reach is Reach.ALL else query.where(lead.in_(visible(member, Lead.id)))


def recipients(member, campaign, *, state=None, cursor=None, size=25):
    """A Page of a campaign's recipients, each with its lead and its delivery (or None)."""
    query = (
        Recipient.select(
            Recipient,
            *LEAD,
            Delivery.id,
            Delivery.state,
            Delivery.error,
            Delivery.email,
            Delivery.due_at,
            Delivery.attempts,
        )
        .join_from(Recipient, Lead, "LEFT OUTER JOIN")
        .join_from(Recipient, Delivery, "LEFT OUTER JOIN", on=(Delivery.recipient == Recipient.id), attr="delivery")
        .where(Recipient.campaign == campaign.id)
    )
    if state is not None:
        query = query.where(Recipient.state == state)
    query = _in_reach(member, query, Recipient.lead)
    return page_of(query, [Recipient.id], lambda row: [row.id], size=size, cursor=cursor, descending=False)


def unknown(member, campaign, *, size=50):
    """The campaign's mails that a person has to decide about, oldest first."""
    query = Delivery.select(*LOG).where(Delivery.campaign == campaign.id, Delivery.state == DeliveryState.UNKNOWN)
    return list(_in_reach(member, query, Delivery.lead).order_by(Delivery.due_at, Delivery.id).limit(size))


def mail_log(member, *, state=None, search="", cursor=None, size=50):
    """A Page of every mail, newest first, without its bytes; `search` is the beginning of an address."""
    query = (
        Delivery.select(*LOG, Campaign.id, Campaign.name)
        .join(Campaign)
        .where(Delivery.workspace == member.workspace.id)
    )
    if state is not None:
        query = query.where(Delivery.state == state)
    if search := search.strip().lower():
        query = query.where(_begins(Delivery.email, search))
    query = _in_reach(member, query, Delivery.lead)
    return page_of(query, [Delivery.id], lambda row: [row.id], size=size, cursor=cursor)


def _begins(column, text):
    """The condition "begins with", by a range on SQLite, whose LIKE uses no index here."""
    return (column >= text) & (column < f"{text}\U0010ffff") if is_sqlite() else column.startswith(text)


def get_delivery(member, delivery_id):
    """One mail with its bytes and its campaign, if the member may see it. Raises NotFound."""
    query = Delivery.select(Delivery, Campaign).join(Campaign).where(Delivery.workspace == member.workspace.id)
    delivery = _in_reach(member, query, Delivery.lead).where(Delivery.id == delivery_id).first()
    if delivery is None:
        raise NotFound("That mail does not exist.")
    return delivery
