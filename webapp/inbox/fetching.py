"""Fetching mails so that one which the server cannot give us, or which breaks the connection, holds up no other.

Such a mail counts as broken only when another one can be fetched meanwhile: else the server is unwell, and all wait.
"""

from typing import NamedTuple

from webapp.mail.faults import Unavailable

from .imap_faults import Broken, Refused

TRIES = 2
PEEK = "BODY.PEEK[]<0.1024>"


class OneByOne(Exception):
    """A batch cannot be fetched as a whole: its mails have to be looked at one by one."""


class Failed(NamedTuple):
    """A mail could not be fetched, and why."""

    why: str


def heads(turn, uids):
    """The Heads of several mails of the open folder. Raises OneByOne."""
    try:
        return turn.imap.heads(uids)
    except Refused:
        raise OneByOne from None
    except Broken as fault:
        turn.reopen(fault)
        raise OneByOne from None


def head(turn, uid):
    """The Head of a mail of the open folder, None when it is gone, or Failed."""
    return _fetched(turn, uid, lambda: next(iter(turn.imap.heads([uid])), None))


def mail(turn, uid, size):
    """The bytes of a mail of the open folder, None when it is gone, or Failed."""
    return _fetched(turn, uid, lambda: turn.imap.mail(uid, size))


def _fetched(turn, uid, fetch):
    fault = None
    for _ in range(TRIES):
        try:
            return fetch()
        except Refused as error:
            fault = error
            break
        except Broken as error:
            fault = error
            turn.reopen(error)
    if not _gives_another(turn, uid):
        raise Unavailable(str(fault)) from fault
    return Failed(str(fault))


def _gives_another(turn, uid):
    """Whether the server can give us a mail near this one. Raises what it answers when it cannot."""
    other = _neighbour(turn, uid)
    return other is not None and bool(turn.imap.fetch(other, [PEEK]))


def _neighbour(turn, uid):
    reach = 1
    while reach < uid:
        if before := turn.imap.uids(max(1, uid - reach), uid - 1):
            return before[-1]
        reach *= 100
    return next(iter(turn.imap.uids(uid + 1, uid + 1000)), None)
