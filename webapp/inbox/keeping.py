"""A mail that came as a row of a thread: the one that it goes on with, or a new one.

Whoever keeps a mail holds its lead's row, else its campaign's: of two mails at once to one lead the second finds the
thread that the first made.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from webapp.campaigns.models import Content, Delivery, DeliveryState
from webapp.core.clock import stamp
from webapp.core.prepared import Prepared, PreparedWrite, instance
from webapp.core.rows import by_id, create
from webapp.core.text import fold
from webapp.leads.holding import hold
from webapp.leads.models import Lead

from . import assigning, believing, parsing
from .known import LEFT, named
from .models import Direction, Kind, Label, LabelledBy, Rule, Thread, ThreadMessage, ThreadState
from .texts import all_kept, beginning, is_about, kept, key_of

LONGEST = 200_000  # letters of a mail that are kept
SEARCHED = 20_000  # of which so many are found by a search
PEOPLE = 200  # of To and Cc
GOES_ON = timedelta(days=180)  # how old a thread may be that a mail joins by its subject alone
LOOKED_AT = 20  # threads of a lead
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
UNBELIEVED = "A report that does not name whom our mail was to. Nothing follows from it."
_SURE = (Rule.REFERENCES, Rule.PLUS_ADDRESS, Rule.REPORT)
_WISHES = (Label.UNSUBSCRIBE, Label.COMPLAINT)


class Kept(NamedTuple):
    """`thread` as it is with this mail, and its lead or None. `is_last`: nobody has the last word after it: of a mail
    from outside, no other came later and none of ours answers it.
    """

    thread: Thread
    message: ThreadMessage
    lead: Lead | None
    is_last: bool


def find(workspace_id, message_id):
    """The ThreadMessage with this Message-ID, or None."""
    row = _find.one(workspace=workspace_id, key=key_of(message_id))
    return row and instance(ThreadMessage, row)


@Prepared
def _find(*, workspace, key):
    rows = ThreadMessage.select(*ThreadMessage._meta.sorted_fields)
    return rows.where(ThreadMessage.workspace == workspace, ThreadMessage.message_key == key)


def keep(mail):
    """Keep this Arrival; returns what became of it as Kept. In the caller's transaction, which has to be rolled back
    when another worker was quicker: that raises IntegrityError.
    """
    match, lead = mail.match, None
    if match.lead_id:
        hold([match.lead_id])
        lead = by_id(Lead, match.lead_id)
    thread = _thread_of(mail) or _new_thread(mail, lead)
    message, is_last = _insert(thread, mail), _is_last(thread, mail)
    more = 1 + (_keep_ours(thread, mail) if match.delivery is not None else 0)
    _tell_thread(thread, mail, lead, is_last, more)
    return Kept(by_id(Thread, thread.id), message, lead, is_last)


# ------------------------------------------------------------------ threads


def _thread_of(mail):
    """The thread that a mail goes on with: the one it names, that of the campaign mail it answers, else one with the
    same lead and subject.
    """
    match = mail.match
    if match.thread_id:
        return by_id(Thread, match.thread_id)
    if match.recipient_id:
        row = _newest.one("recipient", recipient=match.recipient_id)
        thread = row and instance(Thread, row)
        if thread and (match.rule in _SURE or is_about(mail.parsed.subject, thread.subject)):
            return thread
    if match.rule in _SURE or not match.lead_id:
        return None
    found = _newest("lead", lead=match.lead_id, since=stamp(mail.moment - GOES_ON))
    return next((instance(Thread, row) for row in found if is_about(mail.parsed.subject, row.subject)), None)


@Prepared
def _newest(_of, *, recipient=None, lead=None, since=None):
    """The threads of a recipient, or lately of a lead, the newest first."""
    theirs = (Thread.recipient == recipient) if lead is None else (Thread.lead == lead) & (Thread.last_at > since)
    rows = Thread.select(*Thread._meta.sorted_fields).where(theirs)
    return rows.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(LOOKED_AT)


def _new_thread(mail, lead):
    match, (name, email) = mail.match, partner_of(mail, lead)
    ours = match.delivery.subject if match.delivery and not mail.is_reply else ""  # "Undeliverable" says nothing
    return create(
        Thread, workspace=mail.mailbox.workspace_id, lead=match.lead_id, mailbox=mail.mailbox.id,
        campaign=match.campaign_id, recipient=match.recipient_id, email=kept(email),
        name=kept(name or (lead.full_name if lead else "")), subject=kept(ours or mail.parsed.subject, 998),
        last_at=mail.moment, state=ThreadState.DONE if mail.is_ours else ThreadState.OPEN,
    )  # fmt: skip


def partner_of(mail, lead):
    """(name, address) of whom outside a mail is with: of a report, whom our mail was to."""
    parsed, match = mail.parsed, mail.match
    if mail.is_ours:
        people = [*parsed.recipients, *parsed.cc]
        theirs = next((one for one in people if lead and one[1] == lead.email), None)
        return theirs or (people[0] if people else ("", ""))
    if mail.kind in (Kind.BOUNCE, Kind.COMPLAINT):
        return "", match.delivery.email if match.delivery else parsed.sender[1]
    return parsed.sender


def _is_last(thread, mail):
    """See Kept. A mail that we wrote without having read this one is no answer to it."""
    if mail.is_ours or mail.moment >= thread.last_at:
        return mail.moment >= thread.last_at
    if thread.last_in_at is not None and mail.moment < thread.last_in_at:
        return False
    later = ThreadMessage.select().where(_ours(thread), ThreadMessage.sent_at > mail.moment)
    return not any(mail.parsed.message_id in row.refers_to for row in later)


def _tell_thread(thread, mail, lead, is_last, more):
    """Let the thread's row say what its messages do, of which there are so many more."""
    changes = {"assignee": assigning.assignee(thread, mail, lead)}
    if mail.moment >= thread.last_at:
        changes |= {"last_at": mail.moment, "snippet": beginning(mail.parsed.fresh or mail.parsed.text)}
    if mail.match.recipient_id and not thread.recipient_id:
        changes |= {"recipient": mail.match.recipient_id, "campaign": mail.match.campaign_id}
    if mail.is_ours:
        changes |= {"is_unread": False} if is_last else {}
    elif thread.last_in_at is None or mail.moment >= thread.last_in_at:
        changes |= {"last_in_at": mail.moment, **_labelled(thread, mail)}
        if mail.is_reply:
            name, email = mail.parsed.sender
            changes |= {"email": kept(email), "name": kept(name or thread.name)}
    if is_last and mail.is_news and _wants_eyes(mail):
        changes |= {"state": ThreadState.OPEN, "snoozed_until": None, "is_unread": True}
    values = {name: Thread._meta.fields[name].db_value(value) for name, value in changes.items()}
    _change(tuple(values), thread=thread.id, more=more, **values)


@PreparedWrite
def _change(_names, *, thread, more, **values):
    return Thread.update({**values, "messages": Thread.messages + more}).where(Thread.id == thread)


def _wants_eyes(mail):
    """Whether somebody has to look: at what a person wrote, or at an automatic reply that says they have left."""
    return mail.is_reply or (not mail.is_ours and mail.understood.label is Label.WRONG_PERSON)


def _labelled(thread, mail):
    """The label that this mail gives its thread. A person's choice, and what a person wrote, outlast what says less."""
    said, has = mail.understood, thread.label
    chosen = thread.labelled_by is LabelledBy.PERSON
    if not believing.is_believed(mail):
        return {"label_reason": UNBELIEVED} if has is Label.NONE and not chosen else {}
    if said.label not in _WISHES:
        if said.label is Label.NONE and (chosen or not mail.is_reply):
            return {}
        if mail.kind is Kind.AUTO_REPLY and (chosen or has not in (Label.NONE, Label.OUT_OF_OFFICE)):
            return {}
        if mail.kind is Kind.BOUNCE and not _is_final(said) and has is not Label.NONE:
            return {}
    given = {"label": said.label, "label_reason": kept(said.reason, 300), "label_sure": None}
    return {**given, "labelled_by": LabelledBy.RULES}


def _is_final(understood):
    return any(bounce.bounce_class == "hard" for bounce in understood.bounces)


# -------------------------------------------------------------------- mails


def _insert(thread, mail):
    place, match = mail.envelope.place, mail.match
    return create(
        ThreadMessage, **row_of(mail.parsed, mail.moment), workspace=thread.workspace_id, thread=thread.id,
        mailbox=mail.mailbox.id, lead=match.lead_id, about=match.delivery and match.delivery.id,
        actor=mail.mailbox.user_id if mail.is_ours else None, direction=match.direction, kind=mail.kind,
        matched_by=match.rule, why=match.why, found={} if mail.is_ours else all_kept(mail.understood.found),
        folder=kept(place.folder), uid_validity=place.uid_validity, uid=place.uid, size=mail.envelope.size,
        received_at=mail.moment,
    )  # fmt: skip


def row_of(parsed, moment):
    """What of a Parsed is kept in a ThreadMessage; `moment` is when it came."""
    sender_name, sender = parsed.sender
    sent_at = parsed.sent_at if parsed.sent_at and EARLIEST < parsed.sent_at < moment else moment
    text, fresh = kept(parsed.text, LONGEST), kept(parsed.fresh, LONGEST)
    people = " ".join(f"{name} {email}" for name, email in (*parsed.recipients, *parsed.cc)[:PEOPLE])
    searched = f"{parsed.subject}\n{sender_name} {sender} {people}\n{fresh or text}"
    return {
        "message_id": kept(parsed.message_id, 998), "message_key": key_of(parsed.message_id),
        "refers_to": all_kept(parsed.refers_to[-PEOPLE:]), "sender_email": kept(sender),
        "sender_name": kept(sender_name), "recipients": all_kept(parsed.recipients[:PEOPLE]),
        "cc": all_kept(parsed.cc[:PEOPLE]), "reply_to": kept(parsed.reply_to), "subject": kept(parsed.subject, 998),
        "text": text, "fresh": fresh, "quoted_lines": parsed.quoted_lines,
        "attachments": [all_kept(file._asdict()) for file in parsed.attachments[:PEOPLE]], "sent_at": sent_at,
        "search_text": fold(kept(searched, SEARCHED)),
    }  # fmt: skip


def ours_of(match):
    """{delivery id: (its Parsed, bytes)} of the campaign's mails to whom a Match is about that are not here yet: read
    before the transaction that keeps them.
    """
    if match.delivery is None:
        return {}
    missing = _missing(match.delivery.workspace_id, match.recipient_id)
    return {delivery.id: read for delivery in missing if (read := _read(delivery)) is not None}


def _keep_ours(thread, mail):
    """The campaign's mails to this recipient that are not here yet, so that what was answered stands above; returns how
    many.
    """
    count = 0
    for delivery in _missing(thread.workspace_id, mail.match.recipient_id):
        read = mail.ours.get(delivery.id) or _read(delivery)
        if read is None or delivery.state is not DeliveryState.ACCEPTED:
            continue
        parsed, size = read
        create(
            ThreadMessage, **row_of(parsed, delivery.changed_at), workspace=thread.workspace_id, thread=thread.id,
            mailbox=delivery.mailbox_id, lead=thread.lead_id, about=delivery.id, direction=Direction.OUT,
            kind=Kind.SENT, matched_by=Rule.OURS, why="A campaign sent it.", size=size,
            received_at=delivery.changed_at,
        )  # fmt: skip
        count += 1
    return count


def _missing(workspace_id, recipient_id):
    """The Deliveries to this recipient, those that left or are leaving, that no thread has."""
    sent = {f"<{row.message_id}>": instance(Delivery, row) for row in _sent(recipient=recipient_id)}
    here = named(workspace_id, sent)
    return [delivery for name, delivery in sent.items() if name not in here]


@Prepared
def _sent(*, recipient):
    rows = Delivery.select(*Delivery._meta.sorted_fields)
    return rows.where(Delivery.recipient == recipient, Delivery.state.in_(LEFT)).order_by(Delivery.id)


def _read(delivery):
    """(its Parsed, bytes), or None where what left is not kept any more."""
    content = by_id(Content, delivery.id)
    if content is None:
        return None
    raw = bytes(content.raw)
    return parsing.parse(raw)._replace(message_id=f"<{delivery.message_id}>"), len(raw)


def _ours(thread):
    return (ThreadMessage.thread == thread.id) & (ThreadMessage.direction == Direction.OUT)
