"""Reads of captured mail, and of any mail's bytes."""

from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header

from peewee import Value, fn

from webapp.accounts.models import Reach
from webapp.core.errors import NotFound
from webapp.core.paging import page_of
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from .models import CapturedMail


def _seen_by(member):
    """What `member` may see: all of the workspace's, or what went to leads within their reach and to themselves."""
    query = CapturedMail.of(member.workspace)
    if member.reach is Reach.ALL:
        return query
    theirs = visible(member, Value(1)).where(Lead.email == CapturedMail.email, Lead.email != "")
    return query.where(fn.EXISTS(theirs) | (CapturedMail.email == member.email))


def captured(member, *, cursor=None, size=50):
    """A Page of captured mails, newest first, without their bytes."""
    shown = (CapturedMail.id, CapturedMail.email, CapturedMail.subject, CapturedMail.created_at)
    query = _seen_by(member).select(*shown)
    return page_of(query, [CapturedMail.id], lambda mail: [mail.id], size=size, cursor=cursor)


def get_captured(member, mail_id):
    """The captured mail, if the member may see it. Raises NotFound."""
    mail = _seen_by(member).where(CapturedMail.id == mail_id).first()
    if mail is None:
        raise NotFound("That mail does not exist.")
    return mail


@dataclass(frozen=True)
class Opened:
    """A mail's bytes taken apart: (name, value) pairs of headers, the two parts, and the source as text."""

    headers: list
    text: str
    html: str
    source: str


def opened(raw):
    """The Opened of a mail's bytes: (name, value) of its headers, its two texts, and all of it as it left."""
    raw = bytes(raw)
    message = message_from_bytes(raw)
    headers = [(name, str(make_header(decode_header(value)))) for name, value in message.items()]
    parts = {"text/plain": "", "text/html": ""}
    for part in message.walk():
        if part.get_content_type() in parts:
            parts[part.get_content_type()] = part.get_payload(decode=True).decode("utf-8", "replace")
    return Opened(headers, parts["text/plain"], parts["text/html"], raw.decode("utf-8", "replace"))
