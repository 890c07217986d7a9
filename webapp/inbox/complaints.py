"""Reports that somebody called a mail of ours spam (RFC 5965, "ARF")."""

import email.parser
import re

from .parsed import Complaint

_ADDRESS = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;]+\.[^\s<>\"',;]+")
_HOTMAIL = re.compile(r"complaint about message from [\d.x]+\s*$")
_COUNTS = {
    "abuse",
    "fraud",
    "virus",
    "other",
    "opt-out",
    "miscategorized",
    "",
}  # "not-spam" and "auth-failure" accuse nobody


def _report_part(message):
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            return part
    return None


def _fields(part):
    payload = part.get_payload()
    text = "\n".join(one.as_string() for one in payload) if isinstance(payload, list) else str(payload)
    return email.parser.HeaderParser().parsestr(text.lstrip())


def _reported_mail(message):
    """The mail that is complained about: its own parts, or only its head."""
    for part in message.walk():
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            return payload[0]
        if kind == "text/rfc822-headers":
            raw = part.get_payload(decode=True) or b""
            return email.parser.BytesHeaderParser().parsebytes(raw)
    return None


def _is_of_hotmail(message):
    """Whether it is a complaint as Microsoft's Junk Mail Reporting Program sends it: the mail, under a subject."""
    return bool(_HOTMAIL.match(str(message.get("subject", ""))))


def read(message):
    """The Complaint that `message` reports, or None."""
    part = _report_part(message)
    if part is None and not _is_of_hotmail(message):
        return None
    fields = _fields(part) if part else {}
    if str(fields.get("feedback-type", "")).strip().lower() not in _COUNTS:
        return None
    mail = _reported_mail(message)
    named = [fields.get("original-rcpt-to"), fields.get("removal-recipient"), mail and mail.get("to")]
    found = [match.group().lower() for match in (_ADDRESS.search(str(one or "")) for one in named) if match]
    ids = re.findall(r"<[^<>\s]+>", str(mail.get("message-id", ""))) if mail is not None else []
    return Complaint(found[0] if found else "", tuple(ids))
