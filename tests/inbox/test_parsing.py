"""Mails are read from their bytes, whatever the bytes are."""

from datetime import UTC, datetime
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.inbox import headers
from webapp.inbox.envelopes import Place
from webapp.inbox.parsing import envelope_of, parse
from webapp.inbox.reading_models import FolderRole

PLACE = Place("INBOX", FolderRole.INBOX, 1, 7)
ANSWER = b"""From: =?utf-8?q?J=C3=B6rg?= Kessler <J.Kessler@Kessler-Bau.example>
To: Mara <mara@halden.example>, Bo <bo@halden.example>
Cc: office@kessler-bau.example
Reply-To: joerg@kessler-bau.example
Delivered-To: mara+g1@halden.example
Subject: =?utf-8?B?UsO8Y2tm?= =?utf-8?B?cmFnZQ==?=
Date: Tue, 01 Dec 2026 10:00:00 +0100
Message-ID: <answer@kessler-bau.example>
References: <first@halden.example>
 <second@halden.example>
In-Reply-To: <first@halden.example>
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gerne, am Dienstag f=FCr eine Stunde.

Am 30.11.2026 um 09:12 schrieb Mara:
> Passt es Ihnen?
"""


def envelope(head):
    return envelope_of(head, PLACE, datetime(2026, 12, 1, tzinfo=UTC), len(head))


def test_a_mail_is_read_with_its_headers_and_text():
    mail = parse(ANSWER)
    assert mail.message_id == "<answer@kessler-bau.example>"
    assert mail.refers_to == ("<second@halden.example>", "<first@halden.example>")
    assert mail.sender == ("Jörg Kessler", "j.kessler@kessler-bau.example")
    assert mail.recipients == (("Mara", "mara@halden.example"), ("Bo", "bo@halden.example"))
    assert mail.cc == (("", "office@kessler-bau.example"),)
    assert mail.reply_to == "joerg@kessler-bau.example"
    assert mail.delivered_to == ("mara+g1@halden.example",)
    assert mail.subject == "Rückfrage"
    assert mail.sent_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert mail.fresh == "Gerne, am Dienstag für eine Stunde."
    assert mail.quoted_lines == 2 and "Passt es Ihnen?" in mail.text
    assert ("subject", "Rückfrage") in mail.headers and mail.trouble == ""


def test_an_envelope_says_the_same_as_the_mail():
    head, mail = envelope(ANSWER.split(b"\n\n")[0] + b"\n\n"), parse(ANSWER)
    assert (head.message_id, head.refers_to, head.subject) == (mail.message_id, mail.refers_to, mail.subject)
    assert head.sender == mail.sender[1]
    assert head.recipients == tuple(address for _, address in mail.recipients + mail.cc) + mail.delivered_to
    assert not head.is_report and not head.is_list


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_mail(raw):
    for mail in (parse(raw), envelope(raw)):
        str(mail).encode("utf-8")
        assert mail.message_id and "\0" not in mail.message_id


def test_a_mail_without_a_message_id_has_the_same_one_wherever_it_lies():
    mail = b"From: a@b.example\nDate: Tue, 1 Dec 2026 10:00:00 +0100\nSubject: Hi\n\nHello"
    moved = b"Delivered-To: c@d.example\nReceived: x\n" + mail
    assert parse(mail).message_id == parse(moved).message_id == envelope(moved).message_id
    assert parse(mail).message_id != parse(mail.replace(b"Hi", b"Ho")).message_id


@pytest.mark.parametrize(
    "header, subject",
    [
        (b"=?iso-8859-1?q?F=FCr_Sie?=", "Für Sie"),
        (b"=?utf-8?q?F=C3?= =?utf-8?q?=BCr?= Sie", "Für Sie"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"Re: =?unknown?b?8J+Ygg==?= x", "Re: 😂 x"),
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("cp1252"), "Grüße"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
        (b"folded\r\n over lines", "folded over lines"),
        (b"=?utf-8?q?broken", "=?utf-8?q?broken"),
        (b"nul\0 here", "nul here"),
    ],
)
def test_subjects_are_read_as_they_are_meant(header, subject):
    assert parse(b"Subject: " + header + b"\r\n\r\nx").subject == subject
    assert envelope(b"Subject: " + header + b"\r\n\r\n").subject == subject


@pytest.mark.parametrize(
    "header, sender",
    [
        (b'"Kessler, J." <J@K.example>', ("Kessler, J.", "j@k.example")),
        (b"=?utf-8?q?Kessler=2C_J=2E?= <j@k.example>", ("Kessler, J.", "j@k.example")),
        (b"j@k.example (Kessler)", ("Kessler", "j@k.example")),
        (b"=?utf-8?q?Kessler_=3Cj=40k=2Eexample=3E?=", ("", "j@k.example")),
        (b"<>", ("", "")),
        (b"undisclosed-recipients:;", ("", "")),
        (b"(" * 5000, ("", "")),
        (b"x" * 300 + b"@k.example", ("", "")),
    ],
)
def test_senders_are_read_as_they_are_meant(header, sender):
    assert parse(b"From: " + header + b"\n\nx").sender == sender


@pytest.mark.parametrize(
    "header, ids",
    [
        (b"<a@b.example> <c@d.example>", ("<a@b.example>", "<c@d.example>")),
        (b"<long\r\n id@b.example>", ("<longid@b.example>",)),
        (b"a@b.example", ("<a@b.example>",)),
        (b"Your mail of today <a@b.example>", ("<a@b.example>",)),
        (b"nothing", ()),
    ],
)
def test_references_are_read_as_they_are_meant(header, ids):
    assert parse(b"References: " + header + b"\r\n\r\nx").refers_to == ids


@pytest.mark.parametrize(
    "header, moment",
    [
        (b"Tue, 1 Dec 2026 10:00:00 +0100", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (b"1 Dec 2026 10:00 GMT", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (b"2026-12-01T10:00:00+00:00", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (b"Tue, 99 Foo 2026", None),
        (b"Thu, 1 Jan 1970 00:00:00 +0000", None),
        (b"", None),
    ],
)
def test_dates_are_read_as_they_are_meant(header, moment):
    assert parse(b"Date: " + header + b"\n\nx").sent_at == moment


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: multipart/report; boundary=x",
        b"From: MAILER-DAEMON@mx.example",
        b"From: Mail Delivery <postmaster@mx.example>",
        b"Return-Path: <>",
        b"X-Failed-Recipients: a@b.example",
    ],
)
def test_an_envelope_tells_reports(head):
    assert envelope(head + b"\n").is_report


def test_an_envelope_tells_lists():
    assert envelope(b"List-Id: <a.lists.example>\n").is_list and envelope(b"Precedence: bulk\n").is_list
    assert not envelope(b"Precedence: normal\n").is_list


def test_what_is_too_broken_to_take_apart_keeps_its_headers_and_text():
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200))
    mail = parse(b"Subject: Hi\n" + nested + b"\n\nGood morning")
    assert mail.subject == "Hi" and mail.text.endswith("Good morning")
    assert mail.trouble.startswith("It is too broken to take apart")


WORDS = st.sampled_from([
    "mara@halden.example", "<kira@nordlicht.example>", "Kira Vale", '"Vale, Kira"', "x+y@z", "=?utf-8?q?J=C3=BC?=", ",",
    " ", "\t", "\r\n ", ".", "@", "<", ">", '"', "\\", "(her)", ":", ";", "é", "[127.0.0.1]",
])  # fmt: skip


@given(st.lists(WORDS, max_size=9).map("".join))
def test_addresses_in_plain_forms_are_read_as_all_forms_are(value):
    quickly = headers._plain(value)
    assert quickly is None or quickly == getaddresses([value])


@pytest.mark.parametrize(
    "value",
    ["a@b.example", "A B <a@b.example>", '"B, A" <a@b.example>, c@d.example,  C <e@f.example>', "<a@b.example>"],
)
def test_what_nearly_all_mails_have_is_a_plain_form(value):
    assert headers._plain(value) == getaddresses([value])
