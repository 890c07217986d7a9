"""A person's way out: one click, for good or for three months, in this workspace only; and the way back."""

from dataclasses import dataclass, replace
from datetime import datetime

from itsdangerous import BadData

from db import db
from webapp.accounts.models import Workspace
from webapp.core.errors import Conflict, NotFound
from webapp.leads import timeline
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.mail import suppression
from webapp.mail.models import Suppression, SuppressionReason

from . import launching, ledger, links, reasons, stopping
from .models import Campaign, CampaignState, Delivery, Recipient, RecipientState


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
    with db.atomic():
        before = _entry(delivery)
        ended, told = leave(delivery, reason)
        entry = _entry(delivery)
    if entry == before and not ended:
        return way_out(token)
    undo = {"delivery": delivery.id, "was": before, "now": entry, "ended": ended, "told": told}
    return replace(way_out(token), undo=links.undo_token(undo))


def leave(delivery, reason):
    """Whoever got this mail wants no more (`reason`, a SuppressionReason), as its link, their words or a complaint say:
    the address is suppressed and its sequences end, in other campaigns, too. May be called any number of times.

    Returns (those whose sequence ended, as [recipient id, state before, state after], the id of the entry on the lead's
    timeline or 0).
    """
    campaign = Campaign.get_by_id(delivery.campaign_id)
    with db.atomic():
        if reason is SuppressionReason.PAUSED:
            suppression.pause(delivery.workspace_id, delivery.email, source=campaign.name)
        else:
            suppression.suppress(delivery.workspace_id, delivery.email, reason=reason, source=campaign.name)
        ended = _end_others(delivery, reasons.SUPPRESSED[reason])
        launching.has_arrived(delivery)
        ended += _end_own(delivery, reason)
        told = _tell(delivery, campaign) if ended and ended[-1][2] == RecipientState.UNSUBSCRIBED else 0
    return ended, told


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
        for person in done["ended"]:
            _go_on(*person)
        Activity.delete().where(Activity.id == done["told"], Activity.kind == ActivityKind.UNSUBSCRIBED).execute()
    return way_out(token)


def _put_back(delivery, was):
    theirs = (Suppression.workspace == delivery.workspace_id) & (Suppression.email == delivery.email.lower())
    if was is None:
        Suppression.delete().where(theirs).execute()
        return
    reason, source, until = was
    until = until and datetime.fromisoformat(until)
    Suppression.update(reason=SuppressionReason(reason), source=source, until=until).where(theirs).execute()


def _go_on(recipient_id, before, after):
    """A recipient whose sequence the click ended is where they were; a mail that was withdrawn is made anew."""
    person = Recipient.get_by_id(recipient_id)
    before = RecipientState.QUEUED if before == RecipientState.SENDING else RecipientState(before)
    back = ledger.move(person.campaign_id, [person.id], RecipientState(after), before, reason="")
    if back and before is RecipientState.QUEUED:
        again = {"state": CampaignState.SENDING, "finished_at": None}
        ended = (Campaign.id == person.campaign_id) & (Campaign.state == CampaignState.COMPLETED)
        Campaign.update(again).where(ended).execute()
        launching.wake(Campaign.get_by_id(person.campaign_id))


def _end_own(delivery, reason):
    """The sequence of whoever got this mail ends: [[recipient id, state before, state after]], or [].

    One who answered stays as one who did.
    """
    person = Recipient.get_by_id(delivery.recipient_id)
    if person.reached_at is None or person.state in (RecipientState.UNSUBSCRIBED, RecipientState.REPLIED):
        return []
    if reason is SuppressionReason.UNSUBSCRIBED:
        return _end(person, RecipientState.UNSUBSCRIBED)
    return _end(person, RecipientState.STOPPED, reasons.SUPPRESSED[reason]) if person.state in stopping.WAITS else []


def _end_others(delivery, reason):
    """The same for other recipients with this address that wait, in any campaign; written-down mails are withdrawn."""
    leads = Lead.select(Lead.id).where(Lead.workspace == delivery.workspace_id, Lead.email == delivery.email)
    waiting = Recipient.of(delivery.workspace_id).where(
        Recipient.lead.in_(leads), Recipient.state.in_(stopping.WAITS), Recipient.id != delivery.recipient_id
    )
    ended = []
    for person in waiting.order_by(Recipient.campaign):
        after = RecipientState.SKIPPED if person.reached_at is None else RecipientState.STOPPED
        ended += _end(person, after, reason)
    return ended


def _end(person, after, reason=""):
    moved = ledger.end(person.campaign_id, [(person.id, person.state)], after, reason)
    return [[person.id, person.state.value, after.value]] if moved else []


def _tell(delivery, campaign):
    """The id of the entry on the lead's timeline, or 0 without a lead."""
    if not delivery.lead_id:
        return 0
    data = {"campaign_id": campaign.id, "campaign": campaign.name}
    return timeline.record(delivery.workspace_id, delivery.lead_id, ActivityKind.UNSUBSCRIBED, data).id
