"""What reading a folder tells of a mail before its body is fetched."""

from datetime import datetime
from typing import NamedTuple

from .reading_models import FolderRole


class Place(NamedTuple):
    """Where a mail lies in a mailbox."""

    folder: str
    role: FolderRole
    uid_validity: int
    uid: int


class Envelope(NamedTuple):
    """The head of a mail. Addresses are in lower case; Message-IDs with their <>; `size` in bytes."""

    place: Place
    received_at: datetime  # INTERNALDATE
    size: int
    message_id: str
    refers_to: tuple
    sender: str
    recipients: tuple  # of To, Cc, Delivered-To, X-Original-To
    subject: str
    is_report: bool  # multipart/report, or from a mailer-daemon or postmaster
    is_list: bool  # of a mailing list or a bulk sender (List-Id, Precedence: bulk)
