"""Starting, pausing and resuming a campaign."""

from peewee import Case

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later

from . import audience, drafts, ledger
from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState, Step
from .recipients import write_down


def start(campaign, *, actor):
    """Write down the recipients and begin to send. Raises Invalid when it cannot be sent; Conflict when it started.

    Of a double click or two tabs, one starts it.
    """
    step = Step.get(Step.campaign == campaign.id, Step.position == 1)
    drafts.check(campaign, step)
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
        if recipients == skipped:
            raise Invalid(_nobody(recipients), "audience")
        ledger.count(campaign.id, recipients=recipients, skipped=skipped)
        later("send_campaign", campaign.id)


def _nobody(recipients):
    if not recipients:
        return "Nobody is in this audience. Choose another stage or search."
    return "Nobody in this audience can be written to: they have no address, or asked not to be written to."


def pause(campaign, *, actor):
    """Stop sending after the mail that is on its way. Raises Conflict when it is not sending."""
    if not _stop(campaign.id, f"Paused by {actor.full_name}."):
        raise Conflict(f"{campaign.name} is not sending any more.")


def _stop(campaign_id, reason, *conditions):
    return (
        Campaign.update(state=CampaignState.PAUSED, pause_reason=reason[:500], updated_at=now())
        .where(Campaign.id == campaign_id, Campaign.state == CampaignState.SENDING, *conditions)
        .execute()
    )


def pause_all(workspace_id, reason):
    """Stop all sending in the workspace after the mails that are on their way."""
    sending = (Campaign.workspace == workspace_id) & (Campaign.state == CampaignState.SENDING)
    Campaign.update(state=CampaignState.PAUSED, pause_reason=reason[:500], updated_at=now()).where(sending).execute()


def halt(lease, reason):
    """Galena itself pauses the campaign it is sending, for a reason a person has to look at."""
    _stop(lease.campaign_id, reason, Campaign.lease_token == lease.token)


def resume(campaign):
    """Go on sending. Raises Conflict when it is not paused."""
    with db.atomic():
        _go_on(campaign, CampaignState.PAUSED, f"{campaign.name} is not paused any more.")


def _go_on(campaign, state, refusal):
    resumed = (
        Campaign.update(
            state=CampaignState.SENDING, pause_reason="", finished_at=None, updated_at=now(),
            lease_until=Case(None, [(Campaign.lease_token == "", None)], Campaign.lease_until),  # parked: not any more
        )
        .where(Campaign.id == campaign.id, Campaign.state == state)
        .execute()
    )  # fmt: skip
    if resumed != 1:
        raise Conflict(refusal)
    later("send_campaign", campaign.id)


def arrived(delivery):
    """A person knows that an unknown mail arrived: it counts as sent. Raises Conflict when it is not unknown."""
    with db.atomic():
        _resolve(delivery, state=DeliveryState.ACCEPTED)
        ledger.settle(delivery.campaign_id, delivery.workspace_id)


def send_again(delivery):
    """A person wants an unknown mail sent once more, the same bytes under the same Message-ID. Raises Conflict."""
    with db.atomic():
        _resolve(delivery, state=DeliveryState.CLAIMED, due_at=now())
        campaign = Campaign.get_by_id(delivery.campaign_id)
        if campaign.state is CampaignState.COMPLETED:
            _go_on(campaign, CampaignState.COMPLETED, "Somebody else just changed this campaign. Try again.")
        elif campaign.state is CampaignState.SENDING:
            later("send_campaign", campaign.id)


def _resolve(delivery, **changes):
    moved = (
        Delivery.update(changed_at=now(), error="", **changes)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.UNKNOWN)
        .execute()
    )
    waiting = (Recipient.id == delivery.recipient_id) & (Recipient.state == RecipientState.UNKNOWN)
    if moved != 1 or Recipient.update(state=RecipientState.SENDING, changed_at=now()).where(waiting).execute() != 1:
        raise Conflict("Somebody already decided about this mail.")
    ledger.count(delivery.campaign_id, unknown=-1)
