"""Mails are read from their bytes, whatever the bytes are."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

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
