"""One turn of reading a mailbox: its connection, which is replaced when it breaks, and when the turn is over."""

import time

from webapp.core.clock import now
from webapp.core.jobs import stopping
from webapp.mail.faults import Unavailable

from . import imap, leases

SECONDS = 60  # then others have a turn, too
SLACK = 120  # seconds that the last mail of a turn may take beyond
MOST_BROKEN = 6  # connections in a turn; more say that the server is not well

RENUMBERED = "The server numbers the mails of {} anew while we read them. We try again."


class Turn:
    def __init__(self, mailbox, lease):
        self.mailbox, self.lease = mailbox, lease
        self.ends_at = time.monotonic() + SECONDS
        self.folder, self.imap, self.broken = None, None, 0
        self.lag = None  # seconds that the newest mail waited for us

    def __enter__(self):
        self._connect()
        return self

    def __exit__(self, *error):
        self.imap.close()

    def _connect(self):
        self.imap = imap.connect(self.mailbox, self.ends_at + SLACK)

    def is_over(self):
        return stopping() or time.monotonic() > self.ends_at

    def open(self, folder):
        """Open a MailFolder; returns its Opened."""
        self.folder = folder
        return self.imap.examine(folder.name)

    def reopen(self, fault):
        """Go on over a new connection after this Broken one. Raises it when that is no use, and Unavailable."""
        self.broken += 1
        if self.broken > MOST_BROKEN or self.is_over():
            raise fault
        self.imap.close()
        leases.renew(self.lease)
        self._connect()
        if self.imap.examine(self.folder.name).uid_validity != self.folder.uid_validity:
            raise Unavailable(RENUMBERED.format(self.folder.name))

    def saw(self, received_at):
        """A new mail is here that came to the mailbox then."""
        waited = int((now() - received_at).total_seconds())
        self.lag = max(0, waited)
