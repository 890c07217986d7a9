"""Signing in to a mail server: AUTH PLAIN (RFC 4616), LOGIN, and XOAUTH2 as Google and Microsoft describe it."""

import base64
import binascii
import json

from .faults import NotLetIn, Unavailable


def sign_in(command, server, kinds, where):
    """Sign in to `server`, which offers AUTH of these `kinds`; `command(line)` gives (code, text) of its reply.

    Raises NotLetIn, or Unavailable for what may pass. Their words hold nothing secret, whatever the server says.
    """
    code, text = _by_token(command, server) if server.token else _by_password(command, server, kinds, where)
    if code == 235:
        return
    answer = f"{code} {clean(text, server)}"
    if 400 <= code < 500:
        raise Unavailable(f"{where} cannot check who we are right now: {answer}")
    what = f"access that {server.user} gave" if server.token else "user name or password"
    raise NotLetIn(f"{where} refused the {what}: {answer}")


def _by_password(command, server, kinds, where):
    if "PLAIN" in kinds or not kinds:
        return command(f"AUTH PLAIN {_b64(_plain(server))}")
    if "LOGIN" not in kinds:
        raise NotLetIn(f"{where} offers no way to sign in that we know (PLAIN or LOGIN).")
    code, text = command("AUTH LOGIN")
    for secret in (server.user, server.password):
        if code == 334:
            code, text = command(_b64(secret))
    return code, text


def _by_token(command, server):
    """A token that is refused is answered 334 with JSON that says why; an empty line then asks for the verdict."""
    code, text = command(f"AUTH XOAUTH2 {_b64(_bearer(server))}")
    if code != 334:
        return code, text
    why = _why(text)
    code, text = command("")
    return code, f"{why}{text}"


def _why(text):
    try:
        found = json.loads(base64.b64decode(text, validate=True))
        return f"(status {found['status']}) "
    except (binascii.Error, ValueError, KeyError, TypeError):
        return ""


def _plain(server):
    return f"\0{server.user}\0{server.password}"


def _bearer(server):
    return f"user={server.user}\1auth=Bearer {server.token}\1\1"


def clean(text, server):
    """`text` without what we just told the server: some say it back, and what they say is kept and shown."""
    for secret in (server.token, server.password):
        if secret:
            for told in (_b64(_plain(server)), _b64(_bearer(server)), _b64(secret), secret):
                text = text.replace(told, "…")
    return text


def _b64(text):
    return base64.b64encode(text.encode()).decode()
