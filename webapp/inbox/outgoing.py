"""Mails that members write: answers in a thread, and first mails to a lead.

A mail is kept before it leaves, in the transaction that puts it into the thread and on the timeline; a job sends it
(sending.py). However often a form is sent, it is one mail.
"""

import hashlib

from peewee import fn

from db import db
from webapp.campaigns.models import DeliveryState
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.holders import is_gone
from webapp.core.jobs import later
from webapp.core.text import fold
from webapp.leads import timeline
from webapp.leads.models import ActivityKind
from webapp.mail.mailbox_models import Mailbox, MailboxKind, MailboxState
from webapp.mail.mailbox_uses import tells_uses
from webapp.mail.mailboxes import server_mailbox

from . import addressing, assigning, drafts, queries
from .making import write
from .models import Direction, Kind, Outgoing, Rule, Thread, ThreadMessage, ThreadState
from .texts import beginning, key_of

ON_ITS_WAY = (DeliveryState.CLAIMED, DeliveryState.SENDING)
AGAIN = (DeliveryState.UNKNOWN, DeliveryState.REFUSED, DeliveryState.FAILED)
STATE = (  # of an Outgoing without its bytes
    Outgoing.id, Outgoing.workspace, Outgoing.message, Outgoing.mailbox, Outgoing.user, Outgoing.recipients,
    Outgoing.state, Outgoing.attempts, Outgoing.error, Outgoing.due_at, Outgoing.lease_token, Outgoing.lease_until,
    Outgoing.created_at, Outgoing.changed_at,
)  # fmt: skip


# ----------------------------------------------------------------- mailboxes


def boxes(member, thread=None):
    """The Mailboxes that `member` may write through, that of the thread first: it is where its mails came to. The
    server's is always among them, not in its table yet when nobody needed it.
    """
    mine = (Mailbox.user == member.user_id) | (Mailbox.kind == MailboxKind.SERVER)
    wanted = thread.mailbox_id if thread is not None else None
    found = list(Mailbox.of(member.workspace).where(mine | (Mailbox.id == wanted)).order_by(Mailbox.id))
    if not any(box.kind is MailboxKind.SERVER for box in found):
        found.append(Mailbox(workspace=member.workspace.id, kind=MailboxKind.SERVER, email=""))
    rank = {MailboxState.ACTIVE: 0, MailboxState.PAUSED: 1}
    first = wanted or -1  # not None: the server's may have no id yet
    return sorted(found, key=lambda box: (box.id != first, box.kind is MailboxKind.SERVER, rank[box.state]))


def _box(member, thread, mailbox_id):
    """The Mailbox with this id among boxes(); 0 is the server's, None the first of them. Raises Invalid."""
    found = boxes(member, thread)
    if mailbox_id is not None:
        found = [box for box in found if box.id == mailbox_id or (not mailbox_id and box.kind is MailboxKind.SERVER)]
    box = next(iter(found), None)
    if box is None:
        raise Invalid("That mailbox is not yours to write from, or it was deleted. Choose another.", "mailbox")
    return box if box.id else server_mailbox(member.workspace.id)


# -------------------------------------------------------------------- verbs


def answer(
    member, thread, *, recipients, cc=(), subject, text, token, attachments=(), mailbox_id=None, draft_id=None,
    done=False,
):  # fmt: skip
    """Answer in `thread`; returns the ThreadMessage. `recipients` and `cc` are (name, address) pairs, `attachments`
    mail.files.File; `done` marks the thread done. `draft_id` is the draft that it was, which is used up.

    Raises Invalid when it cannot be sent like this.
    """
    about = {"to": recipients, "cc": cc, "subject": subject, "text": text, "files": attachments}
    key = _key(token, f"thread {thread.id}", about)
    if (known := _written_before(member, key, draft_id)) is not None:
        return known
    addressing.check(member.workspace.id, recipients, cc)
    box = _box(member, thread, mailbox_id)
    written = write(box, member, **about, answers=mail_to_answer(thread))
    state = ThreadState.DONE if done else ThreadState.OPEN

    def put():
        assigning.hold_lead(thread)
        message = _keep(member, thread, box, written, about)
        changes = {"state": state, "snoozed_until": None, "is_unread": False, "snippet": beginning(text)}
        changes |= {"last_at": written.sent_at, "messages": Thread.messages + 1}
        changes |= {} if thread.mailbox_id else {"mailbox": box}
        Thread.update(changes).where(Thread.id == thread.id).execute()
        assigning.answered(thread, user_id=member.user_id)
        return message

    return _put(member, key, box, written, put, draft_id=draft_id, thread=thread, text=text)


def write_to(
    member, lead, *, recipients=None, cc=(), subject, text, token, attachments=(), mailbox_id=None, draft_id=None
):
    """Write a first mail to `lead`, in a thread of its own; as answer()."""
    recipients = recipients if recipients is not None else [(lead.full_name, lead.email)] if lead.email else []
    about = {"to": recipients, "cc": cc, "subject": subject, "text": text, "files": attachments}
    key = _key(token, f"lead {lead.id}", about)
    if (known := _written_before(member, key, draft_id)) is not None:
        return known
    if not subject.strip():
        raise Invalid("Give it a subject: a mail without one is seldom opened.", "subject")
    addressing.check(member.workspace.id, recipients, cc)
    box = _box(member, None, mailbox_id)
    written = write(box, member, **about)

    def put():
        name, email = recipients[0]
        thread = Thread.create(
            workspace=member.workspace.id, lead=lead.id, mailbox=box, assignee=member.user_id, email=email,
            name=name or (lead.full_name if email == lead.email else ""), subject=subject, snippet=beginning(text),
            messages=1, state=ThreadState.DONE, last_at=written.sent_at,
        )  # fmt: skip
        return _keep(member, thread, box, written, about)

    return _put(member, key, box, written, put, draft_id=draft_id, lead=lead, text=text)


def mail_to_answer(thread):
    """The ThreadMessage that an answer in `thread` answers: the last from outside, else the last. No report: nobody
    reads what goes to the server that sent it.
    """
    reports = ThreadMessage.kind.in_((Kind.BOUNCE, Kind.COMPLAINT))
    mails = ThreadMessage.select().where(ThreadMessage.thread == thread.id, ~reports)
    order = ThreadMessage.sent_at.desc(), ThreadMessage.id.desc()
    return (
        mails.where(ThreadMessage.direction == Direction.IN).order_by(*order).first() or mails.order_by(*order).first()
    )


def _key(token, where, about):
    """The name of this very mail: the same form sent twice is one mail, changed and sent again it is another. Its files
    say nothing: they go with the draft when it is sent the first time.
    """
    if not token:
        raise Invalid("This page is from before an update. Reload it; what you wrote is kept as a draft.")
    said = repr((token, where, list(about["to"]), list(about["cc"]), about["subject"], about["text"]))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _written_before(member, key, draft_id=None):
    """The mail that this form was already, or None. Raises Invalid when another one was made of its draft."""
    is_there = not draft_id or drafts.is_there(member, draft_id)
    known = ThreadMessage.of(member.workspace).join(Outgoing, on=(Outgoing.message == ThreadMessage.id))
    known = known.where(Outgoing.token == key, Outgoing.user == member.user_id).first()
    if known is None and not is_there:
        raise Invalid("This was sent, or thrown away, in another tab. To send it all the same, press Send again.")
    return known


def _put(member, key, box, written, put, *, draft_id, text, **where):
    """One transaction: the mail, its row on the way out and what else it changes. Of two at once one is kept."""
    with db.atomic() as transaction:
        row = {"workspace": member.workspace.id, "mailbox": box.id, "user": member.user_id, "token": key}
        message = put()
        row |= {"message": message.id, "recipients": [one for _, one in (*message.recipients, *message.cc)]}
        made = (
            Outgoing.insert(**row, raw=written.raw, due_at=written.sent_at).on_conflict_ignore().returning(Outgoing.id)
        )
        if not (made := list(made.execute())):
            transaction.rollback()
            return _written_before(member, key)
        drafts.used_up(member, draft_id, text=text, **where)
        later("send_outgoing", made[0].id)
    return message


def _keep(member, thread, box, written, about):
    (sender, email), text = written.sender, about["text"]
    addresses = " ".join(f"{name} {address}" for name, address in (*about["to"], *about["cc"]))
    message = ThreadMessage.create(
        workspace=member.workspace.id, thread=thread, mailbox=box, lead=thread.lead_id, actor=member.user_id,
        direction=Direction.OUT, kind=Kind.SENT, matched_by=Rule.OURS, why=f"Written here by {member.full_name}",
        message_id=written.message_id, message_key=key_of(written.message_id),
        refers_to=written.refers_to, sender_email=email.lower(), sender_name=sender,
        recipients=[list(one) for one in about["to"]], cc=[list(one) for one in about["cc"]],
        reply_to=written.reply_to, subject=written.subject, text=written.text, fresh=text.strip(),
        quoted_lines=written.quoted, attachments=written.files, size=len(written.raw), sent_at=written.sent_at,
        received_at=written.sent_at, search_text=fold(f"{written.subject}\n{sender} {email} {addresses}\n{text}"),
    )  # fmt: skip
    if thread.lead_id:
        said = {"thread_id": thread.id, "message_id": message.id, "subject": written.subject}
        said |= {"text": beginning(text), "kind": Kind.SENT.value}
        where = member.workspace.id, thread.lead_id, ActivityKind.ANSWERED
        timeline.record(*where, said, actor_id=member.user_id, moment=written.sent_at)
    return message


# ------------------------------------------------------------- on their way


def get_outgoing(member, outgoing_id):
    """(Outgoing without its bytes, its Thread), if the member may see it. Raises NotFound."""
    row = Outgoing.of(member.workspace).select(*STATE, ThreadMessage).join(ThreadMessage)
    row = row.where(Outgoing.id == outgoing_id).first()
    if row is None:
        raise NotFound("That mail does not exist.")
    return row, queries.get_thread(member, row.message.thread_id)


def arrived(row):
    """A person (or the Sent folder) knows that an unknown mail arrived. Raises Conflict when it is not unknown."""
    if not _move(row, (DeliveryState.UNKNOWN,), DeliveryState.ACCEPTED, error=""):
        raise Conflict("Somebody already decided about this mail.")


def send_again(row):
    """A person wants a mail sent once more, the same bytes under the same Message-ID. Raises Conflict when it is on its
    way or was sent, Invalid when they must not be written to any more.
    """
    people = [("", address) for address in row.recipients]
    addressing.check(row.workspace_id, people)
    with db.atomic():
        again = {"due_at": now(), "created_at": now(), "attempts": 0, "error": ""}
        if not _move(row, AGAIN, DeliveryState.CLAIMED, **again):
            raise Conflict("Somebody already decided about this mail.")
        later("send_outgoing", row.id)


def withdraw(row, *, actor):
    """Do not send a mail that waits; what it says is a Draft again. Raises Conflict when it has left."""
    with db.atomic():
        said = f"{actor.full_name} stopped it before it left."
        if not _move(row, (DeliveryState.CLAIMED,), DeliveryState.FAILED, error=said):
            raise Conflict("It has left already.")
        return drafts.take_back(actor, ThreadMessage.get_by_id(row.message_id))


def _move(row, before, after, **changes):
    theirs = (Outgoing.id == row.id) & Outgoing.state.in_(before)
    return Outgoing.update(state=after, changed_at=now(), **changes).where(theirs).execute() == 1


def is_free(row):
    """Whether nobody sends it this moment."""
    return not row.lease_token or row.lease_until < now() or is_gone(row.lease_token)


def requeue_stalled():
    """Wake every mail whose time has come and that nobody holds: its job was lost, or its sender died."""
    query = Outgoing.select(*STATE).join(Mailbox, "LEFT OUTER JOIN")
    goes = Outgoing.mailbox.is_null() | (Mailbox.state == MailboxState.ACTIVE)
    waits = (Outgoing.state == DeliveryState.CLAIMED) & (Outgoing.due_at <= now()) & goes
    for row in query.where(waits | (Outgoing.state == DeliveryState.SENDING)):
        if is_free(row):
            later("send_outgoing", row.id)


@tells_uses
def answers_through(mailbox):
    """What still has to leave through a mailbox, as it is called where it cannot be deleted."""
    waiting = (Outgoing.mailbox == mailbox.id) & Outgoing.state.in_(ON_ITS_WAY)
    count = Outgoing.select(fn.COUNT(Outgoing.id)).where(waiting).scalar()
    return ["a mail on its way"] if count == 1 else [f"{count} mails on their way"] if count else []
