"""Reads of campaigns, recipients and deliveries, within what the member may see.

Who sees all leads sees and steers all campaigns. Anybody else only the ones they made: the totals of another one would
tell of leads that they do not see, and pausing it would stop mails to these. Mails to their own leads they see anyway.
"""

from peewee import JOIN, Value, fn

from webapp.accounts.models import Reach, User
from webapp.core.errors import NotFound
from webapp.core.paging import page_of
from webapp.core.prepared import Prepared, instance
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from .models import Campaign, Delivery, DeliveryState

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


def campaigns(member, *, state=None, archived=False, search="", cursor=None, size=50):
    """A Page of campaigns with who made them, newest first; the archived ones, or those that are not."""
    query = Campaign.select(Campaign, User).join(User, JOIN.LEFT_OUTER).where(_steered_by(member))
    query = query.where(Campaign.archived_at.is_null(not archived))
    if state is not None:
        query = query.where(Campaign.state == state)
    if words := search.strip():
        query = query.where(Campaign.name.contains(words))
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


def in_reach(member, query, lead):
    """`query` without what concerns leads outside the member's reach; `lead` is its column with the lead's id."""
    if member.reach is Reach.ALL:
        return query
    return query.where(fn.EXISTS(visible(member, Value(1), walk=False).where(Lead.id == lead)))


def unknown(member, campaign, *, size=50):
    """The campaign's mails that a person has to decide about, oldest first."""
    query = Delivery.select(*LOG).where(Delivery.campaign == campaign.id, Delivery.state == DeliveryState.UNKNOWN)
    return list(in_reach(member, query, Delivery.lead).order_by(Delivery.due_at, Delivery.id).limit(size))


def get_delivery(member, delivery_id):
    """One mail with its bytes and its campaign, if the member may see it. Raises NotFound."""
    query = Delivery.select(Delivery, Campaign).join(Campaign).where(Delivery.workspace == member.workspace.id)
    delivery = in_reach(member, query, Delivery.lead).where(Delivery.id == delivery_id).first()
    if delivery is None:
        raise NotFound("That mail does not exist.")
    return delivery


def get_undecided(member, delivery_id):
    """The same of a campaign that the member may steer: a mail they may decide about. Raises NotFound."""
    delivery = get_delivery(member, delivery_id)
    if not steers(member, delivery.campaign):
        raise NotFound("That mail is of a campaign that somebody else steers.")
    return delivery
