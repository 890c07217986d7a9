from datetime import date

import pytest

from webapp.inbox.models import Kind, Label

from .understood import reply

AWAY = "I am out of the office until 5 December and will answer then."


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (vacation)",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: Hello",
        "X-Mail-Autoreply: 1",
        "X-Vacation: on",
        "X-POST-MessageClass: 9; Autoresponder",
        "Return-Path: <>",
    ],
)
def test_a_header_marks_an_automatic_reply(header):
    got = reply(AWAY, "Re: Hello", f"{header}\n")
    assert got.kind == Kind.AUTO_REPLY and got.label == Label.OUT_OF_OFFICE
    assert got.auto_reply.until == date(2026, 12, 5) and got.found == {"until": "2026-12-05"}


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Hello", "Out of Office: Hello", "Out of the office Re: Hello", "OOO: travelling",
        "Auto: Hello", "Auto Reply: Hello", "AUTO: Smith, Jo is out of the office. (returning 12/07/2026)",
        "Re: Hello (Automatic Response)", "Automatische Antwort: Hallo", "Abwesenheitsnotiz: Hallo",
        "Abwesend: Hallo", "Ich bin im Urlaub", "Réponse automatique : Bonjour", "Absence du bureau",
        "Absent jusqu'au 4 décembre", "Respuesta automática: Hola", "Fuera de la oficina",
        "Risposta automatica: Ciao", "Fuori ufficio", "Automatisch antwoord: Hallo", "Afwezig: Hallo",
        "Resposta automática: Olá", "Automatiskt svar: Hej", "Autosvar: Hej", "Odpowiedź automatyczna: Witam",
        "[Automatyczna odpowiedź] test", "Automatická odpověď: Dobrý den", "Автоответ: Привет", "自動応答: Hello",
    ],
)  # fmt: skip
def test_a_subject_marks_an_automatic_reply_in_any_language(subject):
    assert reply("Hello.", subject).kind == Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "header"),
    [
        ("Re: Hello", ""),
        ("Re: Out of office hours support", ""),
        ("Re: Automation of replies", ""),
        ("Office in Hamburg", ""),
        ("Vacation rentals", ""),
        ("Automatic doors for our warehouse", ""),
        ("Autoteile", ""),
        ("Re: Hello", "Auto-Submitted: no\n"),
        ("Re: Hello", "X-Auto-Response-Suppress: OOF\n"),
        ("Re: Hello", "X-Auto-Response-Suppress: All\nList-Id: <news.acme.example>\n"),
        ("Re: Hello", "Precedence: bulk\n"),
        ("Re: Hello", "X-Autoreply: no\n"),
    ],
)
def test_what_a_person_writes_is_a_reply(subject, header):
    assert reply("Yes, this is about our office.", subject, header).kind == Kind.REPLY


def test_a_person_who_says_that_they_are_away_soon_still_wrote():
    got = reply("Sounds good! I'm out of the office until Monday, can we talk on Tuesday?")
    assert got.kind == Kind.REPLY and got.label == Label.INTERESTED


def test_an_absence_that_lost_its_marks_is_known_by_what_it_always_says():
    got = reply(f"Thank you for your e-mail. {AWAY} I have limited access to my e-mails. In urgent cases call Ed.")
    assert got.kind == Kind.AUTO_REPLY and got.auto_reply.until == date(2026, 12, 5)


def test_a_receipt_of_a_ticket_is_automatic_and_no_absence():
    got = reply("We have received your request #123.", "Eingangsbestätigung", "Auto-Submitted: auto-replied\n")
    assert got.kind == Kind.AUTO_REPLY and not got.auto_reply.is_absence and got.label == Label.NONE


def test_somebody_who_left_for_good_is_the_wrong_person_not_absent():
    got = reply("Jo no longer works here. Please write to ed@acme.example.", "Automatic reply: Hello")
    assert got.kind == Kind.AUTO_REPLY and got.label == Label.WRONG_PERSON
    assert not got.auto_reply.is_absence and got.auto_reply.until is None


def test_a_read_receipt_is_no_reply_and_no_bounce():
    from .understood import LETTER, understood

    got = understood(
        f"{LETTER}Subject: Read: Hello\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nYour message was read.\n\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; jo@acme.example\nOriginal-Message-ID: <one@us.example>\nDisposition: manual-action/"
        "MDN-sent-manually; displayed\n\n--b--\n"
    )
    assert got.kind == Kind.AUTO_REPLY and not got.bounces and not got.auto_reply.is_absence


def test_a_program_that_unsubscribes_for_somebody_is_obeyed():
    got = reply("Apple Mail sent this email to unsubscribe.", "unsubscribe", "Auto-Submitted: auto-replied\n")
    assert got.wants_out and got.label == Label.UNSUBSCRIBE
