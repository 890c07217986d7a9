"""The job that sends through a mailbox: one worker, one kept connection, at the mailbox's pace, for all campaigns."""

import logging
import time
from datetime import timedelta

from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.jobs import stopping as worker_stops
from webapp.core.jobs import wait
from webapp.mail import health
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.pacing import day_in
from webapp.mail.providers import domain_of
from webapp.mail.smtp import Dropped, Rejected, Unanswered, Unavailable
from webapp.mail.transports import transport_of

from . import choosing, launching, leases, ledger, settling
from .claiming import Ahead, Claims, Unsendable, withdraw
from .ledger import LeaseLost
from .lines import box_of, mailboxes_of, sending_lines
from .models import Campaign, DeliveryState

log = logging.getLogger("galena.campaigns")

SLICE = 20  # seconds one run may take before it lets other jobs have the thread
PATIENCE = 2  # seconds a run waits for its turn; for longer it gives the thread back
LOOK = 0.5  # seconds between reading what campaigns there are, while there is something to send
SETTLE = 1.0  # seconds between drawing consequences
LATE = timedelta(seconds=1)  # what may be made up for: never a burst
IDLE = timedelta(minutes=10)  # between two looks of a mailbox that has nothing to wait for, while campaigns use it
AFTER_FAULT = timedelta(minutes=1)
DROPS = 5  # connections lost in a row before we stop trying
REFUSALS = 10  # mails refused in a row because of who sends before we stop trying


def send_campaign(campaign_id, **options):
    """Send what is due through all mailboxes of a campaign, one after the other, here and now."""
    for mailbox_id in mailboxes_of(Campaign.get_by_id(campaign_id)):
        send_mail(mailbox_id, **options)


def send_mail(mailbox_id, *, transport=None, pause=wait):
    """Send what is due through a mailbox until nothing is, its pace asks for a longer pause, or its time slice is over.

    Runs at most once at a time for a mailbox, and may be called any number of times.
    """
    lease = leases.acquire(mailbox_id)
    if lease is None:
        return
    run, wake_at = Run(lease, transport, pause), None
    try:
        wake_at = run.go()
    except LeaseLost:
        log.info("mailbox %s: paused, or another worker has it", mailbox_id)
    except (Unavailable, Invalid) as error:
        log.warning("mailbox %s paused: %s", mailbox_id, error)
        launching.halt(lease, str(error))
    except Asleep:
        log.debug("mailbox %s has nothing to send", mailbox_id)
    except Unsendable as error:
        launching.halt_campaign(error.campaign_id, f"The message cannot be sent as it is. {error}")
        wake_at = now()
    except Exception:  # a fault of ours is in the log by the job; it is not tried again in a hurry
        wake_at = now() + AFTER_FAULT
        raise
    finally:
        run.close()
        leases.release(lease, wake_at=wake_at, seen=run.seen)


class Asleep(Exception):
    """Nothing is to be sent through this mailbox, and nobody knows that anything will be."""


class Run:
    """One run of the job. `ended` holds the last mail's outcome, written together with the next one's start."""

    def __init__(self, lease, transport, pause):
        self.lease, self.transport, self.pause = lease, transport, pause
        self.mailbox = Mailbox.get_by_id(lease.mailbox_id)
        self.box = box_of(self.mailbox)
        self.sent, self.next_at = dict(self.box.sent), self.box.next_at
        self.refusals, self.drops = self.mailbox.refusals, 0
        self.uncounted, self.refused = {}, {}  # {day: mails} that MailboxDay does not have yet
        self.lines, self.ended = {}, []
        self.claims = Claims(lease, self.mailbox, self.box)
        self.ahead, self.left = Ahead(self.box.is_paced), 0  # left: mails of the batch behind the one on its way
        self.trouble = self.seen = None
        self.stop_at = time.monotonic() + SLICE
        self.settled_at = time.monotonic()

    def go(self):
        """Send; returns when to go on. Raises Asleep, LeaseLost, Unavailable, Invalid, Unsendable."""
        self.transport = self.transport or transport_of(self.mailbox)
        ledger.recover(self.lease, self.mailbox.kind)
        settling.settle(self.lease)
        self.seen = leases.updated_at(self.lease)
        self.look()
        while True:
            if worker_stops() or time.monotonic() > self.stop_at:
                return now()
            if (wake_at := self._wait_until(self.turn())) is not None:
                return wake_at
            batch = ledger.due(self.lease, self.ahead.size, now() + choosing.SOON)
            if not batch and self._claim():
                continue
            if not batch and (wake_at := self._at_end()) is not None:
                return wake_at
            for number, delivery in enumerate(batch, 1):
                if worker_stops() or time.monotonic() > self.stop_at:
                    return now()
                self.left = len(batch) - number
                self._send(delivery)
                if self.trouble is not None:
                    raise self.trouble
            if time.monotonic() - self.settled_at > SETTLE or len(batch) < self.ahead.size:
                self.settle()

    def _claim(self):
        """Write down the next mails; returns how many people were looked at."""
        if time.monotonic() - self.looked_at > LOOK:
            self.seen = leases.updated_at(self.lease)
            self.look()
        return self.claims.take(self.lines, self.ahead.next())

    def _meanwhile(self):
        """What there is to do while a server works on a mail. Trouble waits until its answer is known."""
        try:
            if not self.left and not self.box.is_paced:
                self._claim()
            elif time.monotonic() - self.settled_at > SETTLE:
                self.settle()
        except Exception as error:
            self.trouble = error

    def look(self):
        """Read which campaigns send now, and by which rules."""
        self.looked_at = time.monotonic()
        self.lines = sending_lines(self.lease.workspace_id)
        self.claims.forget()

    def turn(self):
        """When the mailbox may send its next mail; None when its window never opens."""
        return self.box.next_turn(max(self.next_at or now(), now()), self.sent)

    def _wait_until(self, moment):
        """Wait until `moment`; when that is long, return it. None (nobody knows when) is looked at again later."""
        gap = (moment - now()).total_seconds() if moment else IDLE.total_seconds()
        if gap <= 0:
            return None
        if gap > 0.02:
            self.settle()
        if gap > PATIENCE:
            return moment or now() + IDLE
        self.pause(gap)
        return None

    def _at_end(self):
        """Nothing is due: wait a little, or return when to go on. Raises Asleep."""
        self.settle()
        for campaign_id in self.lines:
            settling.complete(campaign_id)
        self.look()
        times = (choosing.next_look(self.box, self.lines), ledger.next_due(self.lease))
        times = [moment for moment in times if moment is not None]
        if times:
            return self._wait_until(self.box.next_turn(max(min(times), now() + choosing.SOON / 10), self.sent))
        if any(self.box.id in line.boxes for line in self.lines.values()):
            return now() + IDLE
        raise Asleep

    # --------------------------------------------------------------- one mail

    def _send(self, delivery):
        """One mail, with every way it can end. Raises LeaseLost and Unavailable."""
        if not self._is_open(delivery):
            return
        try:
            self.transport.offer(delivery.email)
        except Rejected as no:
            self._refuse(delivery, no, DeliveryState.CLAIMED)
            return
        except Dropped as error:
            self._drop(delivery, error, DeliveryState.CLAIMED)
            return
        campaign = self.claims.campaign(delivery.campaign_id)
        turn, day = self._next_turn(delivery)
        ended, self.ended = self.ended, []
        if ledger.advance(self.lease, ended, delivery, turn, self.claims.guard(campaign)):
            self._taken(turn, day)
            self._hand_over(delivery)
        else:
            withdraw(self.lease, delivery, campaign)

    def _is_open(self, delivery):
        """Whether the window is open where it goes; if not, it waits."""
        line = self.lines.get(delivery.campaign_id)
        if line is None:  # it began to send a moment ago
            self.look()
            return False
        opens = line.next_open(now(), delivery.zone)
        if opens is None or opens > now():
            ledger.postpone(delivery, opens or now() + IDLE)
            return False
        return True

    def _next_turn(self, delivery):
        """(the Turn that this mail takes, its day). A turn that came late may be made up for, a second at most."""
        moment, box = now(), self.box
        day = day_in(box.zone, moment)
        begins = self.next_at if self.next_at and moment - LATE <= self.next_at <= moment else moment
        next_at = begins + box.gap_after(day, self.sent.get(day, 0) + 1)
        domain = domain_of(delivery.email) if box.domain_per_hour else None
        domain_next_at = moment + box.domain_gap if domain else None
        return ledger.Turn(next_at, day if box.is_paced else None, domain, domain_next_at), day

    def _taken(self, turn, day):
        self.next_at = turn.next_at
        self.sent[day] = self.sent.get(day, 0) + 1
        if turn.day is None:
            self.uncounted[day] = self.uncounted.get(day, 0) + 1
        if turn.domain is not None:
            self.box.turns[turn.domain] = turn.domain_next_at

    def _hand_over(self, delivery):
        try:
            self.transport.hand_over(delivery, self._meanwhile)
        except Rejected as no:
            self._refuse(delivery, no, DeliveryState.SENDING)
        except Dropped as error:
            self._drop(delivery, error, DeliveryState.SENDING)
        except Unanswered as error:
            self._end(ledger.outcome(delivery, DeliveryState.UNKNOWN, str(error)))
        else:
            self.drops = 0
            self.ended.append(ledger.outcome(delivery, DeliveryState.ACCEPTED))
            if self.refusals or self.mailbox.last_error:
                self.refusals, self.mailbox.last_error = 0, ""
                health.recovered(self.mailbox)

    def _refuse(self, delivery, no, before):
        self.drops = 0
        if before is DeliveryState.CLAIMED:  # it takes a turn, too: no burst of refusals
            moment = now()
            self.next_at = moment + self.box.gap_after(day_in(self.box.zone, moment), 0)
        if no.permanent:
            day = day_in(self.box.zone, now())
            self.refused[day] = self.refused.get(day, 0) + 1
            self._end(ledger.outcome(delivery, DeliveryState.REFUSED, str(no), before=before))
        else:
            self._end(ledger.retry(delivery, str(no), before=before))
        if no.blames_sender:
            self.refusals += 1
            Mailbox.update(refusals=self.refusals).where(Mailbox.id == self.mailbox.id).execute()
            if self.refusals >= REFUSALS:
                raise Unavailable(f"{REFUSALS} mails in a row were refused because of who sends them. The last: {no}")

    def _drop(self, delivery, error, before):
        self.drops += 1
        self._end(ledger.retry(delivery, str(error), before=before))
        if self.drops >= DROPS:
            raise Unavailable(f"The mail server ended {DROPS} connections in a row: {error}")

    # ------------------------------------------------------------- the ledger

    def _end(self, ended):
        """An outcome that is not simply "accepted" is written at once, after the one before it."""
        self.ended.append(ended)
        self.settle()

    def settle(self):
        self.settled_at = time.monotonic()
        try:
            self._write()
        finally:
            settling.settle(self.lease)

    def _write(self):
        for day, refused in self.refused.items():
            ledger.count_day(self.lease, day, refused=refused)
        for day, sent in self.uncounted.items():
            ledger.count_day(self.lease, day, sent=sent)
        self.uncounted, self.refused = {}, {}
        try:
            ledger.write(self.lease, self.ended, next_at=self.next_at)
        except LeaseLost:  # raised after writing
            self.ended = []
            raise
        self.ended = []

    def close(self):
        """Whatever happened, what is known is written and the connection closed."""
        try:
            self.settle()
        except LeaseLost:
            log.debug("mailbox %s: the last outcome is written, the lease is gone", self.lease.mailbox_id)
        finally:
            if self.transport is not None:
                self.transport.close()
