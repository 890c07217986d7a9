"""Galena's own mails as bytes: text and HTML from templates/mail/, which we wrote; what people typed is only data."""

import base64
import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from secrets import token_hex
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webapp import config
from webapp.core.clock import now

from .addresses import ascii_address, header_text, mailbox
from .merging import printable
from .rendering import Mail, host_of

STYLE = (
    "body{margin:0;padding:32px 16px;background:#f1f2f4;color:#22252e;font:15px/1.55 Arial,Helvetica,sans-serif}"
    ".card{max-width:496px;margin:0 auto;padding:28px 32px;background:#fff;border:1px solid #dfe1e6;border-radius:10px}"
    ".mark{margin:0 0 20px;font-size:14px;font-weight:bold;color:#5a6070}"
    "h1{margin:0 0 12px;font-size:20px;line-height:1.3}p{margin:0 0 14px}"
    ".go{display:inline-block;margin:6px 0 20px;padding:11px 20px;border-radius:6px;background:#a8321a;color:#fff;"
    "font-weight:bold;text-decoration:none}"
    ".small{font-size:13px;color:#5a6070}.small a{color:#1f4e8c;word-break:break-all}"
    ".foot{max-width:560px;margin:16px auto 0;text-align:center;font-size:12px;color:#5a6070}"
)
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
SUBJECT_LENGTH = 200  # characters

_templates = Environment(
    loader=FileSystemLoader(config.ROOT / "templates" / "mail"),
    autoescape=lambda name: name.endswith(".html"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def flat(text):
    """`text` on one line, without control characters: names come from forms, and headers end at a line break."""
    return " ".join(printable(text).split())


def _flattened(value):
    return flat(value) if isinstance(value, str) else [[flat(text) for text in row] for row in value]


def letter(template, *, email, name="", link="", sender=None, **values):
    """The Mail to `email` from templates/mail/`template`.txt and .html. Raises Invalid for an impossible address.

    `sender` is a (name, address) when it is not Galena itself that writes.

    `values` are what the templates name: text, or rows of texts; `link` is the one address that the button opens.
    """
    settings = config.current()
    host = urlsplit(settings.base_url).netloc
    values = {name: _flattened(value) for name, value in values.items()}
    values |= {"link": link, "base_url": settings.base_url, "host": host, "style": STYLE}
    text = _templates.get_template(f"{template}.txt")
    values["subject"] = flat("".join(text.blocks["subject"](text.new_context(values))))[:SUBJECT_LENGTH]
    writer, address = sender or ("Galena", settings.mail_from)
    message_id = f"{token_hex(12)}@{ascii_address(address).rpartition('@')[2] if sender else host_of(settings)}"
    head = (
        f"Date: {format_datetime(now())}\r\nFrom: {mailbox(flat(writer), address)}\r\n"
        f"To: {mailbox(flat(name), email)}\r\nSubject: {header_text(values['subject'])}\r\n"
        f"Message-ID: <{message_id}>\r\nAuto-Submitted: auto-generated\r\n"
    )
    body = EmailMessage(SMTP)
    body.set_content(text.render(values), cte="quoted-printable")
    html = _templates.get_template(f"{template}.html").render(values)
    body.add_alternative(html, subtype="html", cte="quoted-printable")
    return Mail(message_id, email, values["subject"], head.encode("ascii") + body.as_bytes())
