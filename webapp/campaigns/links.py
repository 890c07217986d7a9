"""The signed way out at the end of every mail: /u/<token>."""

from functools import lru_cache

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer

from webapp import config
from webapp.core.errors import NotFound

UNDO_SECONDS = 3600  # that the page of a click can take it back
TEST = 0  # stands for a recipient in mails that one writes to oneself


@lru_cache(maxsize=4)
def _signer(key, fallbacks):
    return Signer([*fallbacks, key], salt="unsubscribe")


def _current():
    settings = config.current()
    return _signer(settings.secret_key, tuple(reversed(settings.secret_key_fallbacks)))


def unsubscribe_url(recipient_id):
    """The address at the foot of a mail, https://…/u/<token>, where its recipient says that they want no more."""
    return f"{config.current().base_url}/u/{_current().sign(str(recipient_id)).decode()}"


def recipient_of(token):
    """The recipient's id that `token` names. Raises NotFound for one that we did not sign."""
    try:
        return int(_current().unsign(token))
    except (BadSignature, ValueError, TypeError):
        raise NotFound("This link is not complete. Open it again from the mail, in one piece.") from None


def _undos():
    settings = config.current()
    return URLSafeTimedSerializer([*reversed(settings.secret_key_fallbacks), settings.secret_key], salt="undo leaving")


def undo_token(done):
    """What the page of a click hands back to undo it; `done` is a dict of small JSON values."""
    return _undos().dumps(done)


def undone(token):
    """The dict that undo_token() was given. Raises itsdangerous.BadData for any other text, and after an hour."""
    return _undos().loads(token, max_age=UNDO_SECONDS)
