"""What came back to the demo's campaign: mails as they lie in a mailbox, taken in by the very verb that reads take them
in by. Nobody is connected to: what people answer is made up here.
"""

from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple

from webapp.campaigns.models import Delivery, DeliveryState
from webapp.core.clock import freeze, now
from webapp.inbox import parsing, receiving, settings, threads
from webapp.inbox.envelopes import Place
from webapp.inbox.models import Label
from webapp.inbox.reading_models import FolderRole
from webapp.leads.models import Lead

QUOTED = "\n\nOn {day}, Mara Lindqvist <mara@halden.example> wrote:\n{lines}\n"
AWAY = "I am out of the office until {until} and read mail after that. In urgent cases call +49 30 5550142."


class Answer(NamedTuple):
    """`hours` ago somebody wrote `text`; `ours` is what we answered an hour later. `then` is what became of it: done,
    snoozed, read, or a label that a person gave it. `headers` and `subject` are those of an automatic answer.
    """

    hours: float
    text: str
    then: str = ""
    ours: str = ""
    subject: str = ""
    headers: tuple = ()
    colleague: tuple = ()  # (name, part before the @) of who answers in their place


BOUNCE = """\
From: Mail Delivery System <mailer-daemon@{host}>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="parts"

--parts
Content-Type: text/plain

Your mail to <{email}> could not be delivered: nobody here has that address.

--parts
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{host}

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--parts
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
To: {email}

--parts--
"""
AUTOMATIC = (("Auto-Submitted", "auto-replied"),)
ANSWERS = (
    Answer(
        0.7,
        "Hi Mara,\n\nthanks for the short note, that is rare. Could you send the one-page overview and two "
        "references?\nA call tomorrow at 14:30 works for me: +49 30 5550142.\n\nBest, {first}",
    ),
    Answer(1.6, "Sounds interesting. What does it cost for a team of twelve?\n\n{first}"),
    Answer(3, "Hello,\n\nhow did you find out that we are hiring? And where is your data stored?\n\n{name}\n{company}"),
    Answer(
        5, "Dear Mara,\n\nnot this quarter: the budget is spent. Please get back to me in February.\n\nRegards\n{first}"
    ),
    Answer(8, AWAY, subject="Automatic reply: {subject}", headers=AUTOMATIC),
    Answer(
        20, "I am not the right person for this. I have forwarded your mail to Ana Ruiz, who leads sales.\n\n{first}"
    ),
    Answer(21, "Please remove me from your list.\n\n{name}"),
    Answer(
        23,
        "Hello Mara,\n\n{first} passed your mail on to me. Happy to talk, we have just started to plan the new team.\n"
        "Could we speak on Thursday at 10:00?\n\nAna Ruiz",
        colleague=("Ana Ruiz", "ana.ruiz"),
    ),
    Answer(26, "No thanks, we already use something like that.\n\n{first}", then="done"),
    Answer(
        30,
        "Yes, please send the overview.\n\n{first}",
        then="done",
        ours="Hi {first},\n\nhere it is: one page, and two customers who are glad to be called.\n\nKind regards\nMara",
    ),
    Answer(44, "Let us talk after the trade fair. I am back at my desk next week.\n\n{first}", then="snoozed"),
    Answer(50, AWAY, subject="Out of office: {subject}", headers=AUTOMATIC, then="read"),
    Answer(52, "Interesting. My colleague in procurement will look at it.\n\n{first}", then="interested"),
)
BOUNCED = 2  # addresses that nobody has


def make(member, mailbox, campaign):
    """Answers to the mails of `campaign` that came to `mailbox`, most of them to be looked at."""
    usual = settings.settings_of(member.workspace.id)
    settings.save(member.workspace.id, {"sends_notices": False})  # nobody there is to be written to
    sent = _sent(campaign, member)
    for uid, (delivery, answer) in enumerate(zip(sent, ANSWERS, strict=False), 1):
        _answer(member, mailbox, delivery, answer, uid)
    for uid, delivery in enumerate(sent[len(ANSWERS) :], len(ANSWERS) + 1):
        with freeze(now() - timedelta(hours=54)):
            _take_in(mailbox, _bounce(delivery, mailbox), uid)
    settings.save(member.workspace.id, {"sends_notices": usual.sends_notices})


def _sent(campaign, member):
    """Its deliveries, each to another company: two to leads of this member, then one to somebody else's, and so on."""
    query = Delivery.select(Delivery, Lead).join(Lead).where(Delivery.campaign == campaign.id, Lead.first_name != "")
    rows = query.where(Delivery.state == DeliveryState.ACCEPTED).order_by(Delivery.id.desc())
    each = list({row.lead.domain: row for row in rows}.values())
    own = [row for row in each if row.lead.owner_id == member.user_id]
    others = [row for row in each if row.lead.owner_id != member.user_id]
    return [(others if place % 3 == 2 else own or others).pop() for place in range(len(ANSWERS) + BOUNCED)]


def _answer(member, mailbox, delivery, answer, uid):
    lead = delivery.lead
    words = {"first": lead.first_name, "name": lead.name, "company": lead.company}
    words["subject"] = f"A shorter way to first orders at {lead.company}"
    words["until"] = f"{now() + timedelta(days=9):%d %B %Y}"
    with freeze(now() - timedelta(hours=answer.hours)):
        message = _take_in(mailbox, _mail(mailbox, delivery, answer, words), uid)
    if message is None:
        return
    if answer.ours:
        with freeze(now() - timedelta(hours=answer.hours - 1)):
            _take_in(mailbox, _ours(mailbox, message, answer.ours.format(**words)), uid, role=FolderRole.SENT)
    _go_on(member, message.thread, answer.then)


def _go_on(member, thread, then):
    if then == "done":
        threads.finish(thread, actor=member)
    elif then == "snoozed":
        threads.snooze(thread, "week", actor=member)
    elif then == "read":
        threads.mark_read(thread)
    elif then:
        threads.label(thread, Label(then), actor=member)


def _mail(mailbox, delivery, answer, words):
    mail = EmailMessage()
    name, local = answer.colleague or (words["name"], "")
    address = f"{local}@{delivery.lead.domain}" if local else delivery.lead.email
    mail["From"] = f"{name} <{address}>"
    mail["To"] = mailbox.email
    mail["Subject"] = answer.subject.format(**words) if answer.subject else f"Re: {words['subject']}"
    mail["In-Reply-To"] = mail["References"] = f"<{delivery.message_id}>"
    for header, value in answer.headers:
        mail[header] = value
    lines = "Hi " + words["first"] + ",\n\nI noticed that " + words["company"] + " is hiring in sales."
    quoted = "\n".join(f"> {line}".rstrip() for line in lines.splitlines())
    quoted = "" if answer.headers else QUOTED.format(day=f"{now() - timedelta(days=1):%d %B %Y}", lines=quoted)
    mail.set_content(answer.text.format(**words) + quoted)
    return mail


def _ours(mailbox, message, text):
    mail = EmailMessage()
    mail["From"], mail["To"] = f"{mailbox.sender_name} <{mailbox.email}>", message.sender_email
    mail["Subject"] = message.subject
    mail["In-Reply-To"] = mail["References"] = message.message_id
    mail.set_content(text)
    return mail


def _bounce(delivery, mailbox):
    """A report as mail servers send it (RFC 3464)."""
    host = delivery.email.rpartition("@")[2]
    named = {"host": host, "email": delivery.email, "to": mailbox.email, "message_id": delivery.message_id}
    return message_from_string(BOUNCE.format(**named))


def _take_in(mailbox, mail, uid, *, role=FolderRole.INBOX):
    """Have it received, as when the mailbox was read; returns its ThreadMessage or None."""
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = make_msgid(domain=mail["From"].rpartition("@")[2].rstrip(">"))
    raw = mail.as_bytes()
    place = Place("INBOX" if role is FolderRole.INBOX else "Sent", role, 1, uid)
    return receiving.receive(mailbox, raw, parsing.envelope_of(raw, place, now(), len(raw)))
