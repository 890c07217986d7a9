"""How a mailbox does: what went wrong, when it pauses by itself, and when it is well again.

A mailbox that Galena paused says the same in `pause_reason` and `last_error`; one that a person paused does not.
"""

from peewee import Case

from webapp.core.clock import now

from .mailbox_models import Mailbox, MailboxState


def noted(mailbox, error):
    """A test did not go out, for `error`, an Unavailable. One that lasts pauses the mailbox before a mail meets it."""
    if error.lasting:
        _pause(Mailbox.get_by_id(mailbox.id), str(error))
    else:
        Mailbox.update(last_error=str(error), last_error_at=now()).where(Mailbox.id == mailbox.id, _going()).execute()


def recovered(mailbox):
    """A server took a mail through `mailbox` (a row or its id): what was wrong before is over."""
    troubled = (Mailbox.refusals > 0) | (Mailbox.last_error != "")
    well = Mailbox.update(refusals=0, last_error="", last_error_at=None)
    well.where(Mailbox.id == getattr(mailbox, "id", mailbox), troubled, _going()).execute()


def turned_away(mailbox_id, said):
    """A server that had taken a mail of this mailbox sent it back because of who sends: that is told, as `said`, until
    the next mail goes through.
    """
    told = Mailbox.update(last_error=said[:500], last_error_at=now())
    told.where(Mailbox.id == mailbox_id, _going()).execute()


def mended(mailbox, **changes):
    """What was wrong with `mailbox` is put right: a test went through, or somebody connected it again. If Galena paused
    it, it goes on; if a person did, it stays paused.
    """
    by_us = (Mailbox.last_error != "") & (Mailbox.pause_reason == Mailbox.last_error)
    active = {"state": MailboxState.ACTIVE, "pause_reason": ""}
    Mailbox.update(active).where(Mailbox.id == mailbox.id, by_us).execute()
    Mailbox.update({**anew(), **changes}).where(Mailbox.id == mailbox.id).execute()


def anew():
    """What to write for a mailbox to begin anew: no trouble, no waiting because of it, and the next sweep wakes it,
    whatever it was parked for.
    """
    waits = Case(None, [(Mailbox.last_error != "", None)], Mailbox.next_send_at)
    return {"refusals": 0, "last_error": "", "last_error_at": None, "next_send_at": waits, **awake()}


def awake():
    """What to write for whoever sends to look at a mailbox soon, though it is parked for later."""
    return {"lease_until": Case(None, [(Mailbox.lease_token == "", None)], Mailbox.lease_until)}


def is_stopped_by_us(mailbox):
    """Whether it is paused because something is wrong with it."""
    paused = mailbox.state is MailboxState.PAUSED
    return paused and bool(mailbox.last_error) and mailbox.pause_reason == mailbox.last_error


def _going():
    return Mailbox.state == MailboxState.ACTIVE


def _pause(row, reason):
    """A mailbox that a person paused keeps their reason."""
    trouble = {"refusals": row.refusals + 1, "last_error": reason[:500], "last_error_at": now()}
    Mailbox.update(trouble).where(Mailbox.id == row.id).execute()
    paused = Mailbox.update(state=MailboxState.PAUSED, pause_reason=reason[:500])
    paused.where(Mailbox.id == row.id, _going()).execute()
