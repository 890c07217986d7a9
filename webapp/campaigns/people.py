"""The recipients of a campaign as its page lists them, each with its lead and the newest mail it was sent."""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from peewee import JOIN, fn

from webapp.core.errors import NotFound
from webapp.core.paging import Place, ordered
from webapp.core.prepared import Prepared
from webapp.leads.filters import Filter
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import as_member, chosen_leads

from .models import Delivery, DeliveryState, Recipient, RecipientState, Step
from .queries import LEAD, in_reach


class Person(NamedTuple):
    """A recipient in a list; the parts of its lead, its newest mail and that mail's step are None where there is none.

    `next_at` is when the step at `position` is due, for one that waits.
    """

    id: int
    state: RecipientState
    reason: str
    position: int
    next_at: datetime | None
    reached_at: datetime | None
    replied_at: datetime | None
    changed_at: datetime
    lead_id: int | None
    first_name: str | None
    last_name: str | None
    company: str | None
    email: str | None
    deleted_at: datetime | None
    stage: Stage | None
    delivery_id: int | None
    delivery_state: DeliveryState | None
    error: str | None
    sent_to: str | None
    due_at: datetime | None
    attempts: int | None
    opened_at: datetime | None
    clicked_at: datetime | None
    step: int | None

    full_name = Lead.full_name
    name = Lead.name


_OWN = (
    Recipient.id, Recipient.state, Recipient.reason, Recipient.position, Recipient.due_at, Recipient.reached_at,
    Recipient.replied_at, Recipient.changed_at,
)  # fmt: skip
_MAIL = (
    Delivery.id, Delivery.state, Delivery.error, Delivery.email, Delivery.due_at, Delivery.attempts,
    Delivery.opened_at, Delivery.clicked_at,
)  # fmt: skip


def recipients(member, campaign, *, state=None, search="", cursor=None, size=25):
    """A Page of Persons within the member's reach, in the order in which they came; `search` is over their leads."""
    place = Place.read(cursor, 1, descending=False)
    last = place.keys[0] if place.keys else None
    if search := search.strip():
        found = chosen_leads(member, Filter(search=search), Lead.id)
        query = _listed(campaign.id, state).where(Recipient.lead.in_(found))
        query = ordered(query, (Recipient.id,), place.falling, place.keys).limit(size + 1)
        rows = [Person._make(row) for row in query.tuples()]
    else:
        shape = (member.reach, state is not None, place.falling, bool(place.keys))
        values = {"campaign": campaign.id, "state": state and state.value, "last": last, "size": size + 1}
        rows = _people(*shape, workspace=member.workspace.id, user=member.user_id, **values)
    return place.page(rows, size, lambda row: [row.id])


@partial(Prepared, row=Person)
def _people(reach, in_state, falling, placed, *, workspace, user, campaign, state, last, size):
    query = _listed(campaign, state if in_state else None)
    query = in_reach(as_member(reach, workspace, user), query, Recipient.lead)
    return ordered(query, (Recipient.id,), falling, (last,) if placed else ()).limit(size)


def _listed(campaign, state):
    mails = Delivery.alias()
    newest = mails.select(fn.MAX(mails.id)).where(mails.recipient == Recipient.id)
    query = (
        Recipient.select(*_OWN, *LEAD, Lead.stage, *_MAIL, Step.position)
        .join_from(Recipient, Lead, JOIN.LEFT_OUTER)
        .join_from(Recipient, Delivery, JOIN.LEFT_OUTER, on=Delivery.id == newest)
        .join_from(Delivery, Step, JOIN.LEFT_OUTER)
        .where(Recipient.campaign == campaign)
    )
    return query if state is None else query.where(Recipient.state == state)


def get_recipient(member, campaign, recipient_id):
    """A recipient of a campaign that `member` may open, of a lead within their reach. Raises NotFound."""
    query = Recipient.select().where(Recipient.campaign == campaign.id, Recipient.id == recipient_id)
    found = in_reach(member, query, Recipient.lead).first()
    if found is None:
        raise NotFound("This lead is not in the campaign.")
    return found
