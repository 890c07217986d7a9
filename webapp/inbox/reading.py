"""Reading mailboxes: one job a turn, which lists what is new, keeps what concerns us, and says how it went."""

from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.jobs import later
from webapp.mail.faults import NotLetIn, Unavailable
from webapp.mail.mailbox_models import Mailbox

from . import folder_reading, folders, leases
from .imap_faults import Refused
from .reading_models import MailboxReading, MailFolder
from .reading_turn import Turn

EVERY, WATCHED_EVERY = 30, 120  # seconds between two turns; a watched mailbox calls by itself
LONGEST = 900  # seconds that a mailbox in trouble waits
UNREADABLE_FOLDER = "The folder {} cannot be read: {}"
OURSELVES = "Something in Galena went wrong while reading ({}). It is tried again."


def read_mailbox(mailbox_id):
    """Take a turn at a mailbox, if it is its turn; it wakes itself for the next one."""
    lease = leases.acquire(mailbox_id)
    if lease is None:
        return
    reading = MailboxReading.get(MailboxReading.mailbox == mailbox_id)
    try:
        changes, wait = _turn(reading, lease)
    except leases.Lost:
        changes, wait = {}, 0
    except NotLetIn as error:
        changes, wait = _refused(reading, error)
    except Unavailable as error:
        changes, wait = _failed(reading, str(error))
    except BaseException as error:
        changes, wait = _failed(reading, OURSELVES.format(type(error).__name__))
        leases.release(lease, changes, wait=wait)
        raise
    leases.release(lease, changes, wait=wait)


def _turn(reading, lease):
    """What the reading's row becomes, and in how many seconds the next turn is. Raises what goes wrong."""
    mailbox, troubles = Mailbox.get_by_id(reading.mailbox_id), []
    with Turn(mailbox, lease) as turn:
        folders.refresh(mailbox, turn.imap)
        pushes, found = turn.imap.can_push, folders.of(mailbox)
        is_current = _each(found, troubles, lambda folder: _read_new(turn, folder, reading.back_days))
        is_whole = is_current and _each(found, troubles, lambda folder: _read_old(turn, folder))
    changes = {"pushes": pushes, "refused": ""}
    if turn.lag is not None:
        changes["lag_seconds"] = turn.lag
    if troubles:
        changes |= {**_trouble(reading, troubles[0]), "folders_at": None}
    elif is_current:
        changes |= {"succeeded_at": now(), "failures": 0, "last_error": "", "last_error_at": None}
    return changes, _pause(reading) if is_whole else 0


def _each(found, troubles, read):
    """Whether `read(folder)` came to the end of each; one that the server does not give us keeps no other waiting."""
    is_done = True
    for folder in found:
        try:
            is_done &= read(folder)
        except Refused as error:
            troubles.append(UNREADABLE_FOLDER.format(folder.name, error))
    return is_done


def _read_new(turn, folder, back_days):
    opened = turn.open(folder)
    folder_reading.begin(folder, opened, back_days)
    folder_reading.count(turn, folder, opened)
    if not folder_reading.upwards(turn, folder, opened):
        return False
    folder_reading.move(folder, {"read_at": now()})
    return True


def _read_old(turn, folder):
    if folder.first_uid is None:
        return True
    turn.open(folder)
    return folder_reading.backwards(turn, folder)


def _pause(reading):
    watched = reading.watch_until is not None and reading.watch_until > now()
    return WATCHED_EVERY if watched else EVERY


def _trouble(reading, why):
    return {"failures": reading.failures + 1, "last_error": why[:500], "last_error_at": now()}


def _failed(reading, why):
    return _trouble(reading, why), min(LONGEST, EVERY * 2 ** min(reading.failures, 10))


def _refused(reading, error):
    in_a_row = reading.failures + 1 if reading.refused else 1
    signed_in_with = leases.fingerprint(Mailbox.get_by_id(reading.mailbox_id))
    return {**_trouble(reading, str(error)), "failures": in_a_row, "refused": signed_in_with}, LONGEST


def enrol():
    """Give each mailbox with an IMAP server its row."""
    rows = Mailbox.select(Mailbox.id, Mailbox.workspace).where(Mailbox.imap_host != "")
    known = MailboxReading.select(MailboxReading.mailbox)
    new = [{"mailbox": row.id, "workspace": row.workspace_id} for row in rows.where(Mailbox.id.not_in(known))]
    if new:
        MailboxReading.insert_many(new).on_conflict_ignore().execute()


def requeue_stalled():
    """Read those mailboxes whose turn it is: new ones, those whose reader was killed, and those the queue forgot."""
    enrol()
    for mailbox_id in leases.due():
        later("read_mailbox", mailbox_id)


def wake(mailbox_id):
    """Read it now, whatever it waits for; while it is being read, once more."""
    with db.atomic():
        MailboxReading.update(next_read_at=now(), refused="").where(MailboxReading.mailbox == mailbox_id).execute()
        later("read_mailbox", mailbox_id)


def switch(mailbox, on):
    """Read it from now on, or not any more. What was read stays."""
    enrol()
    MailboxReading.update(is_on=on).where(MailboxReading.mailbox == mailbox.id).execute()
    if on:
        wake(mailbox.id)


def read_again(mailbox, days):
    """Look at all mails of the last so many days once more. What is here already stays as it is."""
    back_to = (now() - timedelta(days=days)).date()
    begun = (MailFolder.mailbox == mailbox.id) & MailFolder.uid_validity.is_null(False)
    MailFolder.update(first_uid=MailFolder.last_uid + 1, back_to=back_to).where(begun).execute()
    wake(mailbox.id)
