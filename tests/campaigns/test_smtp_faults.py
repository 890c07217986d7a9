"""What a mail server can do to us: the right state, the right sentence, no hang, nothing twice."""

import dataclasses
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from webapp import config
from webapp.campaigns import launching, leases, sending
from webapp.campaigns.models import Delivery
from webapp.core.clock import now
from webapp.mail import smtp
from webapp.mail.mailbox_models import Mailbox

from .conftest import states, wake_all
from .smtp_servers import mail_server, password_required, scripted_server

SELF_SIGNED = Path(__file__).with_name("self_signed.pem")  # for 127.0.0.1, made for this test alone


@pytest.fixture
def scripted(mail_url):
    """scripted(**answers) is a scripted server that MAIL_URL points at."""
    open_servers = []

    def start(**answers):
        context = scripted_server(**answers)
        open_servers.append(context)
        server = context.__enter__()
        mail_url(server.url)
        return server

    yield start
    for context in open_servers:
        context.__exit__(None, None, None)


def make_due():
    Delivery.update(due_at=now() - timedelta(seconds=1)).where(Delivery.state == "claimed").execute()
    wake_all()


def test_a_permanent_refusal_is_final_and_the_rest_goes_on(inbox, started, send):
    inbox.rcpt_answers = ["550 5.1.1 no such user"]
    campaign = send(started(3))
    assert sorted(states(campaign)) == ["accepted", "accepted", "refused"]
    assert (campaign.sent, campaign.refused, campaign.state.value) == (2, 1, "completed")
    assert "no such user" in Delivery.get(Delivery.state == "refused").error


def test_a_permanent_refusal_of_the_message_is_final_too(inbox, started, send):
    inbox.data_answers = ["554 5.7.1 spam"]
    campaign = send(started(1))
    assert states(campaign) == ["refused"] and campaign.state.value == "completed"


@pytest.mark.parametrize("stage", ["rcpt_answers", "data_answers"])
def test_not_now_is_tried_again_later_and_then_arrives_once(inbox, started, send, stage):
    setattr(inbox, stage, ["451 4.7.1 greylisted"])
    campaign = send(started(2))
    waiting = Delivery.get(Delivery.state == "claimed")
    assert waiting.attempts == 1 and waiting.due_at > now() and "greylisted" in waiting.error
    assert (campaign.sent, campaign.state.value) == (1, "sending")
    assert Mailbox.get().lease_until > now(), "it is parked until then"
    make_due()
    campaign = send(campaign)
    assert len(inbox.mails) == 2 and campaign.state.value == "completed"


def test_after_the_last_try_it_has_failed(inbox, started, send):
    inbox.rcpt_answers = ["450 4.2.1 not now"] * 6
    campaign = started(1)
    for _ in range(6):
        make_due()
        campaign = send(campaign)
    assert states(campaign) == ["failed"] and (campaign.failed, campaign.state.value) == (1, "completed")
    assert Delivery.get().error.startswith("Gave up after 6 tries")


def test_a_server_that_is_down_pauses_with_the_reason_and_resumes(started, send, mail_url):
    mail_url("smtp://127.0.0.1:1")
    campaign = send(started(2))
    assert campaign.state.value == "paused" and "127.0.0.1:1 cannot be reached" in campaign.pause_reason
    with mail_server() as inbox:
        mail_url(inbox.url)
        launching.resume(campaign)
        assert send(campaign).state.value == "completed" and len(inbox.mails) == 2


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"greeting": "554 go away"}, "turned us away: 554 go away"),
        ({"greeting": None}, "did not answer in time, or hung up"),
        ({"ehlo": "502 no", "helo": "502 no"}, "refused our greeting: 502 no"),
        ({"ehlo": "250-hi\r\n250 STARTTLS", "star": "454 TLS not available"}, "offers encryption but refused it: 454"),
        ({"mail": "550 sender unknown"}, "takes no mail from hello@galena.test: 550 sender unknown"),
        ({"mail": "530 authentication required"}, "wants us to sign in: 530"),
        ({"greeting": "this is not SMTP"}, "did not answer in time, or hung up"),
    ],
)
def test_a_server_that_takes_nothing_pauses_with_the_reason(scripted, started, send, answers, reason):
    scripted(**answers)
    campaign = send(started(2))
    assert campaign.state.value == "paused" and reason in campaign.pause_reason
    assert set(states(campaign)) <= {"claimed"} and campaign.sent == 0


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_refused_password_pauses_and_the_right_one_sends(started, send, mail_url):
    with mail_server(**password_required("galena", "right")) as inbox:
        mail_url(inbox.url.replace("//", "//galena:wrong@"))
        campaign = send(started(2))
        assert campaign.state.value == "paused" and "refused the user name or password" in campaign.pause_reason
        assert "wrong" not in campaign.pause_reason
        mail_url(inbox.url.replace("//", "//galena:right@"))
        launching.resume(campaign)
        assert send(campaign).sent == 2 and len(inbox.mails) == 2


def test_a_password_is_not_sent_in_the_clear_to_another_machine():
    assert smtp.Server.of("smtp://u:p@mail.example:25").tls == "required"
    assert smtp.Server.of("smtp://mail.example:587").tls == "required"
    assert smtp.Server.of("smtp://mail.example:25").tls == "auto"
    assert smtp.Server.of("smtp://u:p@127.0.0.1:1025").tls == "auto"
    assert smtp.Server.of("smtp://u:p@mail.example:25?starttls=no").tls == "no"
    server = smtp.Server.of("smtps://us%40er:p%3Ass@mail.example")
    assert (server.tls, server.port, server.user, server.password) == ("always", 465, "us@er", "p:ss")


def test_encryption_that_is_required_but_not_offered_pauses(scripted, started, send, mail_url):
    mail_url(scripted().url + "?starttls=required")
    campaign = send(started(1))
    assert campaign.state.value == "paused" and "offers no encryption" in campaign.pause_reason


@pytest.fixture
def encrypted():
    """Options of a mail_server() that offers STARTTLS with a certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    return {"tls_context": context, "require_starttls": True}


def test_a_certificate_nobody_vouches_for_pauses(started, send, mail_url, encrypted):
    with mail_server(**encrypted) as inbox:
        mail_url(inbox.url)
        campaign = send(started(1))
        assert campaign.state.value == "paused" and "has a certificate we cannot trust" in campaign.pause_reason
        assert inbox.mails == []


def test_a_trusted_certificate_encrypts_and_sends(started, send, mail_url, encrypted, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(SELF_SIGNED))
    with mail_server(**encrypted) as inbox:
        mail_url(inbox.url)
        assert send(started(2)).sent == 2 and len(inbox.mails) == 2


def test_a_connection_lost_before_the_message_is_tried_again(scripted, started, send):
    server = scripted(data=[None])
    campaign = send(started(1))
    assert states(campaign) == ["claimed"] and campaign.unknown == 0
    make_due()
    campaign = send(campaign)
    assert states(campaign) == ["accepted"] and server.connections == 2


def test_a_kept_connection_that_the_server_ended_is_replaced_at_once(scripted, started, send):
    server = scripted(mail=["250 ok", None])
    campaign = send(started(3))
    assert states(campaign) == ["accepted"] * 3 and server.connections == 2
    assert [d.attempts for d in Delivery.select()] == [1, 1, 1]


def test_a_connection_lost_after_the_final_dot_is_unknown_and_not_sent_again(scripted, started, send):
    server = scripted(dot=[None])
    campaign = send(started(2))
    assert sorted(states(campaign)) == ["accepted", "unknown"]
    assert (campaign.sent, campaign.unknown, campaign.state.value) == (1, 1, "completed")
    assert sum(line.startswith("Message-ID") for line in server.lines) == 2


def test_a_server_that_keeps_hanging_up_pauses_the_campaign(scripted, started, send):
    scripted(rcpt=None)
    campaign = send(started(8))
    assert campaign.state.value == "paused" and "ended 5 connections in a row" in campaign.pause_reason


def test_service_closing_is_tried_again_over_a_new_connection(scripted, started, send):
    server = scripted(rcpt=["421 shutting down"])
    campaign = send(started(2))
    assert sorted(states(campaign)) == ["accepted", "claimed"] and server.connections == 2


@pytest.mark.parametrize(("stage", "expected"), [("rcpt", "claimed"), ("data", "claimed"), ("dot", "unknown")])
def test_a_stall_ends_by_the_deadline(scripted, started, send, monkeypatch, stage, expected):
    monkeypatch.setattr(smtp, "MAIL_SECONDS", 0.2)
    monkeypatch.setattr(sending, "DROPS", 99)
    scripted(**{stage: ["250-and then nothing comes"]})
    campaign = send(started(1))
    assert states(campaign) == [expected]


def test_a_stall_at_the_greeting_pauses(scripted, started, send, monkeypatch):
    monkeypatch.setattr(smtp.Connection.__init__, "__kwdefaults__", {"seconds": 0.2})
    scripted(greeting="220-wait")
    assert send(started(1)).state.value == "paused"


def test_deadlines_leave_room_below_a_minute_and_the_lease():
    assert smtp.OPEN_SECONDS + smtp.MAIL_SECONDS < leases.SECONDS < 60


def test_lines_that_begin_with_a_dot_arrive_as_they_were(inbox, started, send):
    send(started(1, body="First\n.\n..two dots\n.hidden"))
    text = inbox.message().get_payload(0).get_payload(decode=True).decode()
    assert "First\r\n.\r\n..two dots\r\n.hidden" in text


def test_a_sender_that_cannot_be_pauses_instead_of_trying_for_ever(started, send, mail_url):
    campaign = started(1)
    mail_url("smtp://127.0.0.1:1")
    config.activate(dataclasses.replace(config.current(), mail_from="jürgen@acme.example"))
    campaign = send(campaign)
    assert campaign.state.value == "paused" and "SMTPUTF8" in campaign.pause_reason


TWELVE = {  # what the server says: (the delivery's state, the campaign's, the sentence that a person reads)
    "421 at the greeting": ({"greeting": "421 too busy"}, "claimed", "paused", "turned us away: 421 too busy"),
    "a slow greeting": ({"greeting": "220-one moment"}, "claimed", "paused", "did not answer in time, or hung up"),
    "STARTTLS refused": (
        {"ehlo": "250-hi\r\n250 STARTTLS", "star": "454 no TLS"}, "claimed", "paused",
        "offers encryption but refused it: 454 no TLS",
    ),
    "AUTH refused": (
        {"ehlo": "250-hi\r\n250 AUTH PLAIN", "auth": "535 5.7.8 bad"}, "claimed", "paused",
        "refused the user name or password: 535 5.7.8 bad",
    ),
    "4xx at MAIL": ({"mail": ["451 4.3.0 later"]}, "claimed", "sending", "451 4.3.0 later"),
    "5xx at MAIL": ({"mail": "550 5.1.8 who?"}, "claimed", "paused", "takes no mail from hello@galena.test: 550 5.1.8"),
    "4xx at RCPT": ({"rcpt": ["450 4.2.1 full"]}, "claimed", "sending", "450 4.2.1 full"),
    "5xx at RCPT": ({"rcpt": ["550 5.1.1 nobody"]}, "refused", "completed", "550 5.1.1 nobody"),
    "5xx at the dot": ({"dot": ["554 5.6.0 no"]}, "refused", "completed", "554 5.6.0 no"),
    "a drop before the dot": ({"data": [None]}, "claimed", "sending", "The server closed the connection."),
    "a drop after the dot": (
        {"dot": [None]}, "unknown", "completed", "The connection ended before the server answered."
    ),
    "a stall after the dot": (
        {"dot": ["250-taken, and then nothing"]}, "unknown", "completed",
        "The connection ended before the server answered.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", TWELVE)
def test_each_fault_ends_in_the_right_state_with_the_right_sentence(
    scripted, started, send, mail_url, monkeypatch, fault
):
    answers, delivery, state, sentence = TWELVE[fault]
    monkeypatch.setattr(smtp, "MAIL_SECONDS", 0.3)
    monkeypatch.setattr(smtp.Connection.__init__, "__kwdefaults__", {"seconds": 0.3})
    server = scripted(**answers)
    if "auth" in answers:
        mail_url(server.url.replace("//", "//galena:secret@"))
    campaign = send(started(1))
    assert (states(campaign), campaign.state.value) == ([delivery], state)
    said = campaign.pause_reason if state == "paused" else Delivery.get().error
    assert sentence in said and "secret" not in said
    if state == "paused":
        assert Mailbox.get().state.value == "paused" and Mailbox.get().last_error == campaign.pause_reason
