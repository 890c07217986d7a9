"""The statements by which ledger.py moves recipients and counters, made once."""

from peewee import fn

from webapp.core.prepared import Prepared, PreparedWrite
from webapp.leads.holding import among_text

from .models import Campaign, Delivery, DeliveryState, Recipient, RecipientState

_ARRIVED = (
    Delivery.select(Delivery.changed_at)
    .where(Delivery.recipient == Recipient.id, Delivery.state == DeliveryState.ACCEPTED)
    .order_by(Delivery.id)
    .limit(1)
)


@Prepared
def move(after, reached, _names, *, ids, before, moment, **changes):
    """Recipients in one state go to another; the ids of those that did."""
    changes |= {"state": after, "changed_at": moment}
    if reached:
        changes["reached_at"] = fn.COALESCE(Recipient.reached_at, _ARRIVED)
    if after is RecipientState.REPLIED:  # reports count replies by their time, whoever saw them first
        changes["replied_at"] = fn.COALESCE(Recipient.replied_at, moment)
    query = Recipient.update(changes).where(among_text(ids, Recipient.id), Recipient.state == before)
    return query.returning(Recipient.id)


@PreparedWrite
def count(_names, *, campaign_id, **moves):
    """Add to the counters of a campaign."""
    changes = {getattr(Campaign, name): getattr(Campaign, name) + by for name, by in moves.items()}
    return Campaign.update(changes).where(Campaign.id == campaign_id)
