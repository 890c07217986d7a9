"""A mail that came, with all that was made of it before anything is written."""

from datetime import datetime
from typing import NamedTuple

from webapp.mail.mailbox_models import Mailbox

from .envelopes import Envelope
from .matching import Match
from .models import Direction, Kind
from .parsed import Parsed, Understood


class Arrival(NamedTuple):
    """`moment` is when it lay in the mailbox, `is_news` whether that is not long ago: of older mail, which a first
    reading finds, nobody is told.
    """

    mailbox: Mailbox
    envelope: Envelope
    parsed: Parsed
    understood: Understood
    match: Match
    moment: datetime
    is_news: bool
    ours: dict  # what keeping.ours_of() gave

    @property
    def is_ours(self):
        return self.match.direction is Direction.OUT

    @property
    def kind(self):
        return Kind.SENT if self.is_ours else self.understood.kind

    @property
    def is_reply(self):
        """Whether a person outside wrote it."""
        return self.kind is Kind.REPLY
