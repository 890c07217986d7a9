"""Reading a folder: upwards what came since, then backwards what is older, in batches of mails.

How far it got moves on in the transaction that keeps the last mail of a batch: killed in between, the batch is looked
at again, and what was kept of it is known by its Message-ID.
"""

import logging
from datetime import timedelta

from peewee import InterfaceError, InternalError, OperationalError

from db import db
from webapp.core.clock import now
from webapp.core.prepared import PreparedWrite

from . import fetching, leases, parsing, receiving
from .envelopes import Place
from .fetching import Failed
from .reading_models import BrokenMail, MailFolder

log = logging.getLogger("galena.inbox")
BATCH = 250  # mails whose heads are fetched at once
AT_ONCE = 25  # mails that are fetched whole before it is asked whether the turn is over
WINDOW = 4 * BATCH  # UIDs that are searched at once: few of them may be mails
NOT_ITS_FAULT = (OperationalError, InterfaceError, InternalError, leases.Lost)
BROKE = "We could not make sense of it ({})."


def begin(folder, opened, back_days):
    """Start at the newest mail of a folder that was never read, or whose mails the server has numbered anew."""
    if folder.uid_validity != opened.uid_validity:
        start = {"uid_validity": opened.uid_validity, "last_uid": opened.uid_next - 1, "first_uid": opened.uid_next}
        move(folder, {**start, "back_to": (now() - timedelta(days=back_days)).date()})


def count(turn, folder, opened):
    """Write down how many mails of the open folder are still to be read."""
    newer = turn.imap.count(folder.last_uid + 1, opened.uid_next - 1)
    older = turn.imap.count(1, folder.first_uid - 1, folder.back_to) if folder.first_uid else 0
    if newer + older != folder.backlog:
        move(folder, {"backlog": newer + older})


def upwards(turn, folder, opened):
    """Read what came after `last_uid`; returns whether that was all there is."""
    for uids, upto in _rising(turn, folder.last_uid + 1, opened.uid_next - 1):
        if not _read(turn, folder, uids, "last_uid", upto):
            return False
    return True


def backwards(turn, folder):
    """Read what is older, down to what came on `back_to`; returns whether nothing of it is left."""
    if folder.first_uid is None:
        return True
    for uids, downto in _falling(turn, folder.first_uid - 1, folder.back_to):
        if not _read(turn, folder, uids, "first_uid", downto):
            return False
    move(folder, {"first_uid": None, "back_to": None})
    return True


def _rising(turn, first, last):
    """(some UIDs, up to where they are all that there is), ascending."""
    width = WINDOW
    while first <= last:
        end = min(last, first + width - 1)
        uids = turn.imap.uids(first, end)
        for start in range(0, len(uids), BATCH):
            batch = uids[start : start + BATCH]
            yield batch, batch[-1] if start + BATCH < len(uids) else end
        if not uids:
            yield [], end
        width = WINDOW if uids else width * 4
        first = end + 1


def _falling(turn, last, since):
    """The same downwards; each batch is ascending in itself."""
    width = WINDOW
    while last >= 1:
        end = max(1, last - width + 1)
        uids = turn.imap.uids(end, last, since)
        for stop in range(len(uids), 0, -BATCH):
            batch = uids[max(0, stop - BATCH) : stop]
            yield batch, batch[0] if stop > BATCH else end
        if not uids:
            yield [], end
        width = WINDOW if uids else width * 4
        last = end - 1


def _read(turn, folder, uids, field, upto):
    """Read one batch, after which the folder's `field` is `upto`; returns False when the turn ended before."""
    if not uids:
        move(folder, {field: upto})
    while uids:
        if turn.is_over():
            return False
        try:
            uids = _batch(turn, folder, fetching.heads(turn, uids), uids, field, upto)
        except fetching.OneByOne:
            return _singles(turn, folder, uids, field, upto)
    return True


def _singles(turn, folder, uids, field, upto):
    for uid in uids if field == "last_uid" else reversed(uids):
        if turn.is_over():
            return False
        head = fetching.head(turn, uid)
        if isinstance(head, Failed):
            with db.atomic():
                _note(folder, uid, "", head.why)
                _advance(turn, folder, 1, {field: uid})
        else:
            _batch(turn, folder, [head] if head else [], [uid], field, uid)
    move(folder, {field: upto})
    return True


def _batch(turn, folder, heads, uids, field, upto):
    """Keep what concerns us of the mails `uids`, which have these heads; with the last of it, the folder's `field` is
    `upto`. Returns the UIDs that are left when more than AT_ONCE concern us.
    """
    wanted, left = _wanted(turn, folder, heads), []
    if len(wanted) > AT_ONCE and field == "last_uid":
        wanted = wanted[:AT_ONCE]
        upto = wanted[-1].place.uid
        left = [uid for uid in uids if uid > upto]
    elif len(wanted) > AT_ONCE:
        wanted = wanted[-AT_ONCE:]
        upto = wanted[0].place.uid
        left = [uid for uid in uids if uid < upto]
    if field == "last_uid" and heads:
        turn.saw(max(head.received_at for head in heads))
    for number, envelope in enumerate(wanted, 1):
        mail = _make_out(turn, envelope, fetching.mail(turn, envelope.place.uid, envelope.size))
        with db.atomic():
            leases.renew(turn.lease)
            _keep(folder, envelope, mail)
            if number == len(wanted):
                _advance(turn, folder, len(uids) - len(left), {field: upto})
    if not wanted:
        _advance(turn, folder, len(uids), {field: upto})
    return left


def _wanted(turn, folder, heads):
    """The Envelopes of those mails that are to be fetched."""
    envelopes = []
    for head in heads:
        place = Place(folder.name, folder.role, folder.uid_validity, head.uid)
        try:
            envelopes.append(parsing.envelope_of(head.raw, place, head.received_at, head.size))
        except Exception as error:
            _broke(folder, head.uid, "", error)
    if not envelopes:
        return []
    try:
        places = receiving.sift(turn.mailbox, envelopes)
    except NOT_ITS_FAULT:
        raise
    except Exception as error:
        if len(envelopes) > 1:
            raise fetching.OneByOne from error
        _broke(folder, envelopes[0].place.uid, envelopes[0].subject, error)
        return []
    return [envelope for envelope in envelopes if envelope.place in places]


def _make_out(turn, envelope, raw):
    """What there is to keep of a mail that was fetched (receiving.make_out), or why that Failed."""
    if raw is None or isinstance(raw, Failed):  # None: deleted since
        return raw
    try:
        return receiving.make_out(turn.mailbox, raw, envelope)
    except NOT_ITS_FAULT:
        raise
    except Exception as error:
        return _failed(turn.folder, envelope.place.uid, error)


def _keep(folder, envelope, mail):
    uid = envelope.place.uid
    if isinstance(mail, Failed):
        _note(folder, uid, envelope.subject, mail.why)
        return
    try:
        with db.atomic():
            receiving.keep(mail)
            _here(mailbox=folder.mailbox_id, folder=folder.name, uid_validity=folder.uid_validity, uid=uid)
    except NOT_ITS_FAULT:
        raise
    except Exception as error:
        _broke(folder, uid, envelope.subject, error)


def _broke(folder, uid, subject, error):
    _note(folder, uid, subject, _failed(folder, uid, error).why)


def _failed(folder, uid, error):
    log.error("mail %s of %s in mailbox %s", uid, folder.name, folder.mailbox_id, exc_info=error)
    return Failed(BROKE.format(type(error).__name__))


def _note(folder, uid, subject, why):
    place = {"mailbox": folder.mailbox_id, "folder": folder.name, "uid_validity": folder.uid_validity, "uid": uid}
    row = {**place, "workspace": folder.workspace_id, "subject": subject[:998].replace("\0", ""), "error": why[:500]}
    keys = [BrokenMail.mailbox, BrokenMail.folder, BrokenMail.uid_validity, BrokenMail.uid]
    BrokenMail.insert(row).on_conflict(conflict_target=keys, update={BrokenMail.error: why[:500]}).execute()


@PreparedWrite
def _here(*, mailbox, folder, uid_validity, uid):
    """Forget that this mail was broken: it is kept now."""
    whole = (BrokenMail.mailbox == mailbox) & (BrokenMail.folder == folder)
    return BrokenMail.delete().where(whole, BrokenMail.uid_validity == uid_validity, BrokenMail.uid == uid)


def _advance(turn, folder, looked_at, moved):
    """These mails are done with: the folder moves on, as long as it is ours to read."""
    with db.atomic():
        leases.renew(turn.lease)
        left = max(0, folder.backlog - looked_at)
        move(folder, {**moved, "backlog": left, "seen": folder.seen + looked_at})


def move(folder, changes):
    """Write changes of a MailFolder, in the row that is at hand, too. Raises Lost when somebody else has moved it."""
    first = MailFolder.first_uid == folder.first_uid if folder.first_uid else MailFolder.first_uid.is_null()
    here = (MailFolder.id == folder.id) & (MailFolder.last_uid == folder.last_uid) & first
    if not MailFolder.update(changes).where(here).execute():
        raise leases.Lost
    for name, value in changes.items():
        setattr(folder, name, value)
