"""What can go wrong while a mail leaves; each carries its sentence."""


class Unavailable(Exception):
    """Nothing can be sent now; the message says why in plain words. A `lasting` one does not pass by itself: somebody
    has to change a password, a setting, a certificate.
    """

    def __init__(self, message, *, lasting=False):
        super().__init__(message[:500])
        self.lasting = lasting


class NotLetIn(Unavailable):
    """The server does not take the user name, password or token."""

    def __init__(self, message):
        super().__init__(message, lasting=True)


class Rejected(Exception):
    """The server said no to this mail; `permanent` for 5xx, `blames_sender` when another recipient would not help;
    `email` is the recipient that it does not take, if it is about one.
    """

    def __init__(self, code, text, *, blames_sender=False, email=""):
        super().__init__(f"{code} {text}"[:500])
        self.permanent = code >= 500
        self.email = email
        self.blames_sender = blames_sender or text.startswith("5.7.")  # RFC 3463: security or policy


class Dropped(Exception):
    """The connection ended before the message was handed over: it can be sent again."""


class Unanswered(Exception):
    """The message was handed over and no answer came: it may have arrived or not."""
