"""What can go wrong at an IMAP server; each carries its sentence. NotLetIn and Unavailable are in mail/faults.py."""

from webapp.mail.faults import Unavailable


class Refused(Unavailable):
    """The server said no to one command: another one may go through on the same connection."""


class Broken(Unavailable):
    """The connection is of no use any more; a new one may be."""
