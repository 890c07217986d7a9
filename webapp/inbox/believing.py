"""Which reports are believed: those that name one of our mails and whom it was to. Anybody can write a bounce."""

from .matching import reported
from .models import Direction, Kind, ThreadMessage
from .texts import key_of


def is_believed(mail):
    """Whether what this Arrival says is so as far as we can know: a report is where it names one of our mails with its
    address, anything else is what it is.
    """
    if mail.kind is Kind.BOUNCE:
        return bounce_of(mail) is not None
    return mail.kind is not Kind.COMPLAINT or address_complained(mail) is not None


def bounce_of(mail):
    """(address, Bounce) of a bounce that is believed, else None."""
    address = _address_reported(mail)
    bounce = next((one for one in mail.understood.bounces if one.email.lower() in ("", address)), None)
    return None if address is None or bounce is None else (address, bounce)


def address_complained(mail):
    """Who called a mail spam, of a complaint that is believed, else None."""
    address = _address_reported(mail)
    return address if address and mail.understood.complaint.email.lower() in ("", address) else None


def _address_reported(mail):
    """Whom the mail that a report names was to; None when that is not one address: whoever got a mail with several
    knows its Message-ID, and could write a bounce for the others.
    """
    if mail.match.delivery is not None:
        return mail.match.delivery.email.lower()
    keys = [key_of(name) for name in reported(mail.parsed, mail.understood)]
    ours = ThreadMessage.of(mail.mailbox.workspace_id).where(ThreadMessage.direction == Direction.OUT)
    message = ours.where(ThreadMessage.thread == mail.match.thread_id, ThreadMessage.message_key.in_(keys)).first()
    people = {email.lower() for _, email in (*message.recipients, *message.cc)} if message else set()
    return people.pop() if len(people) == 1 else None
