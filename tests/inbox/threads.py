"""Threads for tests, written straight into the tables: what came and what was understood of it is chosen."""

import hashlib
import itertools
from datetime import timedelta

from webapp.core.clock import now
from webapp.core.text import fold
from webapp.inbox.models import Direction, Kind, Label, Rule, Thread, ThreadMessage

_number = itertools.count(1)
KINDS = {
    Label.OUT_OF_OFFICE: Kind.AUTO_REPLY,
    Label.BOUNCE: Kind.BOUNCE,
    Label.COMPLAINT: Kind.COMPLAINT,
}


def make_thread(
    lead,
    *,
    mailbox=None,
    label=Label.NONE,
    unread=True,
    assignee=None,
    mails=(("in", "Sounds good. When can you call?"),),
    subject="Re: Partners",
    workspace=None,
    at=None,
    **fields,
):
    """A Thread with `lead` (None: a stranger, with `workspace` given), of `mails` an hour apart, the last of them at
    `at`. A mail is (direction, text) or (direction, text, {fields of its ThreadMessage}). `fields` are of the Thread;
    `assignee` is a user, its id or None.
    """
    workspace, at = workspace or lead.workspace, at or now()
    email, name = (lead.email, lead.name) if lead else (fields.pop("email", "stranger@elsewhere.example"), "")
    said = {"email": email, "name": name, "subject": subject, "label": label, "last_at": at, **fields}
    thread = Thread.create(workspace=workspace, lead=lead, mailbox=mailbox, assignee=assignee, is_unread=unread, **said)
    for position, mail in enumerate(mails):
        add_mail(thread, *mail, at=at - timedelta(hours=len(mails) - 1 - position))
    return Thread.get_by_id(thread.id)


def add_mail(thread, direction, text, fields=None, *, at=None):
    """One more ThreadMessage of `thread`, which its row then tells of."""
    direction, at, fields = Direction(direction), at or now(), dict(fields or {})
    comes = direction is Direction.IN
    kind = KINDS.get(thread.label, Kind.REPLY) if comes else Kind.SENT
    message_id = fields.pop("message_id", f"<{next(_number)}.test@{'globex' if comes else 'galena'}.example>")
    ours = thread.mailbox.email if thread.mailbox_id else "alice@acme.example"
    sender, to = (thread.email, ours) if comes else (ours, thread.email)
    said = {
        "kind": kind, "matched_by": Rule.REFERENCES if comes else Rule.OURS, "sender_email": sender,
        "sender_name": thread.name if comes else "", "recipients": [["", to]], "subject": thread.subject,
        "fresh": text, "sent_at": at, "received_at": at, "size": len(text), **fields,
    }  # fmt: skip
    message = ThreadMessage.create(
        workspace=thread.workspace_id, thread=thread, mailbox=thread.mailbox_id, lead=thread.lead_id,
        direction=direction, message_id=message_id, message_key=hashlib.sha256(message_id.encode()).hexdigest(),
        text=text, search_text=fold(f"{said['subject']}\n{sender}\n{text}"), **said,
    )  # fmt: skip
    newest = {"snippet": text[:200], "messages": Thread.messages + 1, "last_at": at}
    newest |= {"last_in_at": at} if comes else {}
    Thread.update(newest).where(Thread.id == thread.id).execute()
    return message
