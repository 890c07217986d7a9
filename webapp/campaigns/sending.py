"""The job that sends a campaign: one worker, one kept connection, at the campaign's rate."""

import logging
import time
from datetime import timedelta

from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.jobs import stopping, wait
from webapp.mail.smtp import Dropped, Rejected, Unanswered, Unavailable
from webapp.mail.transports import transport_for

from . import launching, leases, ledger
from .claiming import Claims, withdraw
from .ledger import LeaseLost
from .models import Campaign, DeliveryState

log = logging.getLogger("galena.campaigns")

SLICE = 20  # seconds one run may take before it lets other jobs have the thread
PATIENCE = 2  # seconds a run waits for the rate; for longer it gives the thread back
BATCH = 200  # mails written down ahead
SETTLE = 1.0  # seconds between drawing consequences
AFTER_FAULT = timedelta(minutes=1)
DROPS = 5  # connections lost in a row before we stop trying


def send_campaign(campaign_id, *, transport=None, pause=wait):
    """Send what is due until the campaign is done, paused, parked for the rate, or its time slice is over.

    Runs at most once at a time for a campaign, and may be called any number of times.
    """
    lease = leases.acquire(campaign_id)
    if lease is None:
        return
    run, wake_at = Run(lease, transport, pause), None
    try:
        wake_at = run.go()
    except LeaseLost:
        log.info("campaign %s: paused, or another worker has it", campaign_id)
    except Unavailable as error:
        log.warning("campaign %s paused: %s", campaign_id, error)
        launching.halt(lease, str(error))
    except Invalid as error:
        launching.halt(lease, f"The message cannot be sent as it is. {error}")
    except Exception:  # a fault of ours is in the log by the job; it is not tried again in a hurry
        wake_at = now() + AFTER_FAULT
        raise
    finally:
        run.close()
        if not ledger.complete(lease):
            leases.release(lease, wake_at=wake_at)


class Run:
    """One run of the job. `ended` holds the last mail's outcome, written together with the next one's start."""

    def __init__(self, lease, transport, pause):
        self.lease, self.transport, self.pause = lease, transport, pause
        self.rate = Campaign.get_by_id(lease.campaign_id).rate_per_minute
        self.interval = timedelta(seconds=60 / self.rate)
        self.next_send_at = self._first_turn()
        self.ended, self.drops = [], 0
        self.stop_at = time.monotonic() + SLICE
        self.settled_at = time.monotonic()

    def _first_turn(self):
        planned = Campaign.get_by_id(self.lease.campaign_id).next_send_at
        return max(planned, now()) if planned else now()

    def go(self):
        """Send; returns when to go on (None: at once). Raises LeaseLost, Unavailable, Invalid."""
        ledger.recover(self.lease)
        self.transport = self.transport or transport_for(self.lease.workspace_id)
        claims = Claims(self.lease)
        size = max(1, min(BATCH, self.rate // 6))  # ten seconds' worth: what is written down does not age
        while True:
            batch = ledger.due(self.lease, size)
            if not batch:
                if claims.take(size):
                    continue
                return self._at_end()
            for delivery in batch:
                if stopping() or time.monotonic() > self.stop_at:
                    return None
                if (wake_at := self._wait_for_turn()) is not None:
                    return wake_at
                self._send(delivery)
            if time.monotonic() - self.settled_at > SETTLE or len(batch) < size:
                self.settle()

    def close(self):
        """Whatever happened, what is known is written and the connection closed."""
        try:
            self.settle()
        except LeaseLost:
            log.debug("campaign %s: the last outcome is written, the lease is gone", self.lease.campaign_id)
        finally:
            if self.transport is not None:
                self.transport.close()

    def settle(self):
        self.settled_at = time.monotonic()
        try:
            self._write()
        finally:
            ledger.settle(self.lease.campaign_id, self.lease.workspace_id)

    def _write(self):
        try:
            ledger.write(self.lease, self.ended)
        except LeaseLost:  # raised after writing
            self.ended = []
            raise
        self.ended = []

    def _at_end(self):
        self.settle()
        return ledger.next_due(self.lease) or now() + timedelta(seconds=PATIENCE)

    def _wait_for_turn(self):
        """Wait until the rate allows another mail; when that is long, return when."""
        gap = (self.next_send_at - now()).total_seconds()
        if gap <= 0:
            return None
        if gap > 0.02:
            self.settle()
        if gap > PATIENCE:
            return self.next_send_at
        self.pause(gap)
        return None

    def _send(self, delivery):
        """One mail, with every way it can end. Raises LeaseLost and Unavailable."""
        try:
            self.transport.offer(delivery.email)
        except Rejected as no:
            self._end(self._refusal(delivery, no, DeliveryState.CLAIMED))
            return
        except Dropped as error:
            self._drop(delivery, error, DeliveryState.CLAIMED)
            return
        # A turn that came late may be made up for, a second at most: never a burst.
        turn = max(self.next_send_at, now() - timedelta(seconds=1)) + self.interval
        ended, self.ended = self.ended, []
        if ledger.advance(self.lease, ended, delivery, turn):
            self.next_send_at = turn
            self._hand_over(delivery)
        else:
            withdraw(self.lease, delivery)

    def _hand_over(self, delivery):
        try:
            self.transport.hand_over(delivery)
        except Rejected as no:
            self._end(self._refusal(delivery, no, DeliveryState.SENDING))
        except Dropped as error:
            self._drop(delivery, error, DeliveryState.SENDING)
        except Unanswered as error:
            self._end(ledger.outcome(delivery, DeliveryState.UNKNOWN, str(error)))
        else:
            self.drops = 0
            self.ended.append(ledger.outcome(delivery, DeliveryState.ACCEPTED))

    def _refusal(self, delivery, no, before):
        self.drops = 0
        if no.permanent:
            return ledger.outcome(delivery, DeliveryState.REFUSED, str(no), before=before)
        return ledger.retry(delivery, str(no), before=before)

    def _drop(self, delivery, error, before):
        self.drops += 1
        self._end(ledger.retry(delivery, str(error), before=before))
        if self.drops >= DROPS:
            raise Unavailable(f"The mail server ended {DROPS} connections in a row: {error}")

    def _end(self, ended):
        """An outcome that is not simply "accepted" is written at once, after the one before it."""
        self.ended.append(ended)
        self.settle()
