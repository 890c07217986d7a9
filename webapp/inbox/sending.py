"""The job that sends one mail of a member. It waits for no window and no gap; its row moves as those of the send ledger
do (campaigns/ledger.py):

    claimed ─ sending ─ accepted | refused | failed | unknown

It is marked `sending` after the server took all recipients and just before DATA. A kill before leaves it claimed, and
it goes out later; a kill after leaves it `sending` with nobody holding it: it becomes unknown, and only a person or the
Sent folder decides about it.
"""

import logging
from collections import namedtuple
from datetime import timedelta

from peewee import fn

from db import db
from webapp.accounts.models import Workspace
from webapp.campaigns import ledger
from webapp.campaigns.ledger import BACK_OFF, STOPPED
from webapp.campaigns.models import DeliveryState
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.holders import forget, new_token
from webapp.core.jobs import later
from webapp.leads.pipeline import mark_contacted
from webapp.mail import health
from webapp.mail.faults import Dropped, Rejected, Unanswered, Unavailable
from webapp.mail.mailbox_models import Mailbox, MailboxState
from webapp.mail.models import Suppression
from webapp.mail.pacing import day_in
from webapp.mail.rendering import Mail
from webapp.mail.suppression import keys_of, lasting
from webapp.mail.transports import transport_of

from . import addressing
from .models import Outgoing, Thread, ThreadMessage, ThreadState
from .outgoing import ON_ITS_WAY, STATE, is_free

log = logging.getLogger("galena.inbox")

LEASE = timedelta(seconds=50)  # longer than one mail may take (see mail/smtp.py)
AFTER_FAULT = timedelta(minutes=1)
GONE = "The mailbox that it was written from was deleted."
Box = namedtuple("Box", "workspace_id mailbox_id")


def send_outgoing(outgoing_id):
    """Send it if its time has come and nobody else does. May be called any number of times."""
    token = _acquire(outgoing_id)
    if token is None:
        return
    try:
        row = Outgoing.get_by_id(outgoing_id)
        if row.state is DeliveryState.SENDING:  # whoever had it has no answer, and never will
            _end(row, DeliveryState.UNKNOWN, STOPPED)
        elif row.due_at <= now():
            _send(row)
    except Exception:  # a fault of ours is in the log by the job; it is not tried again in a hurry
        _waits(outgoing_id, token, due_at=now() + AFTER_FAULT)
        raise
    finally:
        ours = (Outgoing.id == outgoing_id) & (Outgoing.lease_token == token)
        Outgoing.update(lease_token="", lease_until=None).where(ours).execute()
        forget(token)


def _acquire(outgoing_id):
    """The token of a lease on a mail that did not leave yet and that nobody holds, or None."""
    mail = Outgoing.select(*STATE).where(Outgoing.id == outgoing_id, Outgoing.state.in_(ON_ITS_WAY)).first()
    if mail is None or not is_free(mail):
        return None
    token = new_token()
    free = (Outgoing.id == mail.id) & (Outgoing.lease_token == mail.lease_token) & Outgoing.state.in_(ON_ITS_WAY)
    if not Outgoing.update(lease_token=token, lease_until=now() + LEASE).where(free).execute():
        forget(token)
        return None
    return token


# ------------------------------------------------------------------ one mail


def _send(row):
    """One mail, with every way it can end."""
    box = row.mailbox
    if box is None:
        return _end(row, DeliveryState.FAILED, GONE)
    if box.state is MailboxState.PAUSED:
        return _wait(row, box)
    try:
        transport = transport_of(box)
    except Unavailable as error:
        return _unavailable(row, box, error)
    try:
        return _through(transport, row, box)
    finally:
        transport.close()


def _through(transport, row, box):
    message = row.message
    mail = Mail(message.message_id.strip("<>"), row.recipients[0], message.subject, bytes(row.raw))
    try:
        transport.offer(*row.recipients)
        if not _leaves(row, box):
            return _stop(row, box)
        transport.hand_over(mail)
    except Rejected as no:
        return _rejected(row, box, no)
    except Unavailable as error:
        return _unavailable(row, box, error)
    except Dropped as error:
        return _retry(row, str(error))
    except Unanswered as error:
        return _end(row, DeliveryState.UNKNOWN, str(error))
    except Invalid as error:
        return _end(row, DeliveryState.FAILED, str(error))
    return _accepted(row, box)


def _leaves(row, box):
    """One transaction: it is on its way, and counts for the day. False when it may not leave any more."""
    going = Mailbox.select().where(Mailbox.id == box.id, Mailbox.state == MailboxState.ACTIVE)
    alive = Workspace.select().where(Workspace.id == row.workspace_id, Workspace.deleted_at.is_null())
    with db.atomic():
        leaves = Outgoing.update(state=DeliveryState.SENDING, changed_at=now()).where(
            Outgoing.id == row.id, Outgoing.state == DeliveryState.CLAIMED, Outgoing.lease_token == row.lease_token,
            fn.EXISTS(going), fn.EXISTS(alive), ~fn.EXISTS(_stopped_since(row)),
        )  # fmt: skip
        if not leaves.execute():
            return False
        _count(row, box, sent=1)
    row.state = DeliveryState.SENDING
    return True


def _stopped_since(row):
    """What was put on the list of suppressed addresses since it was written: before, its writer was asked."""
    keys = [key for address in row.recipients for key in keys_of(address)]
    entries = Suppression.of(row.workspace_id).where(Suppression.email.in_(keys), lasting())
    return entries.where(Suppression.created_at > row.created_at)


def _stop(row, box):
    """It may not leave: say why, where it is still ours to say."""
    entry = _stopped_since(row).first()
    if entry is not None:
        who = next(address for address in row.recipients if entry.email in keys_of(address))
        return _end(row, DeliveryState.FAILED, addressing.why(entry, who))
    box = Mailbox.get_or_none(Mailbox.id == box.id)
    return _wait(row, box) if box is not None and box.state is MailboxState.PAUSED else None


def _count(row, box, **counts):
    zone = box.zone or Workspace.get_by_id(row.workspace_id).time_zone
    ledger.count_day(Box(row.workspace_id, box.id), day_in(zone, now()), **counts)


# ------------------------------------------------------------------ its end


def _accepted(row, box):
    lead_id = row.message.lead_id
    with db.atomic():
        _end(row, DeliveryState.ACCEPTED)
        if lead_id is not None:
            mark_contacted(row.workspace_id, [lead_id], moment=now())
    health.recovered(box)


def _rejected(row, box, no):
    said = f"{no} (about {no.email})" if no.email and len(row.recipients) > 1 else str(no)
    if not no.permanent:
        return _retry(row, said)
    with db.atomic():
        _count(row, box, refused=1)
    return _end(row, DeliveryState.REFUSED, said)


def _unavailable(row, box, error):
    """What lasts pauses the mailbox, and the mail waits for somebody to put it right; the rest is tried again."""
    health.noted(box, error)
    if not error.lasting:
        return _retry(row, str(error))
    return _wait(row, Mailbox.get_by_id(box.id))


def _wait(row, box):
    """It stays where it is until its mailbox goes on: the sweep wakes it then."""
    said = f"Waits until the mailbox goes on: {box.pause_reason or 'it is paused.'}"
    _waits(row.id, row.lease_token, error=said[:500])


def _retry(row, error):
    """It goes back to wait, a little longer after each try; after the last one it has failed."""
    if row.attempts >= len(BACK_OFF):
        return _end(row, DeliveryState.FAILED, f"Gave up after {row.attempts + 1} tries: {error}")
    pause = timedelta(minutes=BACK_OFF[row.attempts])
    _change(row, state=DeliveryState.CLAIMED, error=error[:500], attempts=row.attempts + 1, due_at=now() + pause)
    return later("send_outgoing", row.id, delay=pause.total_seconds())


def _end(row, state, error=""):
    """Its end; one that is no success brings its thread back to whoever looks after it."""
    with db.atomic():
        if not _change(row, state=state, error=error[:500], attempts=row.attempts + 1):
            return
        if state is not DeliveryState.ACCEPTED:
            back = {"state": ThreadState.OPEN, "snoozed_until": None, "is_unread": True}
            theirs = ThreadMessage.select(ThreadMessage.thread).where(ThreadMessage.id == row.message_id)
            Thread.update(back).where(Thread.id.in_(theirs)).execute()


def _change(row, **changes):
    """Guarded by the state and the lease it had. An answer that comes after another worker took us for dead is still
    the answer.
    """
    ours = (Outgoing.id == row.id) & (Outgoing.state == row.state) & (Outgoing.lease_token == row.lease_token)
    update = Outgoing.update(changed_at=now(), **changes)
    if update.where(ours).execute():
        return True
    late = row.state is DeliveryState.SENDING and changes["state"] is not DeliveryState.CLAIMED
    unknown = (Outgoing.id == row.id) & (Outgoing.state == DeliveryState.UNKNOWN)
    return late and bool(Outgoing.update(changed_at=now(), **changes).where(unknown).execute())


def _waits(row_id, token, **changes):
    """Change what does not move it, while it waits under this lease."""
    held = (Outgoing.id == row_id) & (Outgoing.lease_token == token)
    Outgoing.update(changes).where(held, Outgoing.state == DeliveryState.CLAIMED).execute()
