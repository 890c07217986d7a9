"""Mails as other programs write them, and what reading a folder does with one."""

import itertools
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from webapp.core.clock import now
from webapp.inbox import parsing, receiving
from webapp.inbox.envelopes import Place
from webapp.inbox.models import ThreadMessage
from webapp.inbox.reading_models import FolderRole

_number = itertools.count(1)
TO = "mara@halden.example"


def mail(sender, text="Sounds good. When can you call?", *, to=TO, subject="Re: Mail 1", answers=(), **headers):
    """The bytes of a mail from `sender`; `answers` are Deliveries or Message-IDs, `headers` have _ for -."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = headers.pop("date", None) or format_datetime(now())
    message["Message-ID"] = headers.pop("message_id", None) or f"<{next(_number)}@mail.globex.example>"
    ids = [one if isinstance(one, str) else f"<{one.message_id}>" for one in answers]
    if ids:
        message["In-Reply-To"], message["References"] = ids[-1], " ".join(ids)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def bounce(delivery, *, email=None, status="5.1.1", said="550 5.1.1 User unknown", message_id=None, to=TO):
    """The bytes of a bounce as RFC 3464 has it, of a Delivery."""
    email, message_id = email or delivery.email, message_id or f"<{delivery.message_id}>"
    number = next(_number)
    return f"""From: Mail Delivery Subsystem <mailer-daemon@mx.globex.example>
To: {to}
Subject: Delivery Status Notification (Failure)
Date: {format_datetime(now())}
Message-ID: <{number}.dsn@mx.globex.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b{number}"

--=_b{number}
Content-Type: text/plain; charset=utf-8

Your message to {email} could not be delivered.
{said}

--=_b{number}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.globex.example

Final-Recipient: rfc822; {email}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {said}

--=_b{number}
Content-Type: text/rfc822-headers

From: Mara <{to}>
To: {email}
Subject: Mail 1
Message-ID: {message_id}

--=_b{number}--
""".replace("\n", "\r\n").encode()


def away(sender, until, *, answers, subject="Automatic reply: Mail 1"):
    """The bytes of an automatic reply of somebody who is away until a date."""
    text = f"Hello,\n\nI am out of the office until {until:%-d %B %Y} and have no access to my mail.\n\nGina"
    return mail(sender, text, subject=subject, answers=answers, Auto_Submitted="auto-replied")


def complaint(delivery, *, email=None, to=TO):
    """The bytes of a report by a feedback loop (RFC 5965) that somebody called a Delivery spam."""
    number, email = next(_number), email or delivery.email
    return f"""From: <complaints@fbl.globex.example>
To: {to}
Subject: FW: Mail 1
Date: {format_datetime(now())}
Message-ID: <{number}.fbl@fbl.globex.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_c{number}"

--=_c{number}
Content-Type: text/plain; charset=utf-8

This is an email abuse report.

--=_c{number}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Globex-FBL/1.0
Version: 1
Original-Mail-From: <{to}>
Original-Rcpt-To: <{email}>

--=_c{number}
Content-Type: message/rfc822

From: Mara <{to}>
To: {email}
Subject: Mail 1
Message-ID: <{delivery.message_id}>

Hi
--=_c{number}--
""".replace("\n", "\r\n").encode()


def envelope(raw, *, folder="INBOX", role=FolderRole.INBOX, uid=None, age=timedelta(), validity=1):
    """What reading a folder knows of a mail that came so long ago, by its headers."""
    place = Place(folder, role, validity, uid or next(_number))
    return parsing.envelope_of(raw, place, (now() - age).replace(microsecond=0), len(raw))


def arrive(mailbox, *raws, **where):
    """Read these mails as a folder is read; returns what was kept, None for each that was not."""
    envelopes = [envelope(raw, **where) for raw in raws]
    chosen = receiving.sift(mailbox, envelopes)
    return [
        receiving.receive(mailbox, raw, one) if one.place in chosen else None
        for raw, one in zip(raws, envelopes, strict=True)
    ]


def sent(mailbox, *raws, **where):
    """The same for its Sent folder."""
    return arrive(mailbox, *raws, folder="Sent", role=FolderRole.SENT, **where)


def received():
    """All mails from outside that are kept."""
    return ThreadMessage.select().where(ThreadMessage.direction == "in").count()
