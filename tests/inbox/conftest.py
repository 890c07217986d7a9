import itertools

import pytest

from tests import factories
from tests.inbox.desk import Desk
from tests.inbox.threads import make_thread
from tests.mail.mailboxes import mailbox
from webapp.inbox import folder_reading, outgoing, reading
from webapp.inbox.reading_models import MailboxReading
from webapp.mail.mailbox_models import Mailbox, Security

_number = itertools.count(1)


@pytest.fixture
def desk(monkeypatch):
    desk = Desk()
    monkeypatch.setattr(folder_reading, "receiving", desk)
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


@pytest.fixture
def smtp(cast):
    """smtp(server) is a Mailbox of Alice's that sends through a server of tests/campaigns/smtp_servers.py."""

    def through(server, **changes):
        port = int(server.url.rpartition(":")[2])
        box = mailbox(cast.alice, email=f"alice{next(_number)}@acme.example", sender_name="Alice Archer")
        where = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": Security.NONE, "secret": ""}
        Mailbox.update({**where, **changes}).where(Mailbox.id == box.id).execute()
        return Mailbox.get_by_id(box.id)

    return through


@pytest.fixture
def elena(cast):
    """A lead who wrote "Sounds good. When can you call?"."""
    return factories.lead(cast.acme, "Stripe", first_name="Elena", last_name="Marchetti", email="elena@stripe.example")


@pytest.fixture
def thread(elena, cast):
    return make_thread(elena, assignee=cast.alice.user_id, subject="Partners in Ireland")


@pytest.fixture
def answer(cast, thread):
    """answer(text, …) answers in the thread as Alice would; returns the ThreadMessage."""

    def answer(text="Friday at 10?", *, member=None, where=None, **how):
        given = {
            "recipients": [("Elena Marchetti", "elena@stripe.example")], "subject": "Re: Partners in Ireland",
            "token": f"form {next(_number)}", **how,
        }  # fmt: skip
        return outgoing.answer(member or cast.alice, where or thread, text=text, **given)

    return answer
