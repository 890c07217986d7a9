"""A mail that came as a row of a thread: the one that it goes on with, or a new one.

Whoever keeps a mail holds its lead's row, else its campaign's: of two mails at once to one lead the second finds the
thread that the first made.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from webapp.campaigns.models import Content, Delivery, DeliveryState
from webapp.core.text import fold
from webapp.leads.holding import hold
from webapp.leads.models import Lead

from . import assigning, believing, parsing
from .known import named
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
    return ThreadMessage.of(workspace_id).where(ThreadMessage.message_key == key_of(message_id)).first()


def keep(mail):
    """Keep this Arrival; returns what became of it as Kept. In the caller's transaction, which has to be rolled back
    when another worker was quicker: that raises IntegrityError.
    """
    match, lead = mail.match, None
    if match.lead_id:
        hold([match.lead_id])
        lead = Lead.get_or_none(Lead.id == match.lead_id)
    thread = _thread_of(mail) or _new_thread(mail, lead)
    message, is_last = _insert(thread, mail), _is_last(thread, mail)
    more = 1 + (_keep_ours(thread, match.recipient_id) if match.delivery is not None else 0)
    _tell_thread(thread, mail, lead, is_last, more)
    return Kept(Thread.get_by_id(thread.id), message, lead, is_last)


# ------------------------------------------------------------------ threads


def _thread_of(mail):
    """The thread that a mail goes on with: the one it names, that of the campaign mail it answers, else one with the
    same lead and subject.
    """
    match, ours = mail.match, Thread.of(mail.mailbox.workspace_id)
    if match.thread_id:
        return ours.where(Thread.id == match.thread_id).first()
    newest = Thread.last_at.desc(), Thread.id.desc()
    if match.recipient_id:
        thread = ours.where(Thread.recipient == match.recipient_id).order_by(*newest).first()
        if thread and (match.rule in _SURE or is_about(mail.parsed.subject, thread.subject)):
            return thread
    if match.rule in _SURE or not match.lead_id:
        return None
    lately = (Thread.lead == match.lead_id) & (Thread.last_at > mail.moment - GOES_ON)
    found = ours.where(lately).order_by(*newest).limit(LOOKED_AT)
    return next((thread for thread in found if is_about(mail.parsed.subject, thread.subject)), None)


def _new_thread(mail, lead):
    match, (name, email) = mail.match, partner_of(mail, lead)
    ours = match.delivery.subject if match.delivery and not mail.is_reply else ""  # "Undeliverable" says nothing
    return Thread.create(
        workspace=mail.mailbox.workspace_id, lead=match.lead_id, mailbox=mail.mailbox.id, campaign=match.campaign_id,
        recipient=match.recipient_id, email=kept(email), name=kept(name or (lead.full_name if lead else "")),
        subject=kept(ours or mail.parsed.subject, 998),
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
    changes = {"messages": Thread.messages + more, "assignee": assigning.assignee(thread, mail, lead)}
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
    Thread.update(changes).where(Thread.id == thread.id).execute()


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
    return ThreadMessage.create(
        **row_of(mail.parsed, mail.moment), workspace=thread.workspace_id, thread=thread.id, mailbox=mail.mailbox.id,
        lead=match.lead_id, about=match.delivery and match.delivery.id,
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


def _keep_ours(thread, recipient_id):
    """The campaign's mails to this recipient that are not here yet, so that what was answered stands above; returns how
    many.
    """
    left = (Delivery.recipient == recipient_id) & (Delivery.state == DeliveryState.ACCEPTED)
    sent = {f"<{row.message_id}>": row for row in Delivery.select().where(left).order_by(Delivery.id)}
    here = named(thread.workspace_id, sent)
    missing = [delivery.id for name, delivery in sent.items() if name not in here]
    contents = {row.delivery_id: bytes(row.raw) for row in Content.select().where(Content.delivery.in_(missing))}
    for name, delivery in sent.items():
        if (raw := contents.get(delivery.id)) is not None:
            parsed = parsing.parse(raw)._replace(message_id=name)
            ThreadMessage.create(
                **row_of(parsed, delivery.changed_at), workspace=thread.workspace_id, thread=thread.id,
                mailbox=delivery.mailbox_id, lead=thread.lead_id, about=delivery.id, direction=Direction.OUT,
                kind=Kind.SENT, matched_by=Rule.OURS, why="A campaign sent it.", size=len(raw),
                received_at=delivery.changed_at,
            )  # fmt: skip
    return len(contents)


def _ours(thread):
    return (ThreadMessage.thread == thread.id) & (ThreadMessage.direction == Direction.OUT)
