"""The files of a mail: of one that was written here they are kept, of any other they stay in its mailbox."""

import email
import email.policy

from webapp.core.errors import Conflict, NotFound
from webapp.mail.faults import Unavailable

from .models import Outgoing


def attachment(mail, number):
    """(name, bytes) of the file at `number` of `mail.attachments`; `mail` as queries.get_mail() gives it. Raises
    NotFound, and Conflict when its mailbox cannot be asked.
    """
    if number >= len(mail.attachments):
        raise NotFound("This mail has no such file.")
    file = mail.attachments[number]
    sent = Outgoing.get_or_none(Outgoing.message == mail.id)
    return file["name"] or "file", _of_sent(sent, number) if sent else _in_mailbox(mail, file["part"])


def _of_sent(sent, number):
    message = email.message_from_bytes(bytes(sent.raw), policy=email.policy.SMTP)
    return list(message.iter_attachments())[number].get_payload(decode=True)


def _in_mailbox(mail, part):
    from .imap import fetch_part  # heavy: loaded on first use

    try:
        return fetch_part(mail, part)
    except Unavailable as error:
        raise Conflict(f"The file lies in the mailbox, which cannot be asked now: {error}") from error
