"""The IMAP server that the inbox is tested against: what is put there can be read by any client."""

from imapclient import IMAPClient

from tests.imap_server import PASSWORD, USER
from tests.mail.mailboxes import mailbox

RAW = b"From: kira@nordlicht.example\r\nMessage-ID: <1@nordlicht.example>\r\nSubject: Re: Panels\r\n\r\nYes.\r\n"


def _signed_in(imap, user=USER):
    client = IMAPClient("127.0.0.1", port=imap.port, ssl=False, timeout=5)
    client.login(user, PASSWORD)
    return client


def test_a_client_reads_what_was_put_into_a_folder(imap, cast):
    row = mailbox(cast.alice, **imap.mailbox_fields())
    uid = imap.append(RAW)
    imap.append(RAW, "Gesendet")
    with _signed_in(imap, row.username) as client:
        assert [name for *_, name in client.list_folders()] == ["INBOX", "Gesendet"]
        client.select_folder("INBOX", readonly=True)
        assert client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] == RAW
    assert imap.flags() == {uid: set()}


def test_each_account_has_its_own_mail(imap):
    imap.mailbox_fields("mara@halden.example"), imap.append(RAW, user="tom@halden.example")
    with _signed_in(imap) as mine, _signed_in(imap, "tom@halden.example") as his:
        assert mine.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0
        assert his.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1


def test_it_can_number_its_mails_anew(imap):
    imap.append(RAW)
    with _signed_in(imap) as client:
        before = client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
        imap.renumber()
        assert client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"] != before
        assert client.search() == [1]
