"""What a mail's parts hold: the text that a person reads, and what is attached (RFC 2045–2049, 3676)."""

import re
from typing import NamedTuple

from .charsets import decode
from .headers import decoded, text_of
from .html_text import text_of_html
from .parsed import Attachment

LONGEST = 500_000  # characters of a mail's text that are kept
_LONGEST_HTML = 2_000_000
_LONGEST_NAME = 255
_WAY = re.compile(r"[\w-]+")
_NAMED = re.compile(r"""\b(?:file)?name\s*=\s*"?([^";\r\n]+)""", re.IGNORECASE)
_LINE_END = re.compile("\r\n|\r|\u2028|\u2029|\x85")
_HIDDEN = {  # parts for programs
    "message/delivery-status", "message/disposition-notification", "message/feedback-report", "text/rfc822-headers",
    "message/global-delivery-status", "application/pgp-signature", "application/pgp-encrypted",
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/ms-tnef",
}  # fmt: skip
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_PLAIN = {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"}
_DRAWN = 10_000  # bytes; smaller pictures within a text are logos, icons and lines of a signature
_NAMES = {"message/rfc822": "message.eml", "text/calendar": "invite.ics", "text/html": "page.html"}


class Body(NamedTuple):
    """`marks` tell of lines of `text` what HTML says of them: {number: "quote" | "signature"}."""

    text: str = ""
    marks: dict = {}
    attachments: tuple = ()
    trouble: str = ""


def read(message):
    """The Body of an email.message.Message."""
    attachments, troubles = [], []
    if message.get_content_type() in _ENCRYPTED:
        troubles.append("This mail is encrypted.")
    texts = list(_texts(message, "", attachments, troubles))
    lines, marks = [], {}
    for text, found in texts:
        if lines:
            lines.append("")
        marks.update({len(lines) + number: mark for number, mark in found.items()})
        lines += text.split("\n")
    text = "\n".join(lines)
    if len(text) > LONGEST:
        troubles.append(f"Only the first {LONGEST:,} characters of its text are kept.")
        text = text[:LONGEST]
    return Body(text, marks, tuple(attachments), " ".join(dict.fromkeys(troubles)))


def _texts(part, number, attachments, troubles):
    """(text, marks) of each part that is read; what is not goes to `attachments`."""
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822" and part.get_content_maintype() != "message":
        children = [(child, f"{number}.{at}".lstrip(".")) for at, child in enumerate(part.get_payload(), 1)]
        if kind == "multipart/alternative":
            yield from _best(children, attachments, troubles)
            return
        for at, (child, place) in enumerate(children):
            is_drawn = kind == "multipart/related" and at > 0
            if is_drawn and _is_small(child):
                continue
            yield from _texts(child, place, attachments, troubles)
        return
    if part.get_content_maintype() == "multipart":  # whose boundary never came
        kind = "text/plain"
    if kind in _PLAIN and not _is_attached(part):
        yield _text(part, kind, troubles)
    elif kind not in _HIDDEN and (number or not part.is_multipart()):
        attachments.append(_attachment(part, kind, number or "1"))


def _best(children, attachments, troubles):
    """The plain text of an alternative; what is drawn from HTML where there is none to speak of."""
    read = []
    for child, place in children:
        files = []
        texts = [one for one in _texts(child, place, files, troubles) if one[0].strip()]
        read.append((child.get_content_type() == "text/plain", texts, files))
        attachments += files
    plain = next((texts for is_plain, texts, _ in read if is_plain and texts), None)
    rich = next((texts for is_plain, texts, _ in reversed(read) if not is_plain and texts), None)
    if plain and rich and _length(plain) * 5 < _length(rich) and _length(plain) < 300:
        plain = None  # "Your program shows no HTML"
    yield from plain or rich or ()


def _length(texts):
    return sum(len(text) for text, _ in texts)


def _text(part, kind, troubles):
    text = decode(_bytes(part, troubles), _parameter(part, "charset"))
    if kind in ("text/plain", "text/markdown"):
        text = text[: 2 * LONGEST]
    if kind == "text/plain" and _parameter(part, "format").lower() == "flowed":
        text = _flowed(_lines(text), _parameter(part, "delsp").lower() == "yes")
    if kind in ("text/plain", "text/markdown"):
        return "\n".join(line if line == "-- " else line.rstrip() for line in _lines(text).split("\n")).strip("\n"), {}
    return text_of_html(text[:_LONGEST_HTML])


def _lines(text):
    return _LINE_END.sub("\n", text)


def _flowed(text, deletes):
    """Paragraphs joined again (RFC 3676, 4.2–4.5). `deletes`: the space at a line's end is no word's end (DelSp)."""
    paragraphs, open_depth = [], None  # each a list of its lines
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_sign = content == "-- "
        flows = content.endswith(" ") and not is_sign
        if open_depth != depth or is_sign:
            paragraphs.append([f"{'>' * depth} "] if depth else [])
        paragraphs[-1].append(content[:-1] if flows and deletes else content)
        open_depth = depth if flows else None
    return "\n".join("".join(lines) for lines in paragraphs)


def _bytes(part, troubles):
    way = _WAY.match(str(part.get("content-transfer-encoding", "")).strip().lower())
    if way:
        part.replace_header("content-transfer-encoding", way[0])  # the standard library takes no blank behind it
    try:
        return part.get_payload(decode=True) or b""
    except Exception:  # the standard library's decoders raise what they like
        troubles.append("A part of it is encoded wrongly.")
        return _undecoded(part).encode("utf-8", "replace")


def _undecoded(part):
    try:
        payload = part.get_payload()
    except Exception:  # by charsets that are none
        return ""
    return payload if isinstance(payload, str) else ""


def _parameter(part, name):
    try:
        value = part.get_param(name, "")
    except Exception:
        return ""
    if isinstance(value, tuple):
        value = value[2]
    return str(value or "").encode("ascii", "replace").decode()


def _is_attached(part):
    return part.get_content_disposition() == "attachment" or bool(_name(part))


def _name(part):
    try:
        name = part.get_filename("")
    except Exception:  # RFC 2231 done wrongly
        name = ""
    if "\ufffd" in name:  # bytes that no rule allows there
        raw = " ".join(text_of(value) for name, value in part.raw_items() if name.lower() == "content-disposition")
        name = found[1] if (found := _NAMED.search(raw)) else name
    return decoded(name.replace("/", "_"))[:_LONGEST_NAME]


def _is_small(part):
    return part.get_content_maintype() == "image" and _size(part) < _DRAWN


def _size(part):
    """Bytes that a part has when decoded, near enough, without decoding it."""
    if part.is_multipart():
        return sum(map(_size, part.get_payload()))
    payload = _undecoded(part)
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        letters = len(payload) - payload.count("\n") - payload.count("\r") - payload.count("=")
        return letters * 3 // 4
    return len(payload)


def _attachment(part, kind, number):
    name = _name(part) or _NAMES.get(kind, "attachment")
    return Attachment(name, kind, _size(part), number)
