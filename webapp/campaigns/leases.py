"""Who may send through a mailbox now. One worker holds its lease and renews it; past its end, or when its holder's
process is gone from this machine, another takes over. Being wrong here costs speed, never a double mail: each move of
a delivery is guarded by itself (see ledger.py).
"""

from dataclasses import dataclass
from datetime import timedelta

from peewee import Case

from db import db
from webapp.core.clock import now
from webapp.core.holders import forget, is_gone, new_token
from webapp.core.jobs import later
from webapp.mail.mailbox_models import Mailbox, MailboxState

SECONDS = 40  # longer than one mail may take, shorter than a stalled mailbox may stand still
GRACE = timedelta(seconds=15)  # how late the queue may wake a parked mailbox before the sweeper does
_ACTIVE = Mailbox.state == MailboxState.ACTIVE


@dataclass(frozen=True)
class Lease:
    mailbox_id: int
    workspace_id: int
    token: str


def acquire(mailbox_id):
    """The Lease of a mailbox that is active and held by nobody, else None. A parked one waits for its time."""
    row = Mailbox.get_or_none(Mailbox.id == mailbox_id, _ACTIVE)
    if row is None or not _is_free(row):
        return None
    token = new_token()
    taken = (
        Mailbox.update(lease_token=token, lease_until=until())
        .where(Mailbox.id == row.id, _ACTIVE, Mailbox.lease_token == row.lease_token)
        .execute()
    )
    if taken != 1:
        forget(token)
        return None
    return Lease(row.id, row.workspace_id, token)


def _is_free(mailbox):
    if mailbox.lease_until is None or mailbox.lease_until < now():
        return True
    if mailbox.lease_token:
        return is_gone(mailbox.lease_token)
    return mailbox.lease_until - GRACE <= now()  # parked


def until():
    """When a lease that begins now ends."""
    return now() + timedelta(seconds=SECONDS)


def release(lease, *, wake_at=None, seen=None):
    """Give the lease back; the mailbox goes on at `wake_at`, or sleeps until somebody wakes it.

    `seen` is the `updated_at` of its row before it last looked for something to send: somebody may have woken it since.
    """
    forget(lease.token)
    ours = (Mailbox.id == lease.mailbox_id) & (Mailbox.lease_token == lease.token)
    with db.atomic():
        if not Mailbox.update(lease_token="", lease_until=None).where(ours).execute():
            return
        if seen is not None and updated_at(lease) != seen:
            wake_at = now()
        if wake_at:
            Mailbox.update(lease_until=wake_at + GRACE).where(Mailbox.id == lease.mailbox_id).execute()
            later("send_mail", lease.mailbox_id, delay=max(0, (wake_at - now()).total_seconds()))


def updated_at(lease):
    return Mailbox.select(Mailbox.updated_at).where(Mailbox.id == lease.mailbox_id).scalar()


def wake(mailbox_ids):
    """Let these mailboxes look now for what there is to send, parked or asleep."""
    if mailbox_ids := sorted(mailbox_ids):
        parked = Case(None, [(Mailbox.lease_token == "", None)], Mailbox.lease_until)
        Mailbox.update(lease_until=parked, updated_at=now()).where(Mailbox.id.in_(mailbox_ids), _ACTIVE).execute()
        for mailbox_id in mailbox_ids:
            later("send_mail", mailbox_id)


def is_overdue(mailbox):
    """Whether nobody holds it any more, and it is not parked: it has to be woken."""
    if mailbox.lease_until is None or mailbox.lease_until < now():
        return True
    return bool(mailbox.lease_token) and is_gone(mailbox.lease_token)
