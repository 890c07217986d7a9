"""A person's way out: one click, for good, in this workspace only."""

import logging
from dataclasses import dataclass

from db import db
from webapp.accounts.models import Workspace
from webapp.core.clock import now
from webapp.core.errors import Conflict, NotFound
from webapp.leads import timeline
from webapp.leads.models import ActivityKind, Lead
from webapp.mail import suppression
from webapp.mail.models import SuppressionReason

from . import claiming, launching, ledger, links
from .models import Campaign, Delivery, DeliveryState, Recipient, RecipientState

log = logging.getLogger("galena.campaigns")


@dataclass(frozen=True)
class WayOut:
    """What the page of a link says: whose mail it is and to which address. A test mail's has no delivery."""

    workspace_name: str
    email: str
    delivery: Delivery | None
    done: bool


def way_out(token):
    """The WayOut that a link names. Raises NotFound."""
    recipient_id = links.recipient_of(token)
    if recipient_id == links.TEST:
        return WayOut("", "", None, False)
    delivery = Delivery.select().where(Delivery.recipient == recipient_id).order_by(Delivery.id.desc()).first()
    if delivery is None:
        raise NotFound("This link belongs to a mail that we do not have any more.")
    name = Workspace.get_by_id(delivery.workspace_id).name
    return WayOut(name, delivery.email, delivery, suppression.is_suppressed(delivery.workspace_id, delivery.email))


def unsubscribe(token):
    """Never write to the link's address again; what is queued for it is not sent. May be called any number of times."""
    way = way_out(token)
    if (delivery := way.delivery) is None:
        return way
    campaign = Campaign.get_by_id(delivery.campaign_id)
    with db.atomic():
        suppression.suppress(
            delivery.workspace_id, delivery.email, reason=SuppressionReason.UNSUBSCRIBED, source=campaign.name
        )
        _stop_pending(delivery)
        if delivery.state is DeliveryState.UNKNOWN:
            _arrived(delivery)
        ledger.settle(campaign.id, campaign.workspace_id)
        _mark(delivery, campaign)
    return WayOut(way.workspace_name, way.email, delivery, True)


def _arrived(delivery):
    """Who clicks the link has got the mail. A member who said so at the same moment changes nothing."""
    try:
        with db.atomic():
            launching.arrived(delivery)
    except Conflict:
        log.info("delivery %s: somebody decided about it while its reader unsubscribed", delivery.id)


def _mark(delivery, campaign):
    got_it = (Recipient.id == delivery.recipient_id) & (Recipient.state == RecipientState.SENT)
    changes = {"state": RecipientState.UNSUBSCRIBED, "changed_at": now()}
    if Recipient.update(changes).where(got_it).execute():
        ledger.count(campaign.id, unsubscribed=1)
        if delivery.lead_id:
            data = {"campaign_id": campaign.id, "campaign": campaign.name}
            timeline.record(delivery.workspace_id, delivery.lead_id, ActivityKind.UNSUBSCRIBED, data)


def _stop_pending(delivery):
    """Other campaigns' recipients with this address that wait are skipped, and their written-down mails withdrawn."""
    leads = Lead.select(Lead.id).where(Lead.workspace == delivery.workspace_id, Lead.email == delivery.email)
    waiting = Recipient.of(delivery.workspace_id).where(
        Recipient.lead.in_(leads), Recipient.state.in_([RecipientState.QUEUED, RecipientState.SENDING])
    )
    for person in waiting:
        if person.state is RecipientState.SENDING and not _withdraw(person):
            continue  # on its way this moment, or not settled yet
        claiming.skip(person.campaign_id, person.id, claiming.SUPPRESSED, before=person.state)


def _withdraw(person):
    claimed = (Delivery.recipient == person.id) & (Delivery.state == DeliveryState.CLAIMED)
    return Delivery.delete().where(claimed).execute()
