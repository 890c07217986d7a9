"""From a queued recipient to a written-down delivery, or to the reason why there is none."""

from db import db
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.leads.models import Lead
from webapp.mail import merge_fields, merging, suppression
from webapp.mail.rendering import Message

from . import ledger
from .links import unsubscribe_url
from .models import Campaign, Delivery, DeliveryState, Recipient, RecipientState, Step

SUPPRESSED = "Asked not to be written to"
NO_ADDRESS = "No e-mail address"
DELETED = "The lead was deleted"
_DELIVERY = (
    "INSERT INTO delivery (workspace_id, campaign_id, recipient_id, step_id, lead_id, email, message_id, subject, "
    "state, attempts, error, due_at, created_at, changed_at) "
    "SELECT ?, ?, r.id, ?, ?, ?, ?, ?, 'claimed', 0, '', ?, ?, ? FROM recipient r "
    "WHERE r.id = ? AND r.state = 'sending'"
)
_CONTENT = "INSERT INTO content (delivery_id, raw) SELECT id, ? FROM delivery WHERE message_id = ?"
_TAKEN = "UPDATE recipient SET state = 'sending', changed_at = ? WHERE id = ? AND state = 'queued'"
_PERSON = (Recipient.id.alias("recipient_id"), Lead.id.alias("lead_id"), Lead.deleted_at)
_LEAD = tuple(getattr(Lead, name) for name in merging.FIELDS if name != "full_name")


class Claims:
    """Claims for one campaign under one lease: what is the same for every recipient is made once."""

    def __init__(self, lease):
        self.lease = lease
        campaign = Campaign.get_by_id(lease.campaign_id)
        self.step = Step.get(Step.campaign == campaign, Step.position == 1)
        self.known = merge_fields.known(campaign.workspace_id)
        self.message = message_of(campaign, self.step, self.known)

    def take(self, size):
        """Write down up to `size` mails to recipients that wait; returns how many recipients were looked at.

        Raises LeaseLost, with nothing written, when the campaign is not ours any more.
        """
        query = (
            Recipient.select(*_PERSON, *_LEAD)
            .join(Lead, "LEFT OUTER JOIN")
            .where(Recipient.campaign == self.lease.campaign_id, Recipient.state == RecipientState.QUEUED)
        )
        people = list(query.order_by(Recipient.id).limit(size).namedtuples())
        more = self.known.texts([one.lead_id for one in people], self.message.custom)
        mails, left_out = [], []
        for person in people:
            reason, mail = self._written_to(person, more.get(person.lead_id))
            (left_out.append((person.recipient_id, reason)) if mail is None else mails.append((person, mail)))
        if people:
            with db.atomic():
                ledger.write(self.lease, [])  # the fence
                self._insert(mails)
                for recipient_id, reason in left_out:
                    skip(self.lease.campaign_id, recipient_id, reason, before=RecipientState.QUEUED)
        return len(people)

    def _written_to(self, person, more):
        if person.lead_id is None or person.deleted_at is not None:
            return DELETED, None
        if not person.email:
            return NO_ADDRESS, None
        try:
            return "", self.message.to(person, unsubscribe_url(person.recipient_id), more)
        except Invalid as error:
            return str(error), None

    def _insert(self, mails):
        """Whoever was taken out of the campaign meanwhile gets none."""
        moment = ledger.db_time(now())
        lease = self.lease
        cursor = db.obj.cursor()
        rows = [
            (lease.workspace_id, lease.campaign_id, self.step.id, person.lead_id, mail.email,
             mail.message_id, mail.subject, moment, moment, moment, person.recipient_id)
            for person, mail in mails
        ]  # fmt: skip
        cursor.executemany(_TAKEN.replace("?", db.obj.param), [(moment, person.recipient_id) for person, _ in mails])
        cursor.executemany(_DELIVERY.replace("?", db.obj.param), rows)
        cursor.executemany(_CONTENT.replace("?", db.obj.param), [(mail.raw, mail.message_id) for _, mail in mails])


def message_of(campaign, step, known):
    """The Message of one step, with the merge tags that are `known` (a merge_fields.Known). Raises Invalid when it
    cannot be sent to anybody.
    """
    return Message(
        sender_name=campaign.sender_name,
        reply_to=campaign.reply_to,
        subject=step.subject,
        body=step.body,
        workspace_name=step.workspace.name,
        postal_address=step.workspace.postal_address,
        fields=known,
    )


def withdraw(lease, delivery):
    """A claimed delivery may not leave: take it back if it is still ours, and say why at its recipient."""
    with db.atomic():
        gone = Delivery.delete().where(Delivery.id == delivery.id, Delivery.state == DeliveryState.CLAIMED).execute()
        if gone:
            suppressed = suppression.is_suppressed(lease.workspace_id, delivery.email)
            skip(lease.campaign_id, delivery.recipient_id, SUPPRESSED if suppressed else DELETED)


def skip(campaign_id, recipient_id, reason, *, before=RecipientState.SENDING):
    """The recipient is not written to, for `reason`. In the caller's transaction."""
    changes = {"state": RecipientState.SKIPPED, "reason": reason[:500], "changed_at": now()}
    if Recipient.update(changes).where(Recipient.id == recipient_id, Recipient.state == before).execute():
        ledger.count(campaign_id, skipped=1)
