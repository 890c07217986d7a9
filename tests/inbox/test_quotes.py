"""What a mail quotes and signs is told from what is new in it, in the words of many programs and languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.inbox.html_text import text_of_html
from webapp.inbox.quotes import split

ANSWER = "Gerne, rufen Sie mich an."
ATTRIBUTIONS = {
    "Gmail": "On Tue, Dec 1, 2026 at 9:12 AM Mara Lind <mara@halden.example> wrote:",
    "Gmail, broken": "On Tue, Dec 1, 2026 at 9:12 AM Mara Lind <\nmara@halden.example> wrote:",
    "Apple Mail": "On 1 Dec 2026, at 09:12, Mara Lind <mara@halden.example> wrote:",
    "Apple Mail, in three lines": "On Dec 1, 2026,\nat 9:12, Mara Lind <mara@halden.example>\nwrote:",
    "Yahoo": "On Tuesday, December 1, 2026 at 09:12:44 AM GMT+1, Mara Lind <mara@halden.example> wrote:",
    "AOL": "In a message dated 12/1/2026 9:12:44 AM Central European Time, mara@halden.example writes:",
    "Lotus Notes": "Mara Lind/HALDEN <mara@halden.example> wrote on 01.12.2026 09:12:44:",
    "Zoho": "---- On Tue, 01 Dec 2026 09:12:44 +0100 mara@halden.example wrote ----",
    "Android": "---- Mara Lind wrote ----",
    "Thunderbird, German": "Am 01.12.26 um 09:12 schrieb Mara Lind:",
    "Gmail, German": "Am Di., 1. Dez. 2026 um 09:12 Uhr schrieb Mara Lind <mara@halden.example>:",
    "GMX": "Mara Lind <mara@halden.example> hat am 01.12.2026 09:12 CET geschrieben:",
    "Gmail, French": "Le mar. 1 déc. 2026 à 09:12, Mara Lind <mara@halden.example> a écrit :",
    "Gmail, Spanish": "El mar, 1 dic 2026 a las 9:12, Mara Lind (<mara@halden.example>) escribió:",
    "Gmail, Italian": "Il giorno mar 1 dic 2026 alle ore 09:12 Mara Lind <mara@halden.example> ha scritto:",
    "Gmail, Dutch": "Op di 1 dec 2026 om 09:12 schreef Mara Lind <mara@halden.example>:",
    "Gmail, Portuguese": "Em ter., 1 de dez. de 2026 às 09:12, Mara Lind <mara@halden.example> escreveu:",
    "Gmail, Danish": "Den tirs. 1. dec. 2026 kl. 09.12 skrev Mara Lind <mara@halden.example>:",
    "Gmail, Polish": "wt., 1 gru 2026 o 09:12 Mara Lind <mara@halden.example> napisał(a):",
    "Yandex": '01.12.2026, 09:12, "Mara Lind" <mara@halden.example>:',
    "Gmail, Vietnamese": "Vào 09:12, Th 3, 1 thg 12, 2026 Mara Lind <mara@halden.example> đã viết:",
    "Gmail, Japanese": "2026年12月1日(火) 9:12 Mara Lind <mara@halden.example>:",
}
HEADS = {
    "Outlook": "From: Mara Lind <mara@halden.example>\nSent: Tuesday, December 1, 2026 9:12 AM\nTo: Jörg\nSubject: D",
    "Outlook on the web": "____________________________\nFrom: Mara Lind\nSent: 1 December 2026 09:12\nSubject: Dach",
    "Outlook, German": "Von: Mara Lind\nGesendet: Dienstag, 1. Dezember 2026 09:12\nAn: Jörg Kessler\nBetreff: Dach",
    "Outlook, French": "De : Mara Lind\nEnvoyé : mardi 1 décembre 2026 09:12\nÀ : Jörg Kessler\nObjet : Dach",
    "Outlook, Spanish": "De: Mara Lind\nEnviado el: martes, 1 de diciembre de 2026 9:12\nPara: Jörg\nAsunto: Dach",
    "Outlook, Italian": "Da: Mara Lind\nInviato: martedì 1 dicembre 2026 09:12\nA: Jörg\nOggetto: Dach",
    "Outlook, Dutch": "Van: Mara Lind\nVerzonden: dinsdag 1 december 2026 09:12\nAan: Jörg\nOnderwerp: Dach",
    "Outlook, Portuguese": "De: Mara Lind\nEnviada em: x\nData: 1 de dezembro de 2026 09:12\nPara: J\nAssunto: Dach",
    "Outlook, bold": "*From:* Mara Lind\n*Sent:* Tuesday, December 1, 2026 9:12 AM\n*To:* Jörg\n*Subject:* Dach",
    "GMX on the web": "Gesendet: Dienstag, 1. Dezember 2026 um 09:12\nVon: Mara <m@halden.example>\nAn: J\nBetreff: D",
    "classic": "-----Original Message-----\nFrom: Mara Lind",
    "eM Client": "------ Originalnachricht ------\nVon Mara Lind",
    "Zimbra": "----- Mail original -----\nDe: Mara Lind",
    "Samsung": "-------- Ursprüngliche Nachricht --------\nVon: Mara Lind <m@halden.example>\nDatum: 01.12.26  09:12",
    "a forward": "---------- Forwarded message ---------\nFrom: Mara Lind <m@halden.example>\nDate: Tue, 1 Dec 2026",
    "a forward by Apple Mail": "Anfang der weitergeleiteten Nachricht:\n\nVon: Mara Lind",
}
QUOTED = "Guten Tag,\nist Ihr Dach dicht?"


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_attribution_begins_a_quote_with_its_signs_or_without(program):
    signs = "\n".join(f"> {line}" for line in QUOTED.split("\n"))
    for quoted in (QUOTED, signs):
        found = split(f"{ANSWER}\n\n{ATTRIBUTIONS[program]}\n\n{quoted}\n")
        assert found.fresh == ANSWER
        assert found.quoted_lines == len(ATTRIBUTIONS[program].split("\n")) + 2


@pytest.mark.parametrize("program", HEADS)
def test_the_headers_of_the_mail_that_is_answered_begin_a_quote(program):
    found = split(f"{ANSWER}\n\n{HEADS[program]}\n\n{QUOTED}\n")
    assert found.fresh == ANSWER and found.quoted_lines >= 3


def test_answers_between_quotes_and_below_them_are_new():
    text = "Am 01.12.26 um 09:12 schrieb Mara:\n> Ist Ihr Dach dicht?\n\nNein.\n\n> Dürfen wir kommen?\n\nJa, gern."
    assert split(text).fresh == "Nein.\n\nJa, gern."
    below = "-----Original Message-----\n> From: Mara\n> Subject: Dach\n>\n> Ist es dicht?\n\nNein, es tropft."
    assert split(below).fresh == "Nein, es tropft."
    without_signs = "On Tue, Dec 1, 2026 Mara <mara@halden.example> wrote:\nIst Ihr Dach dicht?\n\nNein."
    assert "Nein." in split(without_signs).fresh  # nothing says where the quote ends


@pytest.mark.parametrize(
    "text",
    [
        "On the one hand, it is late.\nOn 3 May I wrote to your colleague:\nno answer came.",
        "Please note:\nFrom: Berlin\nbring the keys.",
        "Wir treffen uns am 5. Mai um 10:30 Uhr:\nHauptstraße 1.",
        "To: do this\nData: is enclosed\nCall me.",
        "Points:\n----\nfirst\n----\nsecond, which goes on for much longer than a line of any signature, and says "
        "things that nobody writes below his name at all.",
        "I sent this from my desk, is that fine?\nYes.",
        "Bitte senden Sie es bis 12.05.2026 an max@kessler.example:\nden Plan,\ndas Angebot.",
        "Our partner max@kessler.example wrote:\nhe is in.",
        "As Ann said:\nwe agree.",
        "It was sent from my iPhone app to everybody who asked, so it works.",
    ],
)
def test_what_only_looks_like_a_quote_stays(text):
    assert split(text).fresh == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nJörg Kessler\nKessler Bau GmbH\n\nTel. +49 30 1234567",
        "--\nJörg Kessler",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Enviado do meu iPhone",
        "This e-mail is confidential and intended for the named recipient only.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie.",
        "_______________________________________________\nroofs mailing list\nroofs@lists.example",
    ],
)
def test_a_signature_is_no_news(signature):
    assert split(f"{ANSWER}\n\n{signature}\n") == (ANSWER, 0)
    assert split(f"{ANSWER}\n\n{signature}\n\n{ATTRIBUTIONS['Gmail']}\n> Dach dicht?") == (ANSWER, 2)


def test_a_server_s_warning_above_is_no_news():
    warning = "CAUTION: This email originated from outside of the organization. Do not click links."
    assert split(f"{warning}\n\n{ANSWER}").fresh == ANSWER


def test_something_is_left_of_what_is_only_a_signature():
    assert split("Sent from my iPhone").fresh == "Sent from my iPhone"


def test_html_says_what_is_quoted_and_signed():
    text, marks = text_of_html(
        f'<div>{ANSWER}</div><div class="gmail_signature">Jörg</div><div class="gmail_quote">'
        '<div class="gmail_attr">Zitat</div><blockquote class="gmail_quote"><p>Ist es dicht?</p></blockquote></div>'
        "<div>Es tropft.</div>"
    )
    assert split(text, marks) == (f"{ANSWER}\n\nEs tropft.", 2)


@given(st.text(alphabet="On >-:1.@a\nwroteFm", max_size=400))
def test_any_text_is_split(text):
    found = split(text)
    assert all(line in text for line in found.fresh.split("\n"))
