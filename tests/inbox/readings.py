"""How mailboxes were read, for tests: rows as a reading leaves them."""

from datetime import timedelta

from tests.mail.mailboxes import mailbox
from webapp.core.clock import now
from webapp.inbox.reading_models import FolderRole, MailboxReading, MailFolder


def read(member, *, ago=None, backlog=0, **fields):
    """The MailboxReading of a new mailbox of `member`, read to the end so many seconds `ago` (None: never), and with an
    inbox that has so many mails left to read.
    """
    box = mailbox(member, **{name: fields.pop(name) for name in ("email", "imap_host") if name in fields})
    since = {"switched_at": now() - timedelta(days=2), **fields}
    if ago is not None:
        since |= {"succeeded_at": now() - timedelta(seconds=ago), "began_at": now() - timedelta(seconds=ago + 1)}
    row = MailboxReading.create(workspace=member.workspace, mailbox=box, **since)
    place = {"workspace": member.workspace, "mailbox": box, "name": "INBOX", "role": FolderRole.INBOX}
    MailFolder.create(**place, backlog=backlog, seen=12, uid_validity=1)
    return row


def failing(member, why="The server refused the password.", *, ago=1200, **fields):
    """One that fails, read to the end so many seconds `ago`."""
    wrong = {"failures": 4, "last_error": why, "last_error_at": now()}
    return read(member, ago=ago, **wrong, **fields)
