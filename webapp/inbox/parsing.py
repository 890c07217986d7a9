"""A mail read from its bytes. Nothing that anybody sends makes this raise."""

import re
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from . import bodies, headers, quotes
from .envelopes import Envelope
from .parsed import Parsed

_DEEPEST = 20  # parts within parts; each line costs as much as it lies deep
_MOST_PARTS = 2000
_LONGEST_SUBJECT = 998
_LONGEST_HEADER = 100_000
_DAEMONS = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|microsoftexchange[0-9a-f]{32})@|^[^@]*$")
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_WANTED = re.compile(
    rf"^(message-id|references|in-reply-to|from|sender|to|cc|subject|date|content-type|return-path|{'|'.join(_DELIVERED)}"
    r"|x-failed-recipients|list-id|list-post|precedence)[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(rb"\r?\n\r?\n")


class _TooDeep(Exception):
    pass


class _Part(Message):
    """A part that knows how deep it lies, with headers of a length that takes no time to read."""

    depth = 0
    trouble = ""

    def set_raw(self, name, value):
        super().set_raw(name, value[:_LONGEST_HEADER])

    def attach(self, payload):
        payload.depth = self.depth + 1
        if payload.depth > _DEEPEST or len(self._payload or ()) > _MOST_PARTS:
            raise _TooDeep
        super().attach(payload)


def message_of(raw):
    """The email.message.Message of `raw`; of one too broken to take apart, its headers and the rest as text."""
    try:
        return message_from_bytes(raw.lstrip(b"\r\n"), _class=_Part, policy=compat32)
    except Exception:  # whatever the standard library raises on what should not be
        return _headers_only(raw)


def parse(raw):
    """The Parsed of a mail's bytes. Never raises."""
    return parsed_of(message_of(raw))


def parsed_of(message):
    """The Parsed of what message_of() gave. Never raises."""
    found = headers.Headers(message.raw_items())
    senders = [*headers.addresses(found.all("from")), *headers.addresses(found.all("sender"))]
    reply_to = headers.addresses(found.all("reply-to"))
    body = bodies.read(message)
    split = quotes.split(body.text, body.marks)
    return Parsed(
        message_id=headers.message_id(found),
        refers_to=headers.refers_to(found),
        sender=senders[0] if senders else ("", ""),
        recipients=headers.addresses(found.all("to")),
        cc=headers.addresses(found.all("cc")),
        reply_to=reply_to[0][1] if reply_to else "",
        delivered_to=tuple(address for name in _DELIVERED for _, address in headers.addresses(found.all(name))),
        subject=found.text("subject")[:_LONGEST_SUBJECT],
        sent_at=headers.date(found),
        text=body.text,
        fresh=split.fresh,
        quoted_lines=split.quoted_lines,
        attachments=body.attachments,
        headers=found.decoded(),
        trouble=body.trouble or message.trouble,
    )


def envelope_of(head, place, received_at, size):
    """The Envelope of a mail's headers, bytes. Never raises."""
    head = _END.split(head, maxsplit=1)[0].decode("ascii", "surrogateescape")
    found = headers.Headers(match.groups() for match in _WANTED.finditer(head))
    senders = [*headers.addresses(found.all("from")), *headers.addresses(found.all("sender"))]
    to = headers.addresses([value for name in ("to", "cc", *_DELIVERED) for value in found.all(name)])
    return Envelope(
        place=place,
        received_at=received_at,
        size=size,
        message_id=headers.message_id(found),
        refers_to=headers.refers_to(found),
        sender=senders[0][1] if senders else "",
        recipients=tuple(address for _, address in to),
        subject=found.text("subject")[:_LONGEST_SUBJECT],
        is_report=_is_report(found, senders[0][1] if senders else ""),
        is_list=bool(found.all("list-id") or found.all("list-post"))
        or found.text("precedence").lower() in ("bulk", "list", "junk"),
    )


def _is_report(found, sender):
    kind = found.text("content-type").lower()
    return (
        kind.startswith(("multipart/report", "message/delivery-status"))
        or bool(_DAEMONS.match(sender))
        or bool(found.all("x-failed-recipients"))
        or found.text("return-path") == "<>"
    )


def _headers_only(raw):
    message = BytesHeaderParser(_class=_Part, policy=compat32).parsebytes(_END.split(raw, maxsplit=1)[0][:1_000_000])
    message.trouble = "It is too broken to take apart: what stands below its headers is shown as it came."
    del message["content-type"], message["content-transfer-encoding"]
    rest = _END.split(raw, maxsplit=1)[1:]
    message.set_payload(rest[0][: bodies.LONGEST].decode("utf-8", "replace") if rest else "")
    return message
