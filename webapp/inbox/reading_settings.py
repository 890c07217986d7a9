"""What a person sets about the reading of a mailbox: whether, which folders, how far back."""

import time

from db import db
from webapp.accounts.audit import record
from webapp.auth.throttle import hit
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.mail.faults import Dropped, Unavailable

from . import folders, imap, reading
from .reading_models import BrokenMail, FolderRole, MailboxReading

SECONDS = 40  # for a test to sign in and list the folders
BROKEN = 20  # broken mails that are listed
AGAIN_DAYS = 30
MOST_DAYS = 3650
NO_SERVER = "This mailbox has no IMAP server, so nothing can be read. Edit the mailbox to give one."


def reading_of(mailbox):
    """Its MailboxReading; the usual one, not saved, while it has none. Raises Invalid when it has no IMAP server."""
    if not mailbox.imap_host:
        raise Invalid(NO_SERVER)
    usual = MailboxReading(mailbox=mailbox.id, workspace=mailbox.workspace_id)
    return MailboxReading.get_or_none(MailboxReading.mailbox == mailbox.id) or usual


def _kept(mailbox):
    """The same, saved."""
    if reading_of(mailbox).id is None:
        which = {"workspace": mailbox.workspace_id, "mailbox": mailbox.id}
        MailboxReading.insert(which).on_conflict_ignore().execute()
    return reading_of(mailbox)


def back_days_of(mailbox):
    return reading_of(mailbox).back_days


def broken_of(mailbox):
    """(how many mails could not be read, the newest BrokenMails)."""
    rows = BrokenMail.select().where(BrokenMail.mailbox == mailbox.id)
    return rows.count(), list(rows.order_by(BrokenMail.id.desc()).limit(BROKEN))


def choosable(mailbox):
    """(names of the folders that can be read besides the usual ones, those of them that are)."""
    found = folders.of(mailbox)
    usual = {one.name for one in found if one.role is not FolderRole.CHOSEN}
    chosen = [one.name for one in found if one.role is FolderRole.CHOSEN]
    return sorted({*reading_of(mailbox).listed, *chosen} - usual, key=str.casefold), chosen


def save(mailbox, names, back_days, *, actor):
    """Read these folders besides the inbox and the sent mail, and mails of the last `back_days`. Raises Invalid."""
    if not 0 <= back_days <= MOST_DAYS:
        raise Invalid(f"Give a number of days from 0 to {MOST_DAYS:,}.", "back_days")
    row, (_, before) = _kept(mailbox), choosable(mailbox)
    changes = {"folders": [sorted(before), sorted(names)], "back_days": [row.back_days, back_days]}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if not changes:
        return
    with db.atomic():
        folders.choose(mailbox, names)
        MailboxReading.update(back_days=back_days).where(MailboxReading.id == row.id).execute()
        record(actor, "mailbox.reading_changed", mailbox.email, workspace=mailbox.workspace_id, changes=changes)
    reading.wake(mailbox.id)


def switch(mailbox, on, *, actor):
    """Read it, or read it no more. What was read stays. Nobody is told of trouble before it had time to be read."""
    _kept(mailbox)
    with db.atomic():
        if on:
            MailboxReading.update(switched_at=now()).where(MailboxReading.mailbox == mailbox.id).execute()
        action = f"mailbox.reading_{'on' if on else 'off'}"
        record(actor, action, mailbox.email, workspace=mailbox.workspace_id)
        reading.switch(mailbox, on)


def read_again(mailbox, *, actor):
    """Look once more through what came in the last days. What is here already is not counted twice."""
    hit(f"read again {mailbox.id}", limit=6, seconds=3600)
    if not _kept(mailbox).is_on:
        raise Invalid("Reading is switched off. Switch it on first.")
    reading.read_again(mailbox, AGAIN_DAYS)
    record(actor, "mailbox.read_again", mailbox.email, workspace=mailbox.workspace_id, days=AGAIN_DAYS)


def read_test(mailbox, member):
    """Sign in now and list the folders; returns how many there are. Raises Invalid with what is wrong, and TooMany."""
    row = _kept(mailbox)
    hit(f"read test {member.user_id}", limit=20, seconds=600)
    MailboxReading.update(folders_at=None).where(MailboxReading.id == row.id).execute()  # they are listed anew
    try:
        with imap.open_mailbox(mailbox, deadline=time.monotonic() + SECONDS) as session:
            folders.refresh(mailbox, session)
    except (Unavailable, Dropped) as error:
        raise Invalid(str(error)) from error
    finally:
        reading.wake(mailbox.id)  # a test that fails shows in its state, too
    return len(reading_of(mailbox).listed)
