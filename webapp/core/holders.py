"""Names of whoever holds a lease, by which another one sees at once that the holder's process is gone.

Only a process of this machine can be looked for; of others, the end of their lease tells.
"""

import os
import secrets
import socket

_HOST = socket.gethostname()
_held = set()  # tokens of this process, to tell it from an earlier one with the same number


def new_token():
    """A token for a lease that this process is about to take."""
    token = f"{_HOST}:{os.getpid()}:{secrets.token_hex(8)}"
    _held.add(token)
    return token


def forget(token):
    """The lease was given back, or not got after all."""
    _held.discard(token)


def is_gone(token):
    """Whether the holder was a process of this machine that is no more."""
    host, _, rest = token.rpartition(":")[0].rpartition(":")
    if host != _HOST or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():
        return token not in _held
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
