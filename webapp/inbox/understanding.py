"""What a mail from outside is and says: a report, a complaint, an automatic reply, or words by a person."""

from . import auto_replies, bounces, complaints, found, labels, wishes
from .models import Kind, Label
from .parsed import BounceClass, Understood

MOST = 20_000  # characters of a mail in which rules look


def _of_complaint(complaint):
    whom = complaint.email or "Somebody"
    return Understood(Kind.COMPLAINT, Label.COMPLAINT, f"{whom} reported a mail as spam.", 100, complaint=complaint)


_CLASS = {
    BounceClass.HARD: "will not arrive",
    BounceClass.SOFT: "did not arrive this time",
    BounceClass.BLOCKED: "was refused",
}


def _of_bounces(listed):
    first = listed[0]
    reason = f"A mail to {first.email} {_CLASS[first.bounce_class]}: {first.cause[0].lower()}{first.cause[1:]}"
    about = {"class": first.bounce_class.value, "cause": first.cause, "status": first.status, "email": first.email}
    return Understood(Kind.BOUNCE, Label.BOUNCE, reason, 100, bounces=listed, found=about)


def _of_automatic(marked):
    reply, until = marked.reply, marked.reply.until
    about = {"until": until.isoformat()} if until else {}
    label, reason = Label.NONE, f"Sent automatically ({marked.sign})."
    if marked.has_left:
        label, reason = Label.WRONG_PERSON, f"{reason[:-1]}; they are there no longer."
    elif reply.is_absence:
        label = Label.OUT_OF_OFFICE
        reason = f"{reason[:-1]}; away{f' until {until:%-d %B %Y}' if until else ''}."
    return Understood(
        Kind.AUTO_REPLY, label, reason, 95 if label != Label.NONE else None, auto_reply=reply, found=about
    )


def _of_person(parsed):
    text = parsed.fresh[:MOST]
    about = {"phones": found.phones(text), "dates": found.days(text, parsed.sent_at)}
    about = {name: values for name, values in about.items() if values}
    asked = wishes.read(parsed)
    if asked:
        reason = f"It asks not to be written to: “{asked[:80]}”."
        return Understood(Kind.REPLY, Label.UNSUBSCRIBE, reason, 95, wants_out=True, found=about)
    label, reason, sure = labels.label(text)
    return Understood(Kind.REPLY, label, reason, sure, found=about)


def understand(message, parsed):
    """What the mail `message` (parsed as `parsed`) is and says, as Understood."""
    complaint = complaints.read(message)
    if complaint:
        return _of_complaint(complaint)
    listed = bounces.read(message, parsed)
    if listed:
        return _of_bounces(listed)
    marked = auto_replies.read(message, parsed, bounces.is_from_a_server(message, parsed))
    if marked and not wishes.is_subject(parsed.subject):  # programs write "unsubscribe" for those who press a button
        return _of_automatic(marked)
    return _of_person(parsed)
