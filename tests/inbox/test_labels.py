import pytest

from webapp.inbox.models import Kind, Label

from .understood import reply

SAID = {
    Label.INTERESTED: (
        "Thanks, sounds great. Can we talk on Thursday?",
        "What does it cost?",
        "Sure, send me more info.",
        "Call me tomorrow at 10",
        "Klingt gut, rufen Sie mich gerne an.",
        "Ja gerne",
        "Ça nous intéresse, envoyez-nous un devis.",
        "Me interesa, ¿cuánto cuesta?",
        "Mi interessa, mi mandi maggiori informazioni",
        "Stuur me meer informatie",
        "Tenho interesse, quanto custa?",
    ),
    Label.NOT_INTERESTED: (
        "Not interested, thanks.",
        "No thank you.",
        "We already use another provider and are happy with it.",
        "I'll pass.",
        "Kein Interesse.",
        "Wir haben bereits einen Anbieter.",
        "Pas intéressé.",
        "No me interesa.",
        "Non siamo interessati",
        "Geen interesse.",
        "Não tenho interesse",
    ),
    Label.NOT_NOW: (
        "We're not interested right now, maybe next year.",
        "Not now. Get back to me in Q2.",
        "Ahora no, más adelante.",
        "Niet nu, volgend jaar",
        "Derzeit leider kein Bedarf, melden Sie sich im Frühjahr noch einmal.",
        "Pas pour le moment, recontactez-nous en mars.",
    ),
    Label.WRONG_PERSON: (
        "I'm not the right person, please contact my colleague Jane Roe.",
        "I've passed this on to my manager",
        "Je ne suis pas la bonne personne.",
        "Ich bin dafür nicht zuständig. Bitte wenden Sie sich an Herrn Müller.",
        "I forwarded your mail to our IT department.",
    ),
    Label.UNSUBSCRIBE: (
        "Please remove me from your list.",
        "unsubscribe",
        "STOP",
        "Please stop emailing me",
        "I am not interested. Do not contact me again.",
        "How did you get my address? Delete my data.",
        "Bitte nehmen Sie mich aus Ihrem Verteiler.",
        "Bitte keine weiteren E-Mails.",
        "Merci de me désinscrire de votre liste.",
        "Denme de baja por favor.",
        "Cancellatemi dalla lista",
        "Verwijder mij uit uw bestand",
        "Quero descadastrar",
    ),
    Label.NONE: (
        "Who are you?",
        "It's too expensive.",
        "I will be stopping by the booth",
        "Can you remove the second paragraph from the contract?",
        "The unsubscribe link is broken on your site",
        "Thanks for the reminder, I will look at it.",
        "",
    ),
}


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in SAID.items() for text in texts])
def test_a_reply_is_labelled_by_its_words(label, text):
    got = reply(text)
    assert (got.kind, got.label, got.wants_out) == (Kind.REPLY, label, label == Label.UNSUBSCRIBE)


def test_a_label_says_why():
    got = reply("Thanks, but we are not interested.")
    assert got.reason == "It says “not interested”: they are not interested." and got.sure == 85
    assert (
        reply("Hi. Please stop emailing me! Bye").reason == "It asks not to be written to: “Please stop emailing me”."
    )


def test_what_is_quoted_asks_for_nothing():
    quoted = "On Fri, 20 Nov 2026 at 10:00, Ada <ada@us.example> wrote:\n> Not interested? Unsubscribe or reply STOP."
    got = reply(f"Who are you?\n\n{quoted}")
    assert not got.wants_out and got.label == Label.NONE


def test_the_foot_of_somebodys_own_mail_is_no_wish():
    got = reply("Our news of November.\n\nTo unsubscribe, click https://acme.example/u/1", "News")
    assert not got.wants_out


def test_two_rules_at_once_are_less_sure():
    assert reply("Sounds great, but not now.").label == Label.NOT_NOW
    assert reply("Sounds great, but not now.").sure < reply("Not now.").sure


def test_numbers_and_days_of_a_reply_are_kept():
    got = reply("Sounds good. How about Tuesday at 3pm? +49 30 901820")
    assert got.found == {"phones": ["+4930901820"], "dates": [["2026-11-24", "15:00", "Tuesday at 3pm"]]}
