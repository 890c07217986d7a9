"""Who reads a mailbox now, and when its turn is. One worker holds the lease and renews it with all it keeps; past its
end, or when its holder's process is gone from this machine, another one takes over. Being wrong here costs a second
look at mails, never a second mail: each is known by its Message-ID.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from peewee import Case

from webapp.core.clock import now, stamp
from webapp.core.holders import forget, is_gone, new_token
from webapp.core.jobs import later
from webapp.core.prepared import PreparedWrite
from webapp.mail.mailbox_models import Mailbox

from .reading_models import MailboxReading

REFUSALS = 3  # a server may be mistaken about a password once or twice; asked on and on, it locks the account
SECONDS = 180  # longer than fetching and keeping one mail may take


class Lost(Exception):
    """Somebody else reads this mailbox now."""


@dataclass(frozen=True)
class Lease:
    mailbox_id: int
    token: str

    @property
    def ours(self):
        """The row, as long as we hold it."""
        return (MailboxReading.mailbox == self.mailbox_id) & (MailboxReading.lease_token == self.token)


def acquire(mailbox_id):
    """The Lease of a mailbox whose turn it is and that nobody reads, else None."""
    row = _readable().where(MailboxReading.mailbox == mailbox_id).first()
    if row is None or not is_due(row):
        return None
    token = new_token()
    taken = (
        MailboxReading.update(lease_token=token, lease_until=_until(), next_read_at=None, began_at=now())
        .where(MailboxReading.id == row.id, MailboxReading.lease_token == row.lease_token)
        .execute()
    )
    if taken != 1:
        forget(token)
        return None
    return Lease(mailbox_id, token)


def is_due(row):
    """Whether a MailboxReading may be read now: it is its turn, nobody does, and its server has not shut us out."""
    if row.lease_token and row.lease_until > now() and not is_gone(row.lease_token):
        return False
    if row.refused and row.refused != fingerprint(row.mailbox):
        return True
    waits = row.next_read_at is not None and row.next_read_at > now()
    return not waits and not is_shut_out(row)


def is_shut_out(row):
    """Whether the server refused what we sign in with so often that it is asked no more until that changes."""
    return row.failures >= REFUSALS and bool(row.refused) and row.refused == fingerprint(row.mailbox)


def fingerprint(mailbox):
    """A hash of all that we sign in with."""
    what = (mailbox.imap_host, mailbox.imap_port, mailbox.imap_security.value, mailbox.username, mailbox.secret)
    return hashlib.sha256(repr(what).encode()).hexdigest()


def renew(lease):
    """Hold it for longer. Raises Lost: in a transaction, what it wrote is undone."""
    if not _renew(mailbox=lease.mailbox_id, token=lease.token, until=stamp(_until())):
        raise Lost


@PreparedWrite
def _renew(*, mailbox, token, until):
    ours = (MailboxReading.mailbox == mailbox) & (MailboxReading.lease_token == token)
    return MailboxReading.update(lease_until=until).where(ours)


def release(lease, changes, *, wait):
    """Give it back with these changes of its row; the next turn is in `wait` seconds, or now when somebody woke it."""
    forget(lease.token)
    at = now() + timedelta(seconds=wait)
    turn = Case(None, [(MailboxReading.next_read_at.is_null(), at)], MailboxReading.next_read_at)
    free = {"lease_token": "", "lease_until": None, "next_read_at": turn}
    if not MailboxReading.update({**changes, **free}).where(lease.ours).execute():
        return
    row = _readable().where(MailboxReading.mailbox == lease.mailbox_id).first()
    if row is not None and not is_shut_out(row):
        later("read_mailbox", lease.mailbox_id, delay=max(0, (row.next_read_at - now()).total_seconds()))


def due():
    """The ids of mailboxes that have to be read now."""
    turn = MailboxReading.next_read_at.is_null() | (MailboxReading.next_read_at <= now())
    turn |= MailboxReading.refused != ""  # what we sign in with may have changed
    return [row.mailbox_id for row in _readable().where(turn).order_by(MailboxReading.id) if is_due(row)]


def _readable():
    rows = MailboxReading.select(MailboxReading, Mailbox).join(Mailbox)
    return rows.where(MailboxReading.is_on, Mailbox.imap_host != "")


def _until():
    return now() + timedelta(seconds=SECONDS)
