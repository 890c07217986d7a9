"""Reads of campaigns, recipients and deliveries, within what the member may see.

Who sees all leads sees and steers all campaigns. Anybody else only the ones they made: the totals of another one would
tell of leads that they do not see, and pausing it would stop mails to these. Mails to their own leads they see anyway.
"""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, Value, fn

from db import is_sqlite
from webapp.accounts.models import Reach, Workspace
from webapp.core.errors import NotFound
from webapp.core.paging import Place, ordered, page_of
from webapp.core.prepared import Prepared, instance
from webapp.leads.models import Lead
from webapp.leads.queries import as_member, visible

from .models import Campaign, Delivery, DeliveryState, Recipient, RecipientState, Step

LEAD = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email, Lead.deleted_at)
LOG = (
    Delivery.id, Delivery.email, Delivery.subject, Delivery.state, Delivery.error, Delivery.attempts,
    Delivery.changed_at, Delivery.due_at, Delivery.campaign, Delivery.recipient, Delivery.lead, Delivery.workspace,
)  # fmt: skip


def steers(member, campaign):
    """Whether `member` may open `campaign` and change it."""
    return member.reach is Reach.ALL or campaign.actor_id == member.user_id


def steered(reach, workspace, user):
    """The same as a condition on campaigns of `workspace` (an id)."""
    ours = Campaign.workspace == workspace
    return ours if reach is Reach.ALL else ours & (Campaign.actor == user)


def _steered_by(member):
    return steered(member.reach, member.workspace.id, member.user_id)


def campaigns(member, *, cursor=None, size=50):
    """A Page of campaigns, newest first."""
    query = Campaign.select().where(_steered_by(member))
    return page_of(query, [Campaign.id], lambda row: [row.id], size=size, cursor=cursor)


@Prepared
def _campaign(reach, *, workspace, user, campaign):
    fields = Campaign._meta.sorted_fields
    return Campaign.select(*fields).where(steered(reach, workspace, user), Campaign.id == campaign)


def get_campaign(member, campaign_id):
    """The campaign, if the member may open it. Raises NotFound."""
    row = None
    if campaign_id < 2**31:
        whose = {"workspace": member.workspace.id, "user": member.user_id}
        row = _campaign.one(member.reach, **whose, campaign=campaign_id)
    if row is None:
        raise NotFound("That campaign does not exist, or it was deleted.")
    return instance(Campaign, row)


def get_step(campaign, position=1):
    """A mail of `campaign`, with the workspace that its foot names."""
    query = Step.select(Step, Workspace).join(Workspace)
    return query.where(Step.campaign == campaign.id, Step.position == position).get()


def _in_reach(member, query, lead):
    """`query` without what concerns leads outside the member's reach; `lead` is its column with the lead's id."""
    if member.reach is Reach.ALL:
        return query
    return query.where(fn.EXISTS(visible(member, Value(1), walk=False).where(Lead.id == lead)))


class Person(NamedTuple):
    """A recipient in a list, with its lead and its mail; their parts are None where there is none."""

    id: int
    state: RecipientState
    reason: str
    changed_at: datetime
    lead_id: int | None
    first_name: str | None
    last_name: str | None
    company: str | None
    email: str | None
    deleted_at: datetime | None
    delivery_id: int | None
    delivery_state: DeliveryState | None
    error: str | None
    sent_to: str | None
    due_at: datetime | None
    attempts: int | None

    full_name = Lead.full_name
    name = Lead.name


def recipients(member, campaign, *, state=None, cursor=None, size=25):
    """A Page of Persons: the campaign's recipients with their leads and mails."""
    place = Place.read(cursor, 1, descending=False)
    shape = (member.reach, state is not None, place.falling, bool(place.keys))
    values = {"campaign": campaign.id, "state": state and state.value, "last": place.keys[0] if place.keys else None}
    rows = _people(*shape, workspace=member.workspace.id, user=member.user_id, size=size + 1, **values)
    return place.page(rows, size, lambda row: [row.id])


@partial(Prepared, row=Person)
def _people(reach, in_state, falling, placed, *, workspace, user, campaign, state, last, size):
    mail = (Delivery.id, Delivery.state, Delivery.error, Delivery.email, Delivery.due_at, Delivery.attempts)
    query = (
        Recipient.select(Recipient.id, Recipient.state, Recipient.reason, Recipient.changed_at, *LEAD, *mail)
        .join_from(Recipient, Lead, JOIN.LEFT_OUTER)
        .join_from(Recipient, Delivery, JOIN.LEFT_OUTER, on=Delivery.recipient == Recipient.id)
        .where(Recipient.campaign == campaign)
    )
    query = query.where(Recipient.state == state) if in_state else query
    query = _in_reach(as_member(reach, workspace, user), query, Recipient.lead)
    return ordered(query, (Recipient.id,), falling, (last,) if placed else ()).limit(size)


def unknown(member, campaign, *, size=50):
    """The campaign's mails that a person has to decide about, oldest first."""
    query = Delivery.select(*LOG).where(Delivery.campaign == campaign.id, Delivery.state == DeliveryState.UNKNOWN)
    return list(_in_reach(member, query, Delivery.lead).order_by(Delivery.due_at, Delivery.id).limit(size))


def mail_log(member, *, state=None, search="", cursor=None, size=50):
    """A Page of every mail, newest first, without its bytes; `search` is the beginning of an address."""
    query = (
        Delivery.select(*LOG, Campaign.id, Campaign.name, Campaign.actor)
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


def get_undecided(member, delivery_id):
    """The same of a campaign that the member may steer: a mail they may decide about. Raises NotFound."""
    delivery = get_delivery(member, delivery_id)
    if not steers(member, delivery.campaign):
        raise NotFound("That mail is of a campaign that somebody else steers.")
    return delivery
