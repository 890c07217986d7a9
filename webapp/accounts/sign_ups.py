"""Who may make an account without being invited."""

from webapp import config
from webapp.core.errors import Forbidden

from .members import has_accounts

CLOSED = "Here people join by invitation. Ask somebody in your team to invite you."


def sign_up_is_open():
    """Whether anybody may: SIGN_UP is open, or this installation still waits for its first user."""
    return config.current().sign_up == "open" or not has_accounts()


def check_sign_up_is_open():
    """Raise Forbidden when it is not."""
    if not sign_up_is_open():
        raise Forbidden(CLOSED)
