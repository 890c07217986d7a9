"""What servers do wrong: the next turn goes on where it broke, one bad mail holds up no other, nothing counts twice,
and the row says in words what is the matter.
"""

import resource
import ssl
import time
from pathlib import Path

import pytest

from tests.inbox import scripted_imap as script
from tests.inbox.desk import raw, subjects
from tests.mail.mailboxes import mailbox
from webapp.core.crypto import encrypt
from webapp.inbox import folder_reading, imap, imap_protocol, reading
from webapp.inbox.reading_models import BrokenMail, MailboxReading, MailFolder
from webapp.mail import google_mail, mailboxes
from webapp.mail.mailbox_models import Mailbox, MailboxKind, Security

SELF_SIGNED = Path(__file__).parent.parent / "campaigns" / "self_signed.pem"


@pytest.fixture
def server(app):
    with script.scripted_imap() as server:
        yield server


@pytest.fixture
def box(server, cast, read):
    """A mailbox at that server, of which each folder was read once."""
    row = mailbox(cast.alice, **server.mailbox_fields())
    reading.enrol()
    assert read(row).last_error == ""
    return row


@pytest.fixture
def quickly(monkeypatch):
    monkeypatch.setattr(imap, "COMMAND_SECONDS", 0.4)
    monkeypatch.setattr(imap, "MAIL_SECONDS", 0.4)


def test_mails_that_the_server_numbers_anew_while_they_are_read_are_kept_once(server, box, desk, read):
    server.append(raw(1), raw(2), raw(3))

    def renumber(talk, tag, answer):
        server.uid_validity += 1
        server.folders["INBOX"] = {uid + 50: mail for uid, mail in server.folders["INBOX"].items()}
        return False

    server.on("BODY.PEEK[]", renumber)
    assert "numbers the mails of INBOX anew" in read(box).last_error
    row = read(box)
    assert desk.kept == subjects([1, 2, 3]) and row.last_error == ""
    folder = MailFolder.get()
    assert (folder.uid_validity, folder.last_uid) == (8, 53)


@pytest.mark.parametrize("command", ["HEADER.FIELDS", "BODY.PEEK[]"])
def test_a_connection_that_drops_in_a_fetch_is_opened_again_and_nothing_is_kept_twice(server, box, desk, read, command):
    server.append(raw(1), raw(2), raw(3))
    server.on(command, script.drops)
    row = read(box)
    assert desk.kept == subjects([1, 2, 3]) and row.failures == 0
    assert not BrokenMail.select().exists()


def test_a_server_that_always_drops_is_given_up_for_now_and_no_mail_is_passed_over(server, box, desk, read):
    server.append(raw(1), raw(2))
    server.on("UID FETCH", script.drops, times=None)
    before = server.connections
    row = read(box)
    assert row.failures == 1 and "ended the connection" in row.last_error
    assert server.connections - before < 10
    assert MailFolder.get().last_uid == 0 and not BrokenMail.select().exists()
    server.tricks.clear()
    read(box)
    assert desk.kept == subjects([1, 2])


@pytest.mark.parametrize("trick", [script.stalls, script.trickles])
def test_a_server_that_stalls_is_given_up_in_time(server, box, desk, read, quickly, trick):
    server.append(raw(1, "x" * 5000))
    server.on("UID FETCH", trick, times=None)
    began = time.monotonic()
    row = read(box)
    assert time.monotonic() - began < 8
    assert "stopped answering" in row.last_error and desk.kept == []
    server.tricks.clear()
    assert read(box).last_error == "" and desk.kept == subjects([1])


def test_a_folder_that_cannot_be_opened_keeps_no_other_waiting(server, box, desk, read):
    server.append(raw(1))
    server.append(raw(2), folder="Sent")
    MailboxReading.update(folders_at=None).execute()
    server.on('EXAMINE "INBOX"', script.says_no("[SERVERBUG] Mailbox is corrupt"))
    row = read(box)
    assert desk.kept == subjects([2])
    assert row.last_error.startswith("The folder INBOX cannot be read:") and "Mailbox is corrupt" in row.last_error
    succeeded = row.succeeded_at
    row = read(box)
    assert sorted(desk.kept) == subjects([1, 2]) and row.last_error == "" and row.succeeded_at > succeeded


@pytest.mark.parametrize("shift", [-30, 30, 4_000_000_000])
@pytest.mark.parametrize("command", ["HEADER.FIELDS", "BODY.PEEK["])
def test_a_mail_whose_literal_has_a_wrong_length_is_written_down_and_passed(
    server, box, desk, read, quickly, shift, command
):
    server.append(raw(1), raw(2), raw(3))
    server.on(command, script.about(2, script.literal_off_by(shift)), times=None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        read(box)
    assert desk.kept == subjects([1, 3])
    assert [broken.uid for broken in BrokenMail.select()] == [2]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kB more for one literal"


def test_a_server_that_says_goodbye_is_asked_again_later(server, box, desk, read):
    server.append(raw(1))
    server.on("EXAMINE", script.bye)
    row = read(box)
    assert row.failures == 1 and "Going down for maintenance" in row.last_error
    assert read(box).last_error == "" and desk.kept == subjects([1])


def test_a_mail_that_the_server_does_not_give_is_written_down_and_passed(server, box, desk, read):
    server.append(raw(1), raw(2), raw(3))
    server.on("UID FETCH 2 (BODY", script.says_no("[SERVERBUG] Message is damaged"), times=None)
    row = read(box)
    assert desk.kept == subjects([1, 3]) and row.failures == 0
    broken = BrokenMail.get()
    assert (broken.uid, broken.subject) == (2, "Mail 2") and "Message is damaged" in broken.error


def test_mails_are_not_passed_over_because_the_server_asks_us_to_wait(server, box, desk, read):
    server.append(raw(1), raw(2))
    server.on("BODY.PEEK[]", script.says_no("[OVERQUOTA] Account exceeded bandwidth limits"), times=None)
    row = read(box)
    assert "asks us to wait" in row.last_error and row.failures == 1
    assert not BrokenMail.select().exists()
    server.tricks.clear()
    read(box)
    assert desk.kept == subjects([1, 2])


def test_mails_are_not_passed_over_when_none_at_all_can_be_fetched(server, box, desk, read):
    server.append(raw(1), raw(2))
    server.on("BODY.PEEK[]", script.says_no("Storage is away"), times=None)
    row = read(box)
    assert "Storage is away" in row.last_error and not BrokenMail.select().exists()


def test_a_mail_that_is_told_of_twice_and_flags_that_nobody_asked_for_do_no_harm(server, box, desk, read):
    server.append(raw(1), raw(2))

    def twice(talk, tag, answer):
        end = answer.rindex(tag)
        talk.say(b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n", answer[:end], answer[:end], b"* 2 EXISTS\r\n", answer[end:])

    server.on("UID FETCH", twice, times=None)
    read(box)
    assert desk.kept == subjects([1, 2])


def test_a_mail_that_is_gone_before_it_is_fetched_is_no_trouble(server, box, desk, read):
    server.append(raw(1), raw(2))
    server.on("UID FETCH 1 (BODY", lambda talk, tag, answer: talk.say(b"%s OK nothing\r\n" % tag))
    assert read(box).last_error == ""
    assert desk.kept == subjects([2]) and not BrokenMail.select().exists()


def test_a_mail_that_the_database_cannot_take_now_is_not_called_broken(server, box, desk, read, monkeypatch):
    server.append(raw(1))

    def locked(*about):
        from peewee import OperationalError

        raise OperationalError("database is locked")

    monkeypatch.setattr(desk, "keep", locked)
    with pytest.raises(Exception, match="locked"):
        read(box)
    row = MailboxReading.get()
    assert row.last_error.startswith("Something in Galena went wrong") and row.lease_token == ""
    assert not BrokenMail.select().exists() and MailFolder.get().last_uid == 0


def test_a_server_that_does_not_say_which_uid_is_next_is_read_all_the_same(server, box, desk, read):
    server.tells_uid_next = False
    server.append(raw(1), raw(2))
    read(box)
    assert desk.kept == subjects([1, 2])


def test_a_mailbox_with_gaps_of_a_thousand_million_numbers_is_read_in_few_questions(server, box, desk, read):
    server.folders["INBOX"] = {5: raw(1), 4_000_000_000: raw(2)}
    server.lines.clear()
    read(box)
    assert desk.kept == subjects([1, 2])
    assert server.said("UID SEARCH") < 30


def test_a_server_that_cannot_let_us_in_right_now_says_nothing_about_the_password(server, box, read):
    server.on("AUTHENTICATE", script.says_no("[UNAVAILABLE] Authentication backend is away"))
    row = read(box)
    assert "cannot let us in right now" in row.last_error and row.refused == ""


def test_a_password_that_the_server_repeats_is_not_kept(server, box, read):
    server.on("AUTHENTICATE", script.says_no("Wrong password hush-hush"))
    row = read(box)
    assert "refused the user name or password" in row.last_error and "hush-hush" not in row.last_error


def test_what_was_sent_is_found_by_its_flag_whatever_it_is_called(server, box, desk, read):
    server.folders |= {"Sent": {1: raw(1)}, "Odeslan&AOE- po&AWE-ta": {1: raw(2)}}
    server.flags["Odeslan&AOE- po&AWE-ta"] = "\\HasNoChildren \\Sent"
    MailboxReading.update(folders_at=None).execute()
    read(box)
    assert desk.kept == subjects([2])
    assert {folder.name for folder in MailFolder.select()} == {"INBOX", "Odeslaná pošta"}


def test_of_a_mail_that_is_too_large_only_its_texts_are_fetched(imap, cast, desk, read, monkeypatch):
    row = mailbox(cast.alice, **imap.mailbox_fields())
    reading.enrol()
    monkeypatch.setattr("webapp.inbox.imap.WHOLE", 2000)
    got = []
    monkeypatch.setattr(desk, "make_out", lambda mailbox, mail, envelope: got.append(mail))
    body = (
        b'--x\r\nContent-Type: multipart/alternative; boundary="y"\r\n\r\n'
        b"--y\r\nContent-Type: text/plain\r\n\r\nYes, call me.\r\n--y\r\nContent-Type: text/html\r\n\r\n<p>Yes</p>\r\n"
        b'--y--\r\n--x\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + b"QUJD\r\n" * 1000
        + b"--x--\r\n"
    )
    imap.append(
        raw(1, **{"Content-Type": 'multipart/mixed; boundary="x"'}).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    )
    read(row)
    mail = folder_reading.parsing.message_of(got[0])
    kinds = [(part.get_content_type(), len(part.get_payload())) for part in mail.walk() if not part.is_multipart()]
    assert [kind for kind, _ in kinds] == ["text/plain", "text/html", "application/pdf"]
    assert "Yes, call me." in mail.get_payload(0).get_payload(0).get_payload() and kinds[2][1] < 10
    assert mail.get_payload(1).get_filename() == "plan.pdf" and len(got[0]) < 2000


# -------------------------------------------------------- encryption, tokens


@pytest.fixture
def encrypted(monkeypatch):
    """A server with STARTTLS whose certificate we trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(SELF_SIGNED))
    imap_protocol.tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    with script.scripted_imap(context) as server:
        server.capabilities += " STARTTLS"
        yield server
    imap_protocol.tls.cache_clear()


def test_a_password_goes_out_after_starttls_only(encrypted, cast, desk, read):
    encrypted.append(raw(1))
    row = mailbox(cast.alice, **encrypted.mailbox_fields(imap_security=Security.STARTTLS, imap_host="localhost"))
    reading.enrol()
    assert read(row).last_error == "" and desk.kept == subjects([1])
    names = [line.split()[1] for line in encrypted.lines]
    assert names.index("STARTTLS") < names.index("AUTHENTICATE")


def test_a_server_that_hides_starttls_is_told_no_password(server, cast, read):
    row = mailbox(cast.alice, **server.mailbox_fields(imap_security=Security.STARTTLS))
    reading.enrol()
    assert "offers no encryption (STARTTLS)" in read(row).last_error
    assert server.said("AUTHENTICATE") == server.said("LOGIN") == 0


def test_what_somebody_slips_in_before_encryption_begins_is_forgotten(encrypted, cast, read):
    encrypted.append(raw(1))

    def slip_in(talk, tag, answer):
        talk.say(answer + b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n")

    encrypted.on("STARTTLS", slip_in)
    row = mailbox(cast.alice, **encrypted.mailbox_fields(imap_security=Security.STARTTLS, imap_host="localhost"))
    reading.enrol()
    assert read(row).last_error == ""


def test_a_certificate_that_we_cannot_trust_is_told(cast, read):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    with script.scripted_imap(context) as server:
        server.capabilities += " STARTTLS"
        row = mailbox(cast.alice, **server.mailbox_fields(imap_security=Security.STARTTLS, imap_host="localhost"))
        reading.enrol()
        assert "has a certificate we cannot trust" in read(row).last_error
        assert server.said("AUTHENTICATE") == 0


def test_gmail_is_read_with_a_token_and_with_a_fresh_one_when_that_ended_early(server, cast, desk, read, monkeypatch):
    server.append(raw(1))
    row = mailbox(cast.alice, **server.mailbox_fields())
    token = encrypt("an old token", mailboxes.ACCESS)
    Mailbox.update(kind=MailboxKind.GOOGLE, access_token=token, access_until=None).execute()
    reading.enrol()
    asked = []

    def refreshed(refresh_token):
        asked.append(refresh_token)
        return {"access_token": "a token" if len(asked) > 1 else "an old token", "expires_in": 3600}

    monkeypatch.setattr(google_mail.google, "refreshed", refreshed)
    assert read(row).last_error == ""
    assert desk.kept == subjects([1]) and asked == ["hush-hush", "hush-hush"]
