"""Failures a person may see: each carries one sentence. The web layer turns it into a status, a page or a toast."""


class AppError(Exception):
    status = 400


class NotFound(AppError):
    status = 404


class Forbidden(AppError):
    status = 403


class Conflict(AppError):
    status = 409


class Invalid(AppError):
    """Input that a rule refuses; `field` names the form field it concerns, if one does."""

    status = 422

    def __init__(self, message, field=None):
        super().__init__(message)
        self.field = field


class TooMany(AppError):
    """A rate limit was reached; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message, retry_after):
        super().__init__(message)
        self.retry_after = retry_after
