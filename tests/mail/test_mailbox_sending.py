"""Sending through a mailbox, over real servers: the test mail, what can be wrong in plain words, and its health."""

import socket
import ssl
from base64 import b64encode
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.campaigns.smtp_servers import mail_server, password_required, scripted_server
from tests.mail.mailboxes import FORM, HERE, mailbox
from webapp.config import current
from webapp.core.clock import now
from webapp.mail import health, mailbox_check, mailbox_list, mailboxes, reasons
from webapp.mail.faults import Dropped, Unavailable
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxState, Security
from webapp.mail.models import CapturedMail
from webapp.mail.smtp import Server
from webapp.mail.transports import transport_of

SELF_SIGNED = Path(__file__).parent.parent / "campaigns" / "self_signed.pem"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


def at(member, url, **changes):
    """A mailbox of `member` at the local server `url`."""
    place = urlsplit(url)
    server = {"smtp_host": place.hostname, "smtp_port": place.port, "smtp_security": Security.NONE, "imap_host": ""}
    return mailbox(member, **{**server, "password": "", **changes})


def again(box):
    return Mailbox.get_by_id(box.id)


def test_a_test_goes_through_this_very_mailbox_and_makes_it_ready(cast, alice):
    with mail_server(**password_required("mara@halden.example", "right")) as inbox:
        box = at(cast.alice, inbox.url, password="right")
        assert "Not tested yet" in alice.get(HERE).text
        answer = alice.post(f"{HERE}/{box.id}/test")
        assert answer.location == f"{HERE}/{box.id}"
        sender, to, raw = inbox.mails[0]
    message = message_from_bytes(raw)
    assert (sender, to) == ("mara@halden.example", cast.alice.email)
    assert message["From"] == "Mara Lindqvist <mara@halden.example>"
    assert message["Message-ID"].endswith("@halden.example>")
    assert again(box).checked_at is not None and "Warming up, day 1" in alice.get(HERE).text


def test_the_servers_mailbox_tests_what_there_is(cast, alice, inbox, settings):
    box = mailboxes.server_mailbox(cast.acme.id)
    alice.post(f"{HERE}/{box.id}/test")
    assert inbox.mails[0][0] == "hello@galena.test"
    settings(mail_url=None)
    assert "The test is in the Outbox." in alice.post(f"{HERE}/{box.id}/test", follow_redirects=True).text
    assert CapturedMail.get().email == cast.alice.email


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"greeting": "554 go away"}, "turned us away: 554 go away"),
        ({"greeting": None}, "did not answer in time, or hung up"),
        ({"mail": "550 5.7.1 not your address"}, "takes no mail from mara@halden.example: 550 5.7.1"),
        ({"rcpt": "550 5.1.1 no such user"}, "The server answered: 550 5.1.1 no such user"),
        ({"dot": "554 5.7.1 spam"}, "The server answered: 554 5.7.1 spam"),
        ({"ehlo": "250-hi\r\n250 AUTH GSSAPI"}, "no way to sign in that we know"),
        ({"auth": "454 4.7.0 later"}, "cannot check who we are right now: 454 4.7.0 later"),
        ({"auth": "535 5.7.8 bad"}, "refused the user name or password: 535 5.7.8 bad"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words_and_kept(cast, alice, htmx, answers, sentence):
    with scripted_server(**answers) as server:
        box = at(cast.alice, server.url, password="x" if {"auth", "ehlo"} & answers.keys() else "")
        answer = alice.post(f"{HERE}/{box.id}/test", headers=htmx)
    assert answer.status_code == 422 and "The test did not go out" in answer.text and sentence in answer.text
    assert "<html" not in answer.text
    kept = again(box)
    assert sentence in kept.last_error and kept.checked_at is None and sentence in alice.get(f"{HERE}/{box.id}").text


def test_a_password_that_cannot_be_checked_right_now_pauses_nothing(cast):
    with scripted_server(auth="454 4.7.0 Temporary authentication failure") as server:
        box = at(cast.alice, server.url, password="x")
        assert "right now: 454" in failure(box, cast.alice)
    assert again(box).state is MailboxState.ACTIVE


@pytest.mark.parametrize(
    ("port", "tls", "hint"),
    [
        (465, "required", "On port 465, TLS from the first byte is usual."),
        (587, "always", "On port 587, STARTTLS is usual."),
    ],
)
def test_a_port_with_the_other_way_of_encrypting_gets_a_hint(port, tls, hint):
    server = Server("smtp.example.com", port, "u", "p", tls, typed=True)
    for error in (Dropped("The server did not answer in time."), ssl.SSLError("WRONG_VERSION_NUMBER")):
        assert str(reasons.unavailable(error, "The mail server", server, shaken=True)).endswith(hint)


def test_a_server_that_says_the_password_back_does_not_get_it_onto_a_page(cast, alice):
    secret = "canary-password"
    line = b64encode(f"\0mara@halden.example\0{secret}".encode()).decode()
    with scripted_server(auth=f"535 bad AUTH PLAIN {line} for {secret}") as server:
        box = at(cast.alice, server.url, password=secret)
        text = alice.post(f"{HERE}/{box.id}/test").text
    assert "535 bad AUTH PLAIN … for …" in text
    assert secret not in text + again(box).last_error and line not in text + again(box).last_error


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def failure(box, member):
    with pytest.raises(Exception) as raised:
        mailbox_check.send_test(again(box), member)
    return str(raised.value)


def test_a_port_where_nobody_listens_is_asked_about(cast):
    box = at(cast.alice, f"smtp://127.0.0.1:{free_port()}")
    assert "connection refused" in failure(box, cast.alice)


def test_a_name_that_dns_does_not_know_is_asked_about(cast, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    box = mailbox(cast.alice, smtp_host="smtp.typo.example")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "DNS knows no smtp.typo.example" in failure(box, cast.alice)


def test_a_certificate_nobody_vouches_for_is_named(cast, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    with mail_server(tls_context=context, require_starttls=True) as inbox:
        box = at(cast.alice, inbox.url, smtp_security=Security.STARTTLS)
        assert "a certificate we cannot trust" in failure(box, cast.alice) and inbox.mails == []
        assert health.is_stopped_by_us(again(box))
        monkeypatch.setenv("SSL_CERT_FILE", str(SELF_SIGNED))
        assert mailbox_check.send_test(again(box), cast.alice) and len(inbox.mails) == 1
        assert again(box).state is MailboxState.ACTIVE, "what Galena stopped goes on once it works"


def test_tls_from_the_first_byte_works_and_its_absence_is_named(cast, monkeypatch):
    with mail_server() as inbox:
        box = at(cast.alice, inbox.url, smtp_security=Security.TLS)
        assert "its encryption (TLS) does not begin" in failure(box, cast.alice)
        Mailbox.update(smtp_security=Security.STARTTLS).execute()
        assert "offers no encryption (STARTTLS)" in failure(box, cast.alice)


def test_a_mailbox_whose_name_leads_into_our_own_network_is_not_connected_to(cast, settings, monkeypatch):
    with scripted_server() as server:
        box = at(cast.alice, server.url)
        settings(fetch_allow=())
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", box.smtp_port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place])
        for host in ("127.0.0.1", "mail.evil.example"):
            Mailbox.update(smtp_host=host, state=MailboxState.ACTIVE).execute()
            assert "no address of the public internet" in failure(box, cast.alice)
            assert again(box).state is MailboxState.PAUSED
        assert server.connections == 0


def test_the_address_that_was_checked_is_the_one_connected_to(cast, monkeypatch):
    """A name that leads elsewhere when it is asked about a second time leads nowhere new."""
    with mail_server() as inbox:
        box = at(cast.alice, inbox.url, smtp_host="127.0.0.1")
        Mailbox.update(smtp_host="rebinding.example").execute()
        asked, usual = [], socket.getaddrinfo

        def answer(host, port, *arguments, **options):
            if host != "rebinding.example":
                return usual(host, port, *arguments, **options)
            asked.append(host)
            return usual("127.0.0.1" if len(asked) == 1 else "203.0.113.1", port, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        assert mailbox_check.send_test(again(box), cast.alice)
        assert asked == ["rebinding.example"] and len(inbox.mails) == 1


def test_a_former_secret_key_opens_the_password_and_a_lost_one_is_said(cast, settings):
    with mail_server(**password_required("mara@halden.example", "right")) as inbox:
        box = at(cast.alice, inbox.url, password="right")
        former = current().secret_key
        settings(secret_key="another key, long enough to be one as well", secret_key_fallbacks=(former,))
        assert mailbox_check.send_test(again(box), cast.alice)
        settings(secret_key_fallbacks=())
        assert "SECRET_KEY was changed" in failure(box, cast.alice) and len(inbox.mails) == 1
        assert again(box).state is MailboxState.PAUSED


def test_tests_are_not_sent_without_end(cast, alice):
    with mail_server() as inbox:
        box = at(cast.alice, inbox.url)
        codes = [alice.post(f"{HERE}/{box.id}/test").status_code for _ in range(21)]
    assert codes == [303] * 20 + [429] and len(inbox.mails) == 20


def test_a_transport_of_a_mailbox_keeps_its_connection(cast):
    with scripted_server() as server:
        transport = transport_of(at(cast.alice, server.url))
        for _ in range(3):
            transport.offer("gina@globex.example")
            transport.connection.hand_over(b"Subject: x\r\n\r\nx\r\n")
        transport.close()
    assert server.connections == 1 and server.lines.count("MAIL FROM:<mara@halden.example>") == 3


# --------------------------------------------------------------------- health


def test_a_fault_that_lasts_pauses_at_once(cast):
    box = mailbox(cast.alice)
    health.noted(box, Unavailable("The password is wrong.", lasting=True))
    assert again(box).state is MailboxState.PAUSED and health.is_stopped_by_us(again(box))


def test_what_a_person_paused_stays_paused_whatever_a_test_says(cast):
    with mail_server() as inbox:
        box = at(cast.alice, inbox.url)
        mailboxes.pause(box, "Holidays", actor=cast.alice)
        health.noted(box, Unavailable("no", lasting=True))
        mailbox_check.send_test(again(box), cast.alice)
    kept = again(box)
    assert (kept.state, kept.pause_reason, kept.last_error) == (MailboxState.PAUSED, "Holidays", "")


def test_one_that_is_resumed_changed_or_mended_is_looked_at_again_and_keeps_its_gap(cast, alice):
    box = mailbox(cast.alice)
    later, held = now() + timedelta(hours=9), now() + timedelta(seconds=30)
    for act, data in (("resume", {}), ("edit", {**FORM, "owner": box.user_id, "daily_cap": "77"})):
        parked = {"state": "paused", "lease_until": later, "lease_token": "", "next_send_at": held}
        Mailbox.update(parked).execute()
        alice.post(f"{HERE}/{box.id}/{act}", data=data)
        assert (again(box).lease_until, again(box).next_send_at) == (None, held), act
    Mailbox.update(state="paused", lease_until=held, lease_token="held by somebody").execute()
    alice.post(f"{HERE}/{box.id}/resume")
    assert again(box).lease_until == held, "a lease that somebody holds is theirs"


def test_resuming_forgets_what_was_wrong(cast, alice):
    box = mailbox(cast.alice)
    health.noted(box, Unavailable("The password is wrong.", lasting=True))
    assert "The password is wrong." in alice.get(HERE).text
    alice.post(f"{HERE}/{box.id}/resume")
    kept = again(box)
    assert (kept.state, kept.pause_reason, kept.last_error, kept.refusals) == (MailboxState.ACTIVE, "", "", 0)


def test_other_credentials_let_a_stopped_mailbox_go_on_untested(cast):
    box = mailbox(cast.alice)
    health.noted(box, Unavailable("The password is wrong.", lasting=True))
    fields = {name: getattr(box, name) for name in (*mailboxes.SERVER, *mailboxes.WRITER, *mailboxes.LIMITS)}
    more = {"username": "", "password": "the right one", "owner": box.user_id}
    mailboxes.change(again(box), {**fields, **more}, actor=cast.alice)
    assert again(box).state is MailboxState.ACTIVE and again(box).checked_at is None


def test_the_list_shows_what_left_today_of_what_may_in_the_mailboxs_own_zone(cast, alice):
    box = mailbox(cast.alice, zone="Pacific/Auckland", ramp_start=None, ramp_step=0)
    day = mailbox_list.shown(cast.alice, box)
    assert (day.sent, day.cap) == (0, 50)
    here = now().astimezone(ZoneInfo("Pacific/Auckland")).date()
    MailboxDay.create(workspace=cast.acme, mailbox=box, day=here.isoformat(), sent=22)
    MailboxDay.create(workspace=cast.acme, mailbox=box, day=(here - timedelta(days=1)).isoformat(), sent=7)
    assert "22 of 50" in alice.get(HERE).text


def test_a_slow_ramp_counts_working_days(cast):
    box = mailbox(cast.alice, ramp_start=10, ramp_step=5, daily_cap=40)
    friday = now().date() - timedelta(days=now().date().weekday() + 3)  # of last week
    box.ramp_from = friday
    caps = [mailbox_list.cap_on(box, friday + timedelta(days=days)) for days in range(12)]
    assert caps == [10, 10, 10, 15, 20, 25, 30, 35, 35, 35, 40, 40]
    assert mailbox_list.warms_up(box, friday) and not mailbox_list.warms_up(box, friday + timedelta(days=10))
