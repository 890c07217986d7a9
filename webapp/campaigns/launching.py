"""Starting, pausing, resuming and stopping a campaign."""

import logging

from peewee import Case

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later
from webapp.core.prepared import PreparedWrite
from webapp.core.rows import by_id
from webapp.mail.mailbox_models import Mailbox, MailboxState

from . import audience, drafts, leases, ledger, settling, zoning
from .events import tell
from .lines import bound_mailboxes, mailboxes_by_campaign, mailboxes_of
from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState
from .recipients import write_down

log = logging.getLogger("galena.campaigns")


def start(campaign, *, actor):
    """Write down the recipients and begin to send. Raises Invalid when it cannot be sent; Conflict when it started.

    Of a double click or two tabs, one starts it.
    """
    drafts.check(campaign)
    campaign.audience = audience.resolved(actor, campaign.audience)
    with db.atomic():
        moment = now()
        started = (
            Campaign.update(
                state=CampaignState.SENDING,
                started_at=moment,
                updated_at=moment,
                actor=actor.user_id,
                audience=campaign.audience,
            )
            .where(Campaign.id == campaign.id, Campaign.state == CampaignState.DRAFT)
            .execute()
        )
        if started != 1:
            raise Conflict(f"{campaign.name} was already started.")
        recipients, skipped = write_down(campaign, actor, moment)
        zoning.put_zones(campaign)
        if recipients == skipped and not campaign.keeps_adding:
            raise Invalid(_nobody(recipients), "audience")
        ledger.count(campaign.id, recipients=recipients, skipped=skipped)
        tell(campaign.id, "started", actor=actor, recipients=recipients, skipped=skipped)
        wake(campaign)


def _nobody(recipients):
    if not recipients:
        return "Nobody is in this audience. Choose another stage or search."
    return "Nobody in this audience can be written to: they have no address, or asked not to be written to."


def wake(campaign):
    """Let the mailboxes of a campaign look for what there is to send, and its manual steps for what is due."""
    leases.wake(mailboxes_of(campaign))
    later("take_manual_steps", campaign.id)


# ---------------------------------------------------------- pause and resume


def pause(campaign, *, actor):
    """Stop sending after the mail that is on its way. Raises Conflict when it is not sending."""
    with db.atomic():
        if not _pause(campaign.id, f"Paused by {actor.full_name}."):
            raise Conflict(f"{campaign.name} is not sending any more.")
        tell(campaign.id, "paused", actor=actor)


def _pause(campaign_id, reason):
    sends = (Campaign.id == campaign_id) & (Campaign.state == CampaignState.SENDING)
    changes = {"state": CampaignState.PAUSED, "pause_reason": reason[:500], "updated_at": now()}
    return Campaign.update(changes).where(sends).execute()


def pause_all(workspace_id, reason):
    """Stop all sending in the workspace after the mails that are on their way."""
    sending = (Campaign.workspace == workspace_id) & (Campaign.state == CampaignState.SENDING)
    Campaign.update(state=CampaignState.PAUSED, pause_reason=reason[:500], updated_at=now()).where(sending).execute()


def halt_campaign(campaign_id, reason):
    """Galena itself pauses a campaign, for a reason a person has to look at."""
    with db.atomic():
        if _pause(campaign_id, reason):
            tell(campaign_id, "paused", reason=reason)


def halt(lease, reason):
    """Galena itself pauses the mailbox it sends through, and the campaigns that have no other to send through."""
    reason, moment = reason[:500], now()
    changes = {"state": MailboxState.PAUSED, "pause_reason": reason, "last_error": reason, "last_error_at": moment}
    ours = (Mailbox.id == lease.mailbox_id) & (Mailbox.lease_token == lease.token)
    with db.atomic():
        if not Mailbox.update(changes).where(ours, Mailbox.state == MailboxState.ACTIVE).execute():
            return
        for campaign in Campaign.of(lease.workspace_id).where(Campaign.state == CampaignState.SENDING):
            needed = mailboxes_by_campaign(lease.workspace_id, [campaign.id])[campaign.id]
            if lease.mailbox_id not in needed and lease.mailbox_id not in bound_mailboxes(campaign):
                continue
            tell(campaign.id, "mailbox_paused", mailbox=lease.mailbox_id, reason=reason)
            active = Mailbox.select().where(Mailbox.id.in_(needed), Mailbox.state == MailboxState.ACTIVE)
            if not active.exists():
                _pause(campaign.id, reason)


def resume(campaign, *, actor=None):
    """Go on sending, also through its mailboxes that Galena had paused when none other is left. Raises Conflict when
    it is not paused, Invalid when persons have paused all its mailboxes.
    """
    with db.atomic():
        _go_on(campaign, CampaignState.PAUSED, f"{campaign.name} is not paused any more.")
        _revive(mailboxes_by_campaign(campaign.workspace_id, [campaign.id])[campaign.id])
        tell(campaign.id, "resumed", actor=actor)


def _revive(mailbox_ids):
    active = Mailbox.id.in_(mailbox_ids) & (Mailbox.state == MailboxState.ACTIVE)
    if Mailbox.select().where(active).exists():
        return
    by_us = (Mailbox.state == MailboxState.PAUSED) & (Mailbox.pause_reason == Mailbox.last_error)
    again = {"state": MailboxState.ACTIVE, "pause_reason": "", "refusals": 0, "lease_until": _unparked()}
    if not Mailbox.update(again).where(Mailbox.id.in_(mailbox_ids), by_us).execute():
        raise Invalid("All mailboxes of this campaign are paused. Resume one of them first, under Settings, Mailboxes.")


def _unparked():
    return Case(None, [(Mailbox.lease_token == "", None)], Mailbox.lease_until)


def _go_on(campaign, state, refusal):
    changes = {"state": CampaignState.SENDING, "pause_reason": "", "finished_at": None, "updated_at": now()}
    if Campaign.update(changes).where(Campaign.id == campaign.id, Campaign.state == state).execute() != 1:
        raise Conflict(refusal)
    wake(campaign)


def go_on(campaign):
    """One that had completed sends again, because somebody is to be written to; wakes one that sends."""
    if campaign.state is CampaignState.COMPLETED:
        _go_on(campaign, CampaignState.COMPLETED, "Somebody else just changed this campaign. Try again.")
    elif campaign.state is CampaignState.SENDING:
        wake(campaign)


def stop(campaign, *, actor):
    """End a campaign for good: who waits gets nothing more. Raises Conflict when it is not sending or paused."""
    ended = {"state": CampaignState.STOPPED, "pause_reason": "", "finished_at": now(), "next_send_at": None}
    runs = Campaign.state.in_((CampaignState.SENDING, CampaignState.PAUSED))
    with db.atomic():
        if Campaign.update(ended, updated_at=now()).where(Campaign.id == campaign.id, runs).execute() != 1:
            raise Conflict(f"{campaign.name} is not running any more.")
        for state in (RecipientState.QUEUED, RecipientState.SENDING, RecipientState.PAUSED):
            waits = Recipient.select(Recipient.id).where(Recipient.campaign == campaign.id, Recipient.state == state)
            people = [(recipient_id, state) for (recipient_id,) in waits.tuples()]
            ledger.end(campaign.id, people, RecipientState.STOPPED, settling.CUT_SHORT)
        tell(campaign.id, "stopped", actor=actor)


# ------------------------------------------------------------- unknown mails


def arrived(delivery):
    """A person knows that an unknown mail arrived: it counts as sent. Raises Conflict when it is not unknown."""
    with db.atomic():
        _resolve(delivery, state=DeliveryState.ACCEPTED)
        settling.settle_recipient(delivery.recipient_id)
        campaign = Campaign.get_by_id(delivery.campaign_id)
        if Recipient.get_by_id(delivery.recipient_id).state is RecipientState.QUEUED:  # there are steps to come
            go_on(campaign)


def has_arrived(delivery):
    """Somebody answered this mail, or a server reports on it: it arrived, whatever we knew of it, and what follows from
    that is settled. May be called any number of times. Its sender's own word, should it come late, changes nothing.
    """
    with db.atomic():
        ledger.hold(delivery.campaign_id)
        _accept(delivery=delivery.id)
        if by_id(Delivery, delivery.id).state is DeliveryState.UNKNOWN:
            _resolve_unknown(delivery)
        settling.settle_recipient(delivery.recipient_id)


@PreparedWrite
def _accept(*, delivery):
    accepted = {"state": DeliveryState.ACCEPTED, "attempts": Delivery.attempts + 1}
    return Delivery.update(accepted).where(Delivery.id == delivery, Delivery.state == DeliveryState.SENDING)


def _resolve_unknown(delivery):
    """A member who decided about it at the same moment changes nothing."""
    try:
        with db.atomic():
            arrived(delivery)
    except Conflict:
        log.info("delivery %s: somebody decided about it while it turned out to have arrived", delivery.id)


def send_again(delivery):
    """A person wants an unknown mail sent once more, the same bytes under the same Message-ID. Raises Conflict."""
    with db.atomic():
        _resolve(delivery, state=DeliveryState.CLAIMED, due_at=now())
        go_on(Campaign.get_by_id(delivery.campaign_id))


def _resolve(delivery, **changes):
    ledger.hold(delivery.campaign_id)
    moved = (
        Delivery.update(changed_at=now(), error="", **changes)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.UNKNOWN)
        .execute()
    )
    before, after = RecipientState.UNKNOWN, RecipientState.SENDING
    if moved != 1 or not ledger.move(delivery.campaign_id, [delivery.recipient_id], before, after):
        raise Conflict("Somebody already decided about this mail.")


# ------------------------------------------------------------------- sweeps


def requeue_stalled():
    """Wake every mailbox that should be sending and that nobody holds any more."""
    overdue = set()
    sending = list(Campaign.select().where(Campaign.state == CampaignState.SENDING))
    for campaign in sending:
        for recipient_id in _free_orphans(campaign.id):
            settling.settle_recipient(recipient_id)
        settling.complete(campaign.id)
        overdue.update(mailboxes_of(campaign))
    for mailbox in Mailbox.select().where(Mailbox.id.in_(sorted(overdue)), Mailbox.state == MailboxState.ACTIVE):
        if leases.is_overdue(mailbox):
            later("send_mail", mailbox.id)


def _free_orphans(campaign_id):
    """What was written down for a mailbox that was deleted is withdrawn, for another to write anew; what was on its way
    is unknown. Returns the ids of its recipients, to be settled.
    """
    unknown = []
    nobodys = (Delivery.campaign == campaign_id) & Delivery.mailbox.is_null() & (Delivery.provider != "")
    pending = Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING))
    for delivery in list(Delivery.select(Delivery.id, Delivery.recipient, Delivery.state).where(nobodys, pending)):
        with db.atomic():
            ledger.hold(campaign_id)
            if delivery.state is DeliveryState.SENDING:
                lost = {"state": DeliveryState.UNKNOWN, "error": ledger.STOPPED, "changed_at": now()}
                Delivery.update(lost).where(Delivery.id == delivery.id, Delivery.state == delivery.state).execute()
                unknown.append(delivery.recipient_id)
            elif ledger.withdraw([delivery.recipient_id]):
                ledger.move(campaign_id, [delivery.recipient_id], RecipientState.SENDING, RecipientState.QUEUED)
    return unknown
