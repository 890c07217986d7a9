"""Why nobody could be signed in through Google. By themselves, so that naming one loads no library for it."""

from webapp.core.errors import AppError

UNFINISHED = "Google did not finish that sign-in. Start it again."


class Refused(AppError):
    """Somebody could not be signed in or linked; the message says why."""

    status = 403


class Away(AppError):
    """The provider is down, or its answers make no sense."""

    status = 503
