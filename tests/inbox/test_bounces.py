import time

import pytest

from webapp.inbox import parsing, understanding
from webapp.inbox.models import Kind, Label
from webapp.inbox.parsed import BounceClass, Parsed

from .reports import BACK, block, delivery_status, plain
from .understood import reply, understood

HARD, SOFT, BLOCKED = BounceClass


def bounces(text):
    return {one.email: one.bounce_class for one in understood(text).bounces}


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.1", "550 5.1.1 <jo@acme.example>: Recipient address rejected: User unknown", HARD),
        ("5.1.2", "Host or domain name not found", HARD),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
        ("5.4.4", "Host or domain name not found. Name service error for name=acme.example type=A", HARD),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", HARD),
        ("5.0.0", "550 Requested action not taken: mailbox unavailable", HARD),
        ("5.2.1", "550-5.2.1 The email account that you tried to reach is disabled", HARD),
        ("5.7.1", "550 5.7.1 No such user here", HARD),
        ("5.2.1", "450-4.2.1 The user is receiving mail at a rate that prevents additional messages", SOFT),
        ("5.2.2", "552 5.2.2 Mailbox full", SOFT),
        ("5.0.0", "552 Postfach ist voll", SOFT),
        ("4.2.2", "452 4.2.2 The email account that you tried to reach is over quota", SOFT),
        ("4.7.1", "450 4.7.1 Greylisted, please try again later", SOFT),
        ("4.1.1", "450 4.1.1 User unknown, unverified address", SOFT),
        ("4.4.7", "Delivery time expired", SOFT),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", SOFT),
        ("5.4.6", "554 5.4.6 Hop count exceeded - possible mail loop", SOFT),
        ("5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", BLOCKED),
        ("5.7.1", "550 5.7.1 Unable to relay", BLOCKED),
        ("5.7.1", "550 5.7.1 Error 17", BLOCKED),
        ("5.7.26", "550-5.7.26 This mail is unauthenticated (SPF, DKIM)", BLOCKED),
        ("5.1.8", "553 5.1.8 Sender address rejected: Domain not found", BLOCKED),
        ("5.0.0", "554 Message rejected as spam by content filter", BLOCKED),
        ("5.1.1", "550 5.1.1 Rejected: 192.0.2.1 is listed on a blacklist", BLOCKED),
        ("5.0.0", "554 Transaction failed for reasons of its own", SOFT),
    ],
)
def test_a_status_and_its_words_tell_the_class(status, said, expected):
    assert bounces(delivery_status(block(status=status, said=said))) == {"jo@acme.example": expected}


def test_a_bounce_says_whom_why_and_which_mail():
    got = understood(delivery_status(block(email="JO@acme.example")))
    assert (got.kind, got.label, got.sure) == (Kind.BOUNCE, Label.BOUNCE, 100)
    assert got.reason == "A mail to jo@acme.example will not arrive: nobody has this address."
    (bounce,) = got.bounces
    assert bounce.message_ids == ("<one@us.example>",) and bounce.status == "5.1.1"
    assert bounce.said == "smtp; 550 5.1.1 User unknown"
    assert got.found == {"class": "hard", "cause": bounce.cause, "status": "5.1.1", "email": "jo@acme.example"}


def test_each_recipient_of_a_report_has_its_own_class():
    text = delivery_status(block(), block("ed@acme.example", "5.2.2", "552 mailbox full"))
    assert bounces(text) == {"jo@acme.example": HARD, "ed@acme.example": SOFT}


def test_the_address_that_was_written_to_counts_not_where_it_was_sent_on_to():
    text = delivery_status(block("inbox77@host.example", original="jo@acme.example"))
    assert bounces(text) == {"jo@acme.example": HARD}
    assert bounces(delivery_status(block("inbox77@host.example"))) == {"inbox77@host.example": HARD}


def test_a_mail_that_is_still_being_tried_is_no_hard_bounce():
    assert bounces(delivery_status(block(action="delayed", status="4.4.1"))) == {"jo@acme.example": SOFT}
    assert bounces(delivery_status(block(action="delayed"))) == {"jo@acme.example": SOFT}


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_no_bounce_and_no_reply(action):
    got = understood(delivery_status(block(action=action, status="2.0.0", said="250 ok")))
    assert got.kind == Kind.AUTO_REPLY and not got.bounces and got.label == Label.NONE


def test_a_status_in_base64_is_read():
    import base64

    fields = base64.encodebytes(f"Reporting-MTA: dns; mx.example\n\n{block()}\n".encode()).decode()
    text = delivery_status().replace(
        "message/delivery-status\n\nReporting-MTA: dns; mx.example",
        f"message/delivery-status\nContent-Transfer-Encoding: base64\n\n{fields}",
    )
    assert bounces(text) == {"jo@acme.example": HARD}


WORDS = {
    "qmail": "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to "
    "the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    "<jo@acme.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a "
    "copy of the message.\n\n",
    "exim": "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
    "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    "  jo@acme.example\n    host mx.acme.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:"
    "<jo@acme.example>:\n    550 5.1.1 User unknown\n\n------ This is a copy of the message, "
    "including all the headers. ------\n\n",
    "sendmail": "   ----- The following addresses had permanent fatal errors -----\n<jo@acme.example>\n    "
    "(reason: 550 "
    "5.1.1 No such user)\n\n   ----- Transcript of session follows -----\n... while talking to mx.acme.example.:\n"
    ">>> RCPT To:<jo@acme.example>\n<<< 550 5.1.1 No such user\n550 5.1.1 <jo@acme.example>... User unknown\n\n",
    "exchange": "Delivery has failed to these recipients or "
    "groups:\n\njo@acme.example<mailto:jo@acme.example>\nThe email "
    "address you entered couldn't be found. Please check the recipient's email address.\n\nDiagnostic information for "
    "administrators:\n\nRemote Server returned '550 5.1.10 "
    "RESOLVER.ADR.RecipientNotFound'\n\nOriginal message headers:\n\n",
    "gmx": "Diese E-Mail konnte leider nicht zugestellt werden.\n\njo@acme.example:\nDas Postfach existiert nicht. "
    "Empfänger unbekannt.\n\n--- Der Kopf der Nachricht:\n\n",
    "french": "Votre message n'a pas pu être remis aux destinataires suivants "
    ":\n\njo@acme.example\nUtilisateur inconnu\n\n",
    "zoho": "This message was created automatically by mail delivery software.\n A message that you sent could not be "
    "delivered to one or more of its recipients. This is a permanent error.\n\njo@acme.example Invalid Address, "
    "ERROR_CODE :550, ERROR_CODE :5.1.1 <jo@acme.example>... User Unknown\n\n\n",
}


@pytest.mark.parametrize("server", WORDS)
def test_a_report_in_mere_words_is_read(server):
    subject = {"gmx": "Mail delivery failed", "french": "Message non remis : Hello"}.get(server, "failure notice")
    got = understood(plain(WORDS[server] + BACK.format(to="jo@acme.example"), subject=subject))
    assert {one.email: one.bounce_class for one in got.bounces} == {"jo@acme.example": HARD}
    assert got.bounces[0].message_ids == ("<one@us.example>",)


def test_a_warning_in_words_is_soft():
    words = (
        "Your message to <jo@acme.example> has been delayed. It will be retried for 4 days; no action is required.\n"
    )
    assert bounces(plain(words, subject="Warning: message delayed 4 hours")) == {"jo@acme.example": SOFT}


def test_the_failed_recipients_of_a_header_are_known():
    text = plain("It did not work out.\n", headers="X-Failed-Recipients: jo@acme.example\n")
    assert bounces(text) == {"jo@acme.example": SOFT}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("My mail to <ed@acme.example> was returned: 550 User unknown. What is his address now?", "Re: Hello"),
        ("Fwd of what I got:\n\n" + WORDS["exim"], "Fwd: Mail delivery failed: returning message to sender"),
        ("We had a delivery problem with your parcel to ed@acme.example, sorry.", "Re: Delivery failed"),
    ],
)
def test_people_who_write_of_bounces_are_no_bounce(text, subject):
    got = reply(text, subject)
    assert got.kind == Kind.REPLY and not got.bounces


def test_a_report_that_somebody_forwards_as_a_file_is_no_bounce():
    inner = delivery_status(block())
    text = (
        "From: jo@acme.example\nTo: ada@us.example\nSubject: Fwd: Undelivered Mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="f"\n\n--f\nContent-Type: text/plain\n\nSee this.\n\n'
        f"--f\nContent-Type: message/rfc822\n\n{inner}\n--f--\n"
    )
    assert not bounces(text)


def test_what_a_mail_server_says_is_never_a_persons_reply():
    assert understood(plain("The queue is fine.\n", subject="Report")).kind == Kind.AUTO_REPLY


def test_a_mail_that_asks_to_be_confirmed_is_no_bounce():
    words = "Your message to <jo@acme.example> was not delivered yet. Click here to be added to the guest list.\n"
    text = plain(words, "noreply@guard.example", "Re: Hello (action required)", "Return-Path: <>\n")
    assert not bounces(text)


@pytest.mark.parametrize(
    "words",
    [
        "-" * 100_000,
        " " * 100_000,
        "a@" * 50_000,
        "jo@acme.example " * 6_000,
        "mailbox " * 12_000,
        "<" * 100_000,
        "5.1" * 30_000,
    ],
)
def test_no_text_holds_the_reading_up(words):
    for text in (plain(words), delivery_status(block(said=words), words=words)):
        message = parsing.message_of(text.encode())
        parsed = Parsed("<two@mx.example>", sender=("", "mailer-daemon@mx.example"), text=words, fresh=words)
        start = time.process_time()
        understanding.understand(message, parsed)
        assert time.process_time() - start < 2
