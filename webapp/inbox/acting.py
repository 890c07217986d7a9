"""What a mail does by itself: sequences end or wait, addresses are suppressed, the lead moves, somebody is told.

All of it is one transaction with the mail's row: either nothing happened yet, or all of it once. Whoever takes several
locks takes them in this order: mailbox, suppression, campaigns by id, recipients, lead; end_sequences() comes first
therefore, then the thread (keeping.py), then tell().
"""

from webapp.campaigns import launching, ledger, sequencing, stopping, unsubscribing
from webapp.campaigns.models import Campaign, Recipient
from webapp.core.jobs import later
from webapp.core.prepared import Prepared, instance
from webapp.core.rows import by_id
from webapp.leads import timeline
from webapp.leads.models import ActivityKind, Stage
from webapp.leads.pipeline import mark_contacted, mark_replied
from webapp.mail import health, suppression
from webapp.mail.models import SuppressionReason

from . import assigning, believing, model_labels
from .known import SKEW
from .models import Kind, Label, Rule
from .parsed import BounceClass
from .texts import beginning

# ---------------------------------------------------------------- sequences


def end_sequences(mail):
    """What this Arrival means for the sequences of its lead, and for the suppression list."""
    if mail.is_ours:
        return
    said = mail.understood
    if mail.kind is Kind.BOUNCE:
        _bounced(mail)
    elif mail.kind is Kind.COMPLAINT:
        _complained(mail)
    elif mail.kind is Kind.AUTO_REPLY:
        _is_away(mail, said.auto_reply)
    elif said.wants_out:
        _wants_out(mail)
    else:
        _replied(mail)


def _bounced(mail):
    if (believed := believing.bounce_of(mail)) is None:
        return
    (address, bounce), delivery = believed, mail.match.delivery
    if bounce.bounce_class is BounceClass.BLOCKED and delivery is not None:
        health.turned_away(delivery.mailbox_id, f"A mail came back: {bounce.said or bounce.cause}")
    if bounce.bounce_class is BounceClass.HARD:
        why = {"reason": SuppressionReason.BOUNCED, "source": bounce.cause}
        suppression.suppress(mail.mailbox.workspace_id, address, **why)
    if delivery is not None:
        launching.has_arrived(delivery)
        if bounce.bounce_class is BounceClass.HARD:
            stopping.bounced(_recipient(delivery), bounce.cause)


def _complained(mail):
    address, delivery = believing.address_complained(mail), mail.match.delivery
    if address is None:
        return
    reason = SuppressionReason.COMPLAINED
    suppression.suppress(mail.mailbox.workspace_id, address, reason=reason, source="A spam report")
    if delivery is not None:
        unsubscribing.leave(delivery, reason)


def _is_away(mail, reply):
    people = _hold(mail)
    if mail.match.delivery is not None:
        launching.has_arrived(mail.match.delivery)
    for person in people if reply and reply.until else ():
        sequencing.postpone_until(person, reply.until)


def _wants_out(mail):
    """As the link in the mail does it, for whom the mail was to and for who asks. Whoever only has an address at the
    same company ends the sequence, as any answer from there does, and speaks for nobody else.
    """
    sender, delivery = mail.parsed.sender[1].lower(), mail.match.delivery
    asked = SuppressionReason.UNSUBSCRIBED
    if sender:
        suppression.suppress(mail.mailbox.workspace_id, sender, reason=asked, source="Asked for in a mail")
    if mail.match.rule is Rule.DOMAIN:
        _replied(mail)
    elif delivery is not None:
        unsubscribing.leave(delivery, asked)


def _replied(mail):
    """The sequence that it answers ends, and any other that has reached this lead and ends with a reply."""
    delivery, people = mail.match.delivery, _hold(mail)
    if delivery is not None:
        launching.has_arrived(delivery)
    for person in people:
        reached_at = by_id(Recipient, person.id).reached_at
        before = reached_at is not None and reached_at <= mail.moment + SKEW
        other = before and person.campaign.stop_on_reply and mail.match.rule is not Rule.DOMAIN
        if other or person.id == mail.match.recipient_id:
            stopping.replied(person, moment=max(mail.moment, reached_at or mail.moment))


def _hold(mail):
    """The Recipients whom a mail may concern: the one that it answers, and the same lead where it waits for steps.
    Their campaigns are held, in the order in which everybody takes them.
    """
    lead_id, recipient_id = mail.match.lead_id, mail.match.recipient_id
    about = {"recipient": recipient_id or 0, "lead": lead_id or 0}
    people = [instance(Recipient, row) for row in _concerned(workspace=mail.mailbox.workspace_id, **about)]
    campaigns = {campaign_id: by_id(Campaign, campaign_id) for campaign_id in {row.campaign_id for row in people}}
    for person in people:
        person.campaign = campaigns[person.campaign_id]
    for campaign_id in sorted(campaigns):
        ledger.hold(campaign_id)
    return people


@Prepared
def _concerned(*, workspace, recipient, lead):
    waits = (Recipient.lead == lead) & Recipient.state.in_(stopping.WAITS)
    rows = Recipient.select(*Recipient._meta.sorted_fields).where(Recipient.workspace == workspace)
    return rows.where((Recipient.id == recipient) | waits).order_by(Recipient.campaign, Recipient.id)


def _recipient(delivery):
    return Recipient.get_by_id(delivery.recipient_id)


# ------------------------------------------------------ the lead, the people


def tell(mail, kept):
    """The lead moves, its timeline says so, and whoever is to answer knows. `kept` is what keeping.keep() gave."""
    thread, lead = kept.thread, kept.lead
    waits = mail.is_reply and not mail.understood.wants_out
    if waits and kept.is_last and mail.is_news:
        assigning.ask_to_answer(thread, lead)
        assigning.tell(thread, kept.message, mail)
        if thread.label is Label.NONE and model_labels.is_on(thread.workspace_id):
            later("label_thread", kept.message.id)
    if mail.is_ours and kept.is_last:
        assigning.answered(thread, user_id=mail.mailbox.user_id)
    if lead is not None:
        _move(mail, lead, waits)
    if lead is not None and believing.is_believed(mail):
        _record(mail, kept)


def _move(mail, lead, waits):
    """By itself, and never backwards in time: a mail from before the lead was contacted is no answer to that."""
    if mail.is_ours:
        mark_contacted(lead.workspace_id, [lead.id], moment=max(mail.moment, lead.touched_at))
    elif waits and (
        mail.match.delivery is not None or lead.stage is Stage.NEW or lead.stage_changed_at <= mail.moment + SKEW
    ):
        mark_replied(lead.workspace_id, lead.id, moment=mail.moment)


def _record(mail, kept):
    message = kept.message
    kind = ActivityKind.ANSWERED if mail.is_ours else ActivityKind.RECEIVED
    said = {"thread_id": kept.thread.id, "message_id": message.id, "subject": message.subject}
    said |= {"text": beginning(message.fresh or message.text), "kind": message.kind.value}
    said |= {"name": message.sender_name or message.sender_email} if mail.is_reply else {}
    moment, actor_id = min(message.received_at, mail.moment), message.actor_id
    timeline.record(message.workspace_id, mail.match.lead_id, kind, said, actor_id=actor_id, moment=moment)
