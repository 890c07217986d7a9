import pytest

from tests.inbox.desk import Desk
from tests.mail.mailboxes import mailbox
from webapp.inbox import passes, reading
from webapp.inbox.reading_models import MailboxReading


@pytest.fixture
def desk(monkeypatch):
    desk = Desk()
    monkeypatch.setattr(passes, "receiving", desk)
    return desk


@pytest.fixture
def box(imap, cast):
    """Alice's mailbox at the IMAP server, not read yet."""
    row = mailbox(cast.alice, **imap.mailbox_fields())
    reading.enrol()
    return row


@pytest.fixture
def read(app):
    """read(mailbox): its turn now, whenever it would be; returns its MailboxReading as it is then."""

    def read(mailbox):
        MailboxReading.update(next_read_at=None).where(MailboxReading.mailbox == mailbox.id).execute()
        reading.read_mailbox(mailbox.id)
        return MailboxReading.get(MailboxReading.mailbox == mailbox.id)

    return read
