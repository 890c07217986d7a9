"""Attachments stay in the mailbox: one is fetched when somebody wants it, wherever the mail lies by now."""

from email.message import EmailMessage

import pytest

from tests import factories
from tests.inbox.threads import make_thread
from tests.mail.mailboxes import mailbox
from webapp.core.errors import NotFound
from webapp.inbox.imap import fetch_part
from webapp.inbox.models import ThreadMessage
from webapp.mail.faults import Unavailable

PDF = b"%PDF-1.7\r\n\x00\xff a plan"


@pytest.fixture
def message(imap, cast):
    """A ThreadMessage whose mail, with a text and a PDF, lies in the inbox."""
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "The plan", "<plan@nordlicht.example>"
    mail.set_content("Here it is.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="plan.pdf")
    uid = imap.append(mail.as_bytes().replace(b"\n", b"\r\n"))
    row = mailbox(cast.alice, **imap.mailbox_fields())
    thread = make_thread(factories.lead(cast.acme), mailbox=row)
    message = ThreadMessage.select().where(ThreadMessage.thread == thread).get()
    place = {
        "folder": "INBOX",
        "uid": uid,
        "uid_validity": imap.uid_validity(),
        "message_id": "<plan@nordlicht.example>",
    }
    ThreadMessage.update({**place, "mailbox": row}).where(ThreadMessage.id == message.id).execute()
    return ThreadMessage.get_by_id(message.id)


def test_an_attachment_comes_as_it_was(message):
    assert fetch_part(message, "2") == PDF
    assert fetch_part(message, "1").strip() == b"Here it is."


def test_it_is_found_after_the_server_numbered_its_mails_anew(imap, message):
    imap.append(b"Subject: Another\r\n\r\nHello\r\n")
    imap.renumber()
    assert fetch_part(message, "2") == PDF


def test_one_that_was_deleted_in_the_mailbox_is_not_there(imap, message):
    imap.delete(message.uid)
    with pytest.raises(NotFound, match="not in the mailbox any more"):
        fetch_part(message, "2")
    imap.renumber()
    with pytest.raises(NotFound):
        fetch_part(message, "2")


@pytest.mark.parametrize("part", ["3", "9.9"])
def test_a_part_that_the_mail_does_not_have_is_not_there(message, part):
    with pytest.raises(NotFound):
        fetch_part(message, part)


@pytest.mark.parametrize("part", ["", "HEADER", "1]\r\nA1 LOGOUT", "0", "1.", "../2"])
def test_what_is_no_part_is_not_asked_for(message, part):
    with pytest.raises(NotFound, match="not to be had"):
        fetch_part(message, part)


def test_a_mailbox_that_is_deleted_or_a_folder_that_is_gone_is_told(message):
    message.folder = "Trips"
    with pytest.raises(Unavailable, match="said no"):
        fetch_part(message, "2")
    message.mailbox = None
    with pytest.raises(NotFound, match="not connected here"):
        fetch_part(message, "2")
