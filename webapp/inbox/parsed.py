"""What is read out of a mail (parsing.py) and what is understood of it (understanding.py)."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from .models import Kind, Label


class Attachment(NamedTuple):
    """`part` is its number as IMAP counts (RFC 3501, 6.4.5): "2.1"; `size` in bytes, decoded."""

    name: str
    type: str
    size: int
    part: str


class Parsed(NamedTuple):
    """A mail as far as it could be read; `trouble` says what could not. Addresses are (name, address), the address in
    lower case. `text` is its plain text, of HTML too; `fresh` what is left without quotes and signature;
    `headers` are all of its own, the names in lower case, [(name, decoded value)]. `sent_at` is its Date, if any.
    """

    message_id: str
    refers_to: tuple = ()  # Message-IDs of References and In-Reply-To, the nearest last
    sender: tuple = ("", "")
    recipients: tuple = ()
    cc: tuple = ()
    reply_to: str = ""
    delivered_to: tuple = ()  # addresses of Delivered-To, X-Original-To, Envelope-To: in lower case
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    fresh: str = ""
    quoted_lines: int = 0
    attachments: tuple = ()
    headers: tuple = ()
    trouble: str = ""


class BounceClass(StrEnum):
    HARD = "hard"  # nobody has this address, or its host does not exist
    SOFT = "soft"  # it may work later
    BLOCKED = "blocked"  # the server does not want our mail: says nothing about the address


class Bounce(NamedTuple):
    """`email` was not reached; `cause` is a sentence for people, `said` the server's own words, `status` as in RFC 3463
    or "". `message_ids` are those of the mail that came back, as far as the report quotes it.
    """

    email: str
    bounce_class: BounceClass
    cause: str
    status: str = ""
    said: str = ""
    message_ids: tuple = ()


class AutoReply(NamedTuple):
    """`until`: the last day of absence that it names. `is_absence`: somebody is away, not merely "we got your mail"."""

    is_absence: bool
    until: date | None = None


class Complaint(NamedTuple):
    """A report of RFC 5965: somebody called a mail of ours spam."""

    email: str = ""
    message_ids: tuple = ()


class Understood(NamedTuple):
    """What a mail is and says. `label` with its `reason`, a sentence, and `sure` in percent; NONE when the rules do not
    know. `found` goes into ThreadMessage.found: {"phones": […], "dates": [["2026-12-01", "14:30" or "", words], …]}.
    """

    kind: Kind
    label: Label = Label.NONE
    reason: str = ""
    sure: int | None = None
    bounces: tuple = ()
    auto_reply: AutoReply | None = None
    complaint: Complaint | None = None
    wants_out: bool = False
    found: dict = {}
