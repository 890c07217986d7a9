"""A mail that a member wrote as the bytes that leave: text and HTML, signed, with what it answers quoted below."""

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from secrets import token_hex
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp import config
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.mail.addresses import header_text, mailbox, one_line
from webapp.mail.mailbox_models import MailboxKind
from webapp.mail.mailboxes import name_of
from webapp.mail.merging import html_of, printable
from webapp.mail.rendering import host_of

LONGEST = 100_000  # letters of what a member types
SUBJECT = 300
QUOTED = 60_000  # letters of the mail that is answered
ANCESTORS = 20  # Message-IDs in References: RFC 5322 sets no limit, servers do
_ID = re.compile(r"<[!-;=?-~]{1,900}>")  # printable ASCII but < and >, as RFC 5322 has it
_QUOTE = "margin:0 0 0 8px;padding-left:12px;border-left:2px solid #ccc"


class Written(NamedTuple):
    """`message_id` has its <>; `text` is all of it, `quoted` how many lines of it are of the mail before. `files` are
    as ThreadMessage.attachments has them.
    """

    message_id: str
    refers_to: list
    sender: tuple
    reply_to: str
    subject: str
    text: str
    quoted: int
    files: list
    raw: bytes
    sent_at: datetime


def write(box, member, *, to, cc, subject, text, answers=None, files=()):
    """The Written that `member` sends through the Mailbox `box`; `answers` is the ThreadMessage before it, `files` are
    mail.files.File. Raises Invalid.
    """
    text = _cleaned(text)
    if not text.strip():
        raise Invalid("Write something first.", "text")
    if len(text) > LONGEST:
        raise Invalid(f"That is over {LONGEST:,} letters. Send it as a file.", "text")
    if len(subject) > SUBJECT:
        raise Invalid(f"Keep the subject under {SUBJECT + 1} letters.", "subject")
    one_line(subject, "The subject", "subject")
    moment, refers_to = now(), _ancestors(answers)
    sender, reply_to = sender_of(box, member)
    message_id = f"<{token_hex(16)}@{_host(sender[1])}>"
    head = _head(moment, sender, reply_to, to, cc, subject, message_id, refers_to)
    above, quote = _signed(text, box), _quote(answers, member.time_zone)
    plain = "\n".join(filter(None, (above, "\n".join(quote))))
    body = EmailMessage(SMTP)
    body.set_content(plain + "\n", cte="quoted-printable")
    body.add_alternative(_html(above, quote), subtype="html", cte="quoted-printable")
    for file in files:
        body.add_attachment(bytes(file.data), *file.mimetype.split("/", 1), filename=file.name)
    listed = [
        {"name": file.name, "type": file.mimetype, "size": len(file.data), "part": str(number)}
        for number, file in enumerate(files, 2)
    ]
    raw = head.encode("ascii") + body.as_bytes()
    return Written(message_id, refers_to, sender, reply_to, subject, plain, len(quote), listed, raw, moment)


def sender_of(box, member):
    """((name, address) that a mail of `member` through `box` is from, where answers go instead or "")."""
    server = box.kind is MailboxKind.SERVER
    name = " ".join(printable(box.sender_name or member.full_name).split())
    return (name, name_of(box.email)), box.reply_to or (member.email if server else "")


def _cleaned(text):
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    return text.encode("utf-8", "replace").decode()  # half a character of UTF-16 has no bytes


def _host(address):
    domain = address.rpartition("@")[2]
    return domain if domain.isascii() and "." in domain else host_of(config.current())


def _ancestors(answers):
    if answers is None:
        return []
    ids = [one for one in (*answers.refers_to, answers.message_id) if _ID.fullmatch(one)]
    ids = list(dict.fromkeys(ids))
    return ids if len(ids) <= ANCESTORS else [ids[0], *ids[1 - ANCESTORS :]]  # the first tells which thread it is


def _head(moment, sender, reply_to, to, cc, subject, message_id, refers_to):
    lines = [f"Date: {format_datetime(moment)}", f"From: {mailbox(*sender)}", f"To: {_people(to)}"]
    lines += [f"Cc: {_people(cc)}"] if cc else []
    lines += [f"Reply-To: {mailbox('', reply_to)}"] if reply_to else []
    lines += [f"Subject: {header_text(subject)}", f"Message-ID: {message_id}"]
    if refers_to:
        references = "\r\n ".join(refers_to)
        lines += [f"In-Reply-To: {refers_to[-1]}", f"References: {references}"]
    return "".join(f"{line}\r\n" for line in lines)


def _people(people):
    return ",\r\n ".join(mailbox(" ".join(printable(name).split()), address) for name, address in people)


def _signed(text, box):
    signature = printable(box.signature.replace("\r\n", "\n")).strip("\n")
    return f"{text}\n\n-- \n{signature}\n" if signature.strip() else f"{text}\n"


def _quote(answers, zone):
    """The lines that quote the mail which is answered."""
    if answers is None or not answers.text.strip():
        return []
    local = answers.sent_at.astimezone(ZoneInfo(zone))
    who = " ".join(printable(answers.sender_name).split())
    who = f"{who} <{answers.sender_email}>" if who else answers.sender_email
    lines = _cleaned(answers.text[:QUOTED]).strip("\n").split("\n")
    return [
        f"On {local:%-d %B %Y at %H:%M}, {who} wrote:",
        *(f">{line}" if line[:1] == ">" else f"> {line}" for line in lines),
    ]


def _html(above, quote):
    html = f"<p>{''.join(html_of([above.strip()]))}</p>"
    if quote:
        said = "<br>\n".join(escape(line[1:].removeprefix(" ")) for line in quote[1:])
        html += f'\n<p>{escape(quote[0])}</p>\n<blockquote type="cite" style="{_QUOTE}">{said}</blockquote>'
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{html}\n</body></html>\n'
