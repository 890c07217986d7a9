"""A report of a mail server taken apart: its own words, what it says of each recipient, the mail that it returns."""

import re
from email.message import Message

from .charsets import decode

MOST = 200_000  # characters of a report that are looked at
_RETURNED = re.compile(
    r"^[ \t\-–—>*=_#.]{0,80}(this is a copy of (the|your) |original message( follows|:|[ \t]*-{2,}|[ \t]*$)"
    r"|returned (message|mail)|below (this|the next) line is a copy|message (headers?|text|body|contents?) follows?"
    r"|unsent message|copy of (the )?(original|message|your)|included is a copy|start of (returned|forwarded) message"
    r"|your (original )?message (follows|reads|was:)|the header of the|headers? of (the|your) (original )?message"
    r"|ursprüngliche nachricht|kopie (der|ihrer) nachricht|message d.origine|mensaje original|messaggio originale"
    r"|mensagem original|oorspronkelijk bericht|original message headers|old message)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER = re.compile(
    r"^(Return-Path|Received|Message-ID|From|To|Subject|Date|MIME-Version|DKIM-Signature|X-[\w-]+):", re.I
)
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,80}@[A-Za-z0-9#](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"^[ \t>|]*Message-ID:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(
    r"^[ \t>|]*(?:To|X-Original-To|Delivered-To|Envelope-To):[ \t]*(.+(?:\n[ \t]+.+)*)", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(
    r"^[ \t]*(original-recipient|final-recipient|action|status|diagnostic-code|x-actual-recipient)[ \t]*:[ \t]*"
    r"(.*(?:\n[ \t]+\S.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_HEAD_PARTS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_MAIL_PARTS = ("message/rfc822", "message/global", "message/partial")


class Report:
    """`words` are its own, `blocks` the fields of each recipient, `returned` the returned mail or its head as text."""

    def __init__(self, message, parsed):
        self.blocks, returned = [], []
        for part in _own_parts(message):
            kind = part.get_content_type()
            if kind in _STATUS_PARTS:
                self.blocks += _status_blocks(part)
            elif (kind in _MAIL_PARTS and part is not message) or kind in _HEAD_PARTS:
                returned.append(_flat(part))
                self.blocks += _nested_blocks(part)
            elif kind.startswith("text/") and part.get_filename():
                returned.append(_flat(part))
        text = (parsed.text if parsed.text.strip() else _flat(message))[:MOST].replace("\r\n", "\n")
        end = _end_of_words(text)
        self.words = text[:end]
        self.returned = "\n\n".join([*returned, text[end:]])[:MOST]
        self.blocks = self.blocks or _blocks_in(text)

    def message_ids(self):
        return tuple(dict.fromkeys(_MESSAGE_ID.findall(self.returned)))[:10]

    def returned_to(self):
        """Whom the returned mail was for."""
        return {one.lower() for line in _TO.findall(self.returned) for one in ADDRESS.findall(line[:2000])}


def _own_parts(part):
    """The parts of a report but for what lies inside the mail that it returns."""
    if not part.is_multipart() or part.get_content_maintype() == "message":
        yield part
        return
    for child in part.get_payload():
        yield from _own_parts(child)


def _flat(part):
    """A part as text, with its headers where it is a whole mail."""
    if part.is_multipart():
        inner = part.get_payload()[0]
        head = "".join(f"{name}: {value}\n" for name, value in inner.items())
        return head[:MOST].replace("\r\n", "\n")
    return decode((part.get_payload(decode=True) or b"")[:MOST], str(part.get_content_charset() or ""))


def _nested_blocks(part):
    """The fields of a report that a server sends on as it got it."""
    inner = part.get_payload()[0] if part.is_multipart() else None
    if inner is None or inner.get_content_type() != "multipart/report":
        return []
    return [
        block for one in _own_parts(inner) if one.get_content_type() in _STATUS_PARTS for block in _status_blocks(one)
    ]


def _status_blocks(part):
    """The fields of each recipient of a delivery status, in whatever way it is encoded."""
    payload = part.get_payload()
    text = "\n\n".join(_fields(one) for one in payload) if isinstance(payload, list) else str(payload)
    if str(part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        encoded = Message()
        encoded["Content-Transfer-Encoding"] = part["content-transfer-encoding"]
        encoded.set_payload(text.strip())
        text = _flat(encoded)
    return _blocks_in(text)


def _fields(block):
    head = "".join(f"{name}: {value}\n" for name, value in block.items())
    payload = block.get_payload()
    return f"{head}\n{payload}" if isinstance(payload, str) else head


def _blocks_in(text):
    """[{field: value}, …]: a new recipient begins where a field comes again that the last one had."""
    blocks, block = [], {}
    for name, value in _FIELD.findall(text.replace("\r\n", "\n")[:MOST]):
        name = name.lower()
        if name in block and "final-recipient" in block and name != "diagnostic-code":
            blocks.append(block)
            block = {}
        block.setdefault(name, " ".join(value.split()))
    return [one for one in [*blocks, block] if "final-recipient" in one or "original-recipient" in one]


def _end_of_words(text):
    """Where the returned mail begins in the report's text: at words that say so, or where lines are a mail's head."""
    said = _RETURNED.search(text)
    end = said.start() if said else len(text)
    at, start, seen = 0, 0, set()
    for line in text[:end].split("\n"):
        found = _HEADER.match(line)
        if found:
            start = start if seen else at
            seen.add(found.group(1).lower())
            if len(seen) >= 3 and seen & {"received", "message-id", "return-path", "mime-version"}:
                return start
        elif not line[:1].isspace():
            seen = set()
        at += len(line) + 1
    return end
