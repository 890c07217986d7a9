"""How a mailbox does: what went wrong, when it pauses by itself, and when it is well again.

A mailbox that Galena paused says the same in `pause_reason` and `last_error`; one that a person paused does not.
"""

from datetime import timedelta

from webapp.core.clock import now

from .mailbox_models import Mailbox, MailboxState

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30))  # after each fault in a row that may pass
REFUSALS = 10  # addresses refused in a row: the server has something against the mailbox, not against them
MANY = "{} addresses in a row were refused. The last answer was: {}"


def blame(mailbox, error):
    """Nothing can be sent through `mailbox` (a row or its id) now, for `error`, an Unavailable.

    One that lasts pauses it, as does one more than BACK_OFF has. Returns when to try again, or None when it is paused.
    """
    row = Mailbox.get_by_id(getattr(mailbox, "id", mailbox))
    count, moment, words = row.refusals + 1, now(), str(error)[:500]
    if getattr(error, "lasting", False) or count > len(BACK_OFF):
        _pause(row, words)
        return None
    again = moment + BACK_OFF[count - 1]
    trouble = {"refusals": count, "last_error": words, "last_error_at": moment, "next_send_at": again}
    Mailbox.update(trouble).where(Mailbox.id == row.id).execute()
    return again


def noted(mailbox, error):
    """A test did not go out, for `error`, an Unavailable. One that lasts pauses the mailbox before a mail meets it."""
    if error.lasting:
        _pause(Mailbox.get_by_id(mailbox.id), str(error))
    else:
        Mailbox.update(last_error=str(error), last_error_at=now()).where(Mailbox.id == mailbox.id, _going()).execute()


def refused(mailbox, reason):
    """A server said no for good to one mail through `mailbox` (a row or its id). Too many in a row pause it; returns
    whether they did.
    """
    row_id = getattr(mailbox, "id", mailbox)
    Mailbox.update(refusals=Mailbox.refusals + 1).where(Mailbox.id == row_id).execute()
    row = Mailbox.get_by_id(row_id)
    if row.refusals < REFUSALS or row.state is MailboxState.PAUSED:
        return False
    _pause(row, MANY.format(row.refusals, reason)[:500])
    return True


def recovered(mailbox):
    """A server took a mail through `mailbox` (a row or its id): what was wrong before is over."""
    troubled = (Mailbox.refusals > 0) | (Mailbox.last_error != "")
    well = Mailbox.update(refusals=0, last_error="", last_error_at=None)
    well.where(Mailbox.id == getattr(mailbox, "id", mailbox), troubled, _going()).execute()


def mended(mailbox, **changes):
    """What was wrong with `mailbox` is put right: a test went through, or somebody connected it again. If Galena paused
    it, it goes on; if a person did, it stays paused.
    """
    by_us = (Mailbox.last_error != "") & (Mailbox.pause_reason == Mailbox.last_error)
    active = {"state": MailboxState.ACTIVE, "pause_reason": ""}
    Mailbox.update(active).where(Mailbox.id == mailbox.id, by_us).execute()
    well = {"refusals": 0, "last_error": "", "last_error_at": None, "next_send_at": None}
    Mailbox.update(**well, **changes).where(Mailbox.id == mailbox.id).execute()


def is_stopped_by_us(mailbox):
    """Whether it is paused because something is wrong with it."""
    paused = mailbox.state is MailboxState.PAUSED
    return paused and bool(mailbox.last_error) and mailbox.pause_reason == mailbox.last_error


def _going():
    return Mailbox.state == MailboxState.ACTIVE


def _pause(row, reason):
    """A mailbox that a person paused keeps their reason."""
    trouble = {"refusals": row.refusals + 1, "last_error": reason, "last_error_at": now()}
    Mailbox.update(trouble).where(Mailbox.id == row.id).execute()
    paused = Mailbox.update(state=MailboxState.PAUSED, pause_reason=reason)
    paused.where(Mailbox.id == row.id, _going()).execute()
