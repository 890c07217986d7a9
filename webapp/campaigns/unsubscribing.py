"""A person's way out: one click, for good or for three months, in this workspace only; and the way back."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from itsdangerous import BadData

from db import db
from webapp.accounts.models import Workspace
from webapp.core.clock import now
from webapp.core.errors import Conflict, NotFound
from webapp.core.jobs import later
from webapp.leads import timeline
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.mail import suppression
from webapp.mail.models import Suppression, SuppressionReason

from . import claiming, launching, ledger, links, reasons
from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState

log = logging.getLogger("galena.campaigns")


@dataclass(frozen=True)
class WayOut:
    """What the page of a link says: whose mail it is and to which address. A test mail's has no delivery.

    `done`: no mail goes there any more, or none before `until`. `undo` is what takes back the click that led here.
    """

    workspace_name: str
    email: str
    delivery: Delivery | None
    done: bool
    until: datetime | None = None
    undo: str = ""


def way_out(token):
    """The WayOut that a link names. Raises NotFound."""
    recipient_id = links.recipient_of(token)
    if recipient_id == links.TEST:
        return WayOut("", "", None, False)
    delivery = Delivery.select().where(Delivery.recipient == recipient_id).order_by(Delivery.id.desc()).first()
    if delivery is None:
        raise NotFound("This link belongs to a mail that we do not have any more.")
    name = Workspace.get_by_id(delivery.workspace_id).name
    entry = suppression.blocked_by(delivery.workspace_id, delivery.email)
    return WayOut(name, delivery.email, delivery, entry is not None, entry and entry.until)


def unsubscribe(token):
    """Never write to the link's address again; what is queued for it is not sent. May be called any number of times."""
    return _leave(token, SuppressionReason.UNSUBSCRIBED)


def pause(token):
    """The same for three months. Changes nothing for somebody who wants no mail at all."""
    return _leave(token, SuppressionReason.PAUSED)


def _leave(token, reason):
    way = way_out(token)
    if (delivery := way.delivery) is None:
        return way
    campaign = Campaign.get_by_id(delivery.campaign_id)
    with db.atomic():
        before = _entry(delivery)
        if reason is SuppressionReason.PAUSED:
            suppression.pause(delivery.workspace_id, delivery.email, source=campaign.name)
        else:
            suppression.suppress(delivery.workspace_id, delivery.email, reason=reason, source=campaign.name)
        entry = _entry(delivery)
        undo = {"delivery": delivery.id, "was": before, "skipped": _stop_pending(delivery, reasons.SUPPRESSED[reason])}
        if delivery.state is DeliveryState.UNKNOWN:
            _arrived(delivery)
        ledger.settle(campaign.id, campaign.workspace_id)
        undo["marked"] = reason is SuppressionReason.UNSUBSCRIBED and _mark(delivery, campaign)
    changed = entry != before or undo["skipped"] or undo["marked"]
    return replace(way_out(token), undo=links.undo_token({**undo, "now": entry}) if changed else "")


def _entry(delivery):
    """[reason, source, until] of the entry for the address itself, or None."""
    theirs = Suppression.of(delivery.workspace_id).where(Suppression.email == delivery.email.lower())
    entry = theirs.first()
    return entry and [entry.reason.value, entry.source, entry.until and entry.until.isoformat()]


def take_back(token, undo):
    """Undo what unsubscribe() or pause() did, as its page says: the address is as it was, and who waited waits again.

    Raises NotFound for a link of another mail; Conflict once an hour is over, or when somebody changed it since.
    """
    way = way_out(token)
    if way.delivery is None:
        return way
    try:
        done = links.undone(undo)
    except BadData:
        raise Conflict("This page is too old to undo it. Answer the mail and say that you want to hear more.") from None
    if done["delivery"] != way.delivery.id:
        raise NotFound("This page belongs to another mail.")
    with db.atomic():
        if _entry(way.delivery) != done["now"]:
            raise Conflict("This was changed meanwhile. Open the link in the mail again to see how it stands.")
        _put_back(way.delivery, done["was"])
        _wait_again(done["skipped"])
        if done["marked"]:
            _unmark(way.delivery, done["marked"])
    return way_out(token)


def _put_back(delivery, was):
    theirs = (Suppression.workspace == delivery.workspace_id) & (Suppression.email == delivery.email.lower())
    if was is None:
        Suppression.delete().where(theirs).execute()
        return
    reason, source, until = was
    until = until and datetime.fromisoformat(until)
    Suppression.update(reason=SuppressionReason(reason), source=source, until=until).where(theirs).execute()


def _wait_again(recipient_ids):
    """Recipients that were skipped by the click get their turn, unless their campaign was stopped for good."""
    skipped = (Recipient.state == RecipientState.SKIPPED) & Recipient.reason.in_(list(reasons.SUPPRESSED.values()))
    for person in Recipient.select().where(Recipient.id.in_(recipient_ids), skipped):
        waits = {"state": RecipientState.QUEUED, "reason": "", "changed_at": now()}
        if Recipient.update(waits).where(Recipient.id == person.id, skipped).execute():
            ledger.count(person.campaign_id, skipped=-1)
            _go_on(person.campaign_id)


def _go_on(campaign_id):
    again = {"state": CampaignState.SENDING, "finished_at": None}
    ended = (Campaign.id == campaign_id) & (Campaign.state == CampaignState.COMPLETED)
    Campaign.update(again).where(ended).execute()
    later("send_campaign", campaign_id)


def _unmark(delivery, activity_id):
    left = (Recipient.id == delivery.recipient_id) & (Recipient.state == RecipientState.UNSUBSCRIBED)
    if Recipient.update(state=RecipientState.SENT, changed_at=now()).where(left).execute():
        ledger.count(delivery.campaign_id, unsubscribed=-1)
    Activity.delete().where(Activity.id == activity_id, Activity.kind == ActivityKind.UNSUBSCRIBED).execute()


def _arrived(delivery):
    """Who clicks the link has got the mail. A member who said so at the same moment changes nothing."""
    try:
        with db.atomic():
            launching.arrived(delivery)
    except Conflict:
        log.info("delivery %s: somebody decided about it while its reader unsubscribed", delivery.id)


def _mark(delivery, campaign):
    """The recipient counts as unsubscribed if it had got its mail; returns the id of the entry that tells so, or 0."""
    got_it = (Recipient.id == delivery.recipient_id) & (Recipient.state == RecipientState.SENT)
    changes = {"state": RecipientState.UNSUBSCRIBED, "changed_at": now()}
    if not Recipient.update(changes).where(got_it).execute():
        return 0
    ledger.count(campaign.id, unsubscribed=1)
    if not delivery.lead_id:
        return -1  # nobody's timeline
    data = {"campaign_id": campaign.id, "campaign": campaign.name}
    return timeline.record(delivery.workspace_id, delivery.lead_id, ActivityKind.UNSUBSCRIBED, data).id


def _stop_pending(delivery, reason):
    """Recipients with this address that wait, in any campaign, are skipped, and their written-down mails withdrawn;
    returns their ids.
    """
    leads = Lead.select(Lead.id).where(Lead.workspace == delivery.workspace_id, Lead.email == delivery.email)
    waiting = Recipient.of(delivery.workspace_id).where(
        Recipient.lead.in_(leads), Recipient.state.in_([RecipientState.QUEUED, RecipientState.SENDING])
    )
    skipped = []
    for person in waiting:
        if person.state is RecipientState.SENDING and not _withdraw(person):
            continue  # on its way this moment, or not settled yet
        claiming.skip(person.campaign_id, person.id, reason, before=person.state)
        skipped.append(person.id)
    return skipped


def _withdraw(person):
    claimed = (Delivery.recipient == person.id) & (Delivery.state == DeliveryState.CLAIMED)
    return Delivery.delete().where(claimed).execute()
