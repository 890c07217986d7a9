"""Waiting at mail servers for news (IDLE, RFC 2177), in threads beside the jobs of a worker.

One thread looks after the others, of which each holds a connection to one mailbox and wakes its reading. A mailbox is
watched by one worker only, and only while reading it goes well: what does not is asked by turns (reading.py).
"""

import logging
import math
import threading
import time
from datetime import timedelta

from db import db
from webapp.core.clock import now
from webapp.core.holders import forget, is_gone, new_token
from webapp.mail.faults import Unavailable
from webapp.mail.mailbox_models import Mailbox

from . import imap, reading
from .folders import INBOX
from .reading_models import MailboxReading, MailFolder

log = logging.getLogger("galena.inbox")
LOOK = 5  # seconds between two looks at which mailboxes are to be watched
HOLD = timedelta(seconds=60)  # for which a watch is held; each look renews it
RENEW = 9 * 60  # seconds after which IDLE is begun anew: servers and routers drop what is silent for half an hour
AGAIN, LONGEST = 60, 900  # seconds after which a watch that broke is begun anew, doubled up to the second
MOST = 100  # mailboxes; the others are asked by turns
BURST = 0.3  # seconds of silence after which what came at once has come
_may_use_rows = threading.BoundedSemaphore(2)  # connections to the database that all watches have between them


class Watcher:
    """Works from start() until stop()."""

    def __init__(self):
        self._ends, self._watches = threading.Event(), {}  # mailbox id: Watch
        self._thread = threading.Thread(target=self._run, daemon=True, name="watcher")

    def start(self):
        self._thread.start()

    def stop(self):
        """End all watches; returns when their connections are closed."""
        self._ends.set()
        self._thread.join()
        with db.connection_context():
            self._end(list(self._watches))

    def _run(self):
        while not self._ends.wait(LOOK):
            try:
                with db.connection_context():
                    self.look()
            except Exception:
                log.exception("could not look which mailboxes to watch")

    def look(self):
        """Begin and end watches as the rows ask for it, and hold those that go on."""
        wanted = wanted_ids()
        self._end([one for one, watch in self._watches.items() if one not in wanted or not watch.hold()])
        for watch in self._watches.values():
            watch.go_on()
        for mailbox_id in wanted:
            if mailbox_id not in self._watches and len(self._watches) < MOST and (token := take(mailbox_id)):
                self._watches[mailbox_id] = watch = Watch(mailbox_id, token)
                watch.go_on()

    def _end(self, mailbox_ids):
        ended = [self._watches.pop(mailbox_id) for mailbox_id in mailbox_ids]
        for watch in ended:
            watch.stop()
        for watch in ended:
            watch.join()
            watch.give_back()


def wanted_ids():
    """The ids of mailboxes whose servers tell of new mail, and whose reading goes well."""
    well = (MailboxReading.failures == 0) & MailboxReading.succeeded_at.is_null(False)
    rows = MailboxReading.select(MailboxReading.mailbox).where(MailboxReading.is_on, MailboxReading.pushes, well)
    return [row.mailbox_id for row in rows.order_by(MailboxReading.mailbox)]


def take(mailbox_id):
    """A token for the watch of a mailbox that nobody watches, else None."""
    row = MailboxReading.get(MailboxReading.mailbox == mailbox_id)
    if row.watch_token and row.watch_until > now() and not is_gone(row.watch_token):
        return None
    token = new_token()
    free = (MailboxReading.id == row.id) & (MailboxReading.watch_token == row.watch_token)
    if MailboxReading.update(watch_token=token, watch_until=now() + HOLD).where(free).execute():
        return token
    forget(token)
    return None


class Watch:
    """One mailbox, watched by a thread that go_on() begins and, once it broke, begins again after a while."""

    def __init__(self, mailbox_id, token):
        self.mailbox_id, self._token = mailbox_id, token
        self._ends, self._thread, self._imap = threading.Event(), None, None
        self._next_at, self._breaks = 0.0, 0
        self._ours = (MailboxReading.mailbox == mailbox_id) & (MailboxReading.watch_token == token)

    def hold(self):
        """Whether the watch is still ours, for some time more."""
        return bool(MailboxReading.update(watch_until=now() + HOLD).where(self._ours).execute())

    def give_back(self):
        MailboxReading.update(watch_token="", watch_until=None).where(self._ours).execute()
        forget(self._token)

    def go_on(self):
        if (self._thread is None or not self._thread.is_alive()) and time.monotonic() >= self._next_at:
            self._thread = threading.Thread(target=self._run, daemon=True, name=f"watch {self.mailbox_id}")
            self._thread.start()

    def stop(self):
        self._ends.set()
        if self._imap is not None:
            self._imap.hang_up()

    def join(self):
        if self._thread is not None:
            self._thread.join()

    def _run(self):
        began = time.monotonic()
        try:
            self._watch()
        except Unavailable as error:
            if not self._ends.is_set():
                log.info("the watch of mailbox %s ended: %s", self.mailbox_id, error)
                self._wake()  # whether it can still be read shows at once
        except Exception:
            log.exception("the watch of mailbox %s broke", self.mailbox_id)
        finally:
            if self._imap is not None:
                self._imap.close()
        self._breaks = 0 if time.monotonic() - began > LONGEST else self._breaks + 1
        self._next_at = time.monotonic() + min(LONGEST, AGAIN * 2 ** min(self._breaks - 1, 10) if self._breaks else 0)

    def _watch(self):
        with _may_use_rows, db.connection_context():
            server = imap.server_of(Mailbox.get_by_id(self.mailbox_id))
            read = MailFolder.get(MailFolder.mailbox == self.mailbox_id, MailFolder.name == INBOX)
        self._imap = imap.Imap(server, math.inf)  # not before: a server that does not answer would keep others waiting
        if self._imap.examine(INBOX).uid_next - 1 > read.last_uid:  # it came between the last turn and now
            self._wake()
        while not self._ends.is_set():
            renew_at = time.monotonic() + RENEW
            self._imap.begin_waiting()
            while (left := renew_at - time.monotonic()) > 0:
                if self._imap.wait(left):
                    self._settle(min(renew_at, time.monotonic() + 10 * BURST))
                    self._wake()
            self._imap.end_waiting()

    def _settle(self, until):
        """Let all come that comes at once."""
        while time.monotonic() < until and self._imap.wait(BURST):
            pass

    def _wake(self):
        with _may_use_rows, db.connection_context():
            reading.wake(self.mailbox_id)
