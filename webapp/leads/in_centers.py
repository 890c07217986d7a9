"""Reads of what stands in centers, within the reach of who looks: how many leads, who has how many, the hand-overs."""

from peewee import JOIN, fn

from webapp.accounts.centers import centers_with
from webapp.accounts.models import Reach, User
from webapp.core.paging import page_of

from .assignment import OPEN
from .models import HandOver, Lead
from .queries import visible

SIZE = 25


def lead_counts(member):
    """{center id: how many of its leads `member` sees}; centers without any are missing."""
    alive = (Lead.workspace == member.workspace.id) & Lead.deleted_at.is_null() & Lead.center.is_null(False)
    query = Lead.select(Lead.center, fn.COUNT(Lead.id)).where(alive).group_by(Lead.center)
    if member.reach is Reach.ALL:
        return dict(query.tuples())
    counts = dict(query.where(Lead.owner == member.user_id).tuples())
    if member.reach is Reach.CENTERS:
        counts |= dict(query.where(Lead.center.in_(list(centers_with(member)))).tuples())
    return counts


def sees_all_of(member, center):
    """Whether every lead of `center` is within the member's reach, so that its counts tell them nothing new."""
    if member.reach is Reach.CENTERS:
        return center.id in centers_with(member)
    return member.reach is Reach.ALL


def open_leads(center):
    """{user id: how many open leads of `center` they own}."""
    here = (Lead.workspace == center.workspace_id) & (Lead.center == center.id) & Lead.owner.is_null(False)
    query = Lead.select(Lead.owner, fn.COUNT(Lead.id)).where(here, Lead.stage.in_(OPEN), Lead.deleted_at.is_null())
    return dict(query.group_by(Lead.owner).tuples())


def hand_overs(member, center, *, cursor=None):
    """A Page of the center's HandOvers with their leads and owners, newest first, of leads that `member` sees."""
    seen = visible(member, Lead.id, walk=False).where(Lead.id == HandOver.lead)
    named = (Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email, User.id, User.full_name, User.picture)
    query = (
        HandOver.select(HandOver, *named)
        .join(Lead)
        .join_from(HandOver, User, JOIN.LEFT_OUTER, on=HandOver.owner == User.id)
        .where(HandOver.center == center.id, fn.EXISTS(seen))
    )
    return page_of(query, [HandOver.id], lambda row: [row.id], size=SIZE, cursor=cursor)
