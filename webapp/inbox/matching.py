"""Whose business a mail is: by what it names, the surest first, and why in words that its page shows.

What it names (References, In-Reply-To), the address that only one recipient's mail had, who sent it and when, and last
the company that it comes from. Headers are enough: the same rules choose what is fetched and where it goes.
"""

from typing import NamedTuple

from webapp.campaigns import plus_addresses
from webapp.campaigns.models import Delivery

from .known import ANSWERING, LATELY, NAMED, REACHED, Clues, Known, company_of, deliveries_named, named, survivor
from .models import Direction, Kind, Rule
from .reading_models import FolderRole
from .texts import is_about, kept

NO_PERSON = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "newsletter")


class Match(NamedTuple):
    """`delivery` is the mail of a campaign that it answers or reports, `thread_id` the thread of another mail that it
    names. `lead_id` may be of a lead in the bin. Sent by us: `direction` is OUT.
    """

    rule: Rule
    why: str
    direction: Direction = Direction.IN
    lead_id: int | None = None
    delivery: Delivery | None = None
    recipient_id: int | None = None
    campaign_id: int | None = None
    thread_id: int | None = None


def clues_of_envelope(envelope):
    """The Clues of a mail whose body was not fetched."""
    return _clues(envelope, envelope.refers_to, envelope.sender, envelope.recipients)


def clues_of(parsed, envelope):
    """The Clues of a mail that was fetched."""
    reached = [email for _, email in (*parsed.recipients, *parsed.cc)]
    reached = (*reached, *parsed.delivered_to, *envelope.recipients)
    return _clues(envelope, parsed.refers_to, parsed.sender[1], reached, parsed.subject)


def _clues(envelope, refers_to, sender, reached, subject=None):
    subject = envelope.subject if subject is None else subject
    return Clues(
        tuple(kept(name, 998) for name in refers_to), kept(sender.lower()),
        tuple(dict.fromkeys(kept(email.lower()) for email in reached)), kept(subject, 998), envelope.received_at,
        envelope.place.role is FolderRole.SENT, envelope.is_list,
    )  # fmt: skip


def match(mailbox, parsed, understood, envelope):
    """The Match of a mail that was fetched, or None."""
    mail = clues_of(parsed, envelope)
    known = Known(mailbox.workspace_id, [mail])
    if is_ours(known, mail):
        found = _outgoing(known, mail)
    elif understood.kind in (Kind.BOUNCE, Kind.COMPLAINT):
        found = about(mailbox.workspace_id, reported(parsed, understood))
    else:
        found = _incoming(known, mail)
    return found and found._replace(lead_id=survivor(found.lead_id))


def match_all(workspace_id, mails):
    """The Match of each of these Clues, None for what is no business of any lead; not of reports (see about()). How
    many queries it takes does not depend on how many they are.
    """
    known = Known(workspace_id, mails)
    return [_outgoing(known, mail) if is_ours(known, mail) else _incoming(known, mail) for mail in mails]


def is_ours(known, mail):
    """Whether somebody of the workspace wrote it: not where a lead has one of our own addresses, to try things out."""
    return mail.from_sent or (known.may_be_ours(mail) and mail.sender not in known.leads)


def _incoming(known, mail):
    return _by_reference(known, mail) or _by_plus(known, mail) or _by_sender(known, mail) or _by_domain(known, mail)


# ------------------------------------------------------------ one rule each


def _by_reference(known, mail):
    for name in mail.named:
        if (delivery := known.deliveries.get(name)) is not None:
            other = "" if delivery.email == mail.sender else f" to {delivery.email}"
            why = f"Matched by its references to our mail{other}."
            found = known.named.get(name)
            return _of(Rule.REFERENCES, why, delivery)._replace(thread_id=found and found.thread_id)
        if (found := known.named.get(name)) is not None:
            return _of_named(Rule.REFERENCES, "Matched by its references to a mail of this thread.", found)
    return None


def _of_named(rule, why, found):
    ids = {"recipient_id": found.recipient_id, "campaign_id": found.campaign_id, "thread_id": found.thread_id}
    return Match(rule, why[:300], lead_id=found.lead_id, **ids)


def _by_plus(known, mail):
    for email in mail.reached[:REACHED]:
        delivery = known.by_recipient.get(plus_addresses.recipient_of(email))
        if delivery is not None:
            return _of(
                Rule.PLUS_ADDRESS, f"Matched by the address for answers that only {delivery.email} got.", delivery
            )
    return None


def _by_sender(known, mail):
    """From a lead, or from an address that we wrote to. Bulk mail counts only from whom we wrote to lately."""
    lead = known.leads.get(mail.sender)
    delivery = known.newest(known.by_email.get(mail.sender, ()), mail, LATELY if mail.is_bulk else ANSWERING)
    if delivery is not None:
        why = f"Matched by its sender, who got “{delivery.subject}” on {delivery.changed_at:%-d %B}."
        match = _of(Rule.SENDER, why, delivery)
        return match._replace(lead_id=lead.id) if lead else match
    if lead is None or mail.is_bulk:
        return None
    return Match(Rule.SENDER, "Matched by its sender, a lead.", lead_id=lead.id)


def _by_domain(known, mail):
    """From somebody else at a company that got a mail lately, unless it goes on with other mails than ours."""
    domain, local = company_of(mail.sender), mail.sender.partition("@")[0]
    delivery = None
    if not mail.is_bulk and local not in NO_PERSON:
        delivery = known.newest(known.by_domain.get(domain, ()), mail, LATELY)
    if delivery is None or (mail.refers_to and not is_about(mail.subject, delivery.subject)):
        return None
    why = f"Matched by its company: {delivery.email} got “{delivery.subject}” on {delivery.changed_at:%-d %B}."
    return _of(Rule.DOMAIN, why, delivery)


def _outgoing(known, mail):
    """Written by us: it belongs to a thread that it goes on with, if it goes to them, or to a lead that it is to."""
    to = [email for email in mail.reached[:REACHED] if email not in known.own or email in known.leads]
    named_before = _by_reference(known, mail)
    if named_before is not None and to:
        there = _partners(known, mail, named_before)
        if not there.isdisjoint({*to, *(company_of(email) for email in to)} - {""}):
            return named_before._replace(direction=Direction.OUT)
    lead = next((known.leads[email] for email in to if email in known.leads), None)
    if lead is None:
        return None
    return Match(Rule.SENDER, "Matched by whom it is to, a lead.", Direction.OUT, lead_id=lead.id)


def _partners(known, mail, match):
    """The addresses and companies outside that a thread is with."""
    emails = {match.delivery.email} if match.delivery else set()
    emails |= {known.named[name].email for name in mail.named if name in known.named}
    return emails | {company_of(email) for email in emails}


def _of(rule, why, delivery):
    ids = {"recipient_id": delivery.recipient_id, "campaign_id": delivery.campaign_id}
    return Match(rule, why[:300], lead_id=delivery.lead_id, delivery=delivery, **ids)


# ----------------------------------------------------------------- reports


def reported(parsed, understood):
    """The Message-IDs that a report may be about: those of the mail that it quotes, then those it answers."""
    reports = [*understood.bounces, *([understood.complaint] if understood.complaint else [])]
    return [*(name for report in reports for name in report.message_ids), *reversed(parsed.refers_to)]


def about(workspace_id, message_ids):
    """The Match of a report (a bounce or a complaint) about one of our mails with these Message-IDs; None without one:
    whatever it says, it is no proof.
    """
    message_ids = [kept(name, 998) for name in message_ids][:NAMED]
    deliveries = deliveries_named(workspace_id, message_ids)
    for name in message_ids:
        if (delivery := deliveries.get(name)) is not None:
            why = f"Matched by the mail it returns, ours to {delivery.email}."
            return _of(Rule.REPORT, why, delivery)
    mails = named(workspace_id, message_ids)
    for name in message_ids:
        if (found := mails.get(name)) is not None and found.direction is Direction.OUT:
            return _of_named(Rule.REPORT, "Matched by the mail it returns, ours in this thread.", found)
    return None
