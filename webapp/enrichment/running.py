"""Running jobs: one thread of a worker process keeps the others busy with the companies of all jobs that it holds.

Whichever job wakes it first, it takes the others along: one that is small or new does not wait for one that is large.
It claims companies under the lease of their job, and threads look them up (looking.py). A kill leaves companies that
were being looked up to whoever gets the lease next.
"""

import logging
import threading
import time
from contextlib import suppress

from db import db
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership
from webapp.config import current
from webapp.core.clock import now, stamp
from webapp.core.errors import Conflict
from webapp.core.http import Session
from webapp.core.jobs import later, stopping
from webapp.core.prepared import Prepared, PreparedWrite, instance

from . import ending, jobs, leases
from .crew import Crew
from .looking import look_up
from .models import Company, EnrichmentJob, EnrichmentResult, JobState, ResultState
from .settings import settings_of

log = logging.getLogger("galena.enrichment")

GLANCE = 0.5  # seconds between two looks at what people did to the jobs
RENEWAL = 5  # seconds between two renewals of their leases
PATIENCE = 3  # seconds for which what was looked up may be written when the program stops
GONE = "Whoever began this may no longer change leads here. What was found until then stays."


def run_enrichment(job_id):
    """Run a job to its end. Returns at once when it is run elsewhere, or by another thread of this process, which takes
    it along.
    """
    lease = leases.acquire(job_id)
    if lease is None:
        return
    engine = Engine()
    with _guard:
        _new.append(lease)
        if _engines:
            return
        _engines.append(engine)
    try:
        engine.run()
    finally:
        with _guard:
            abandoned = []
            if engine in _engines:  # it was stopped, or broke
                _engines.remove(engine)
                abandoned, _new[:] = list(_new), []
        for one in abandoned:
            _leave(one)


_guard, _new, _engines = threading.Lock(), [], []  # leases that nobody has taken up yet; the Engine at work, if any


def _leave(lease):
    """Let somebody else run a job, soon."""
    with db.atomic():
        if leases.release(lease, state=JobState.QUEUED):
            later("run_enrichment", lease.job_id, delay=1)


class Work:
    """A job that this process runs."""

    def __init__(self, lease):
        self.lease, self.job = lease, EnrichmentJob.get_by_id(lease.job_id)
        self.settings = settings_of(lease.workspace_id)
        self.at_work = set()  # ids of the results that threads have
        self.next_at = 0.0  # before that moment of time.monotonic(), no other company is begun
        self.is_open, self.is_dry = True, False  # whether it may claim; whether there was nothing left to claim

    def unwritten(self):
        """Companies that are done but for their leads: a worker was lost in between."""
        rows = EnrichmentResult.select(EnrichmentResult, Company).join(Company)
        done = (EnrichmentResult.job == self.job.id) & (EnrichmentResult.state == ResultState.DONE)
        return [self._begun(row) for row in rows.where(done, EnrichmentResult.writes)]

    def may_claim(self):
        return self.is_open and not self.is_dry and time.monotonic() >= self.next_at

    def claim(self, most):
        """Up to `most` EnrichmentResults that are ours to look up now."""
        most = 1 if self.job.pause_ms else most
        with db.atomic():
            if not self._is_ours():
                self.is_open = False
                return []
            begun = {"stage": self.job.stages[0], "started_at": stamp(now()), "asked": len(self.job.fields)}
            taken = _take(job=self.job.id, most=most, **begun)
        results = sorted((instance(EnrichmentResult, row) for row in taken), key=lambda one: one.id)
        self.is_dry, self.next_at = len(results) < most, time.monotonic() + self.job.pause_ms / 1000
        return [self._begun(result) for result in results]

    def _begun(self, result):
        self.at_work.add(result.id)
        return result

    def _is_ours(self):
        """Whether it may still begin a company; the job is locked until the transaction ends."""
        return _renew(job=self.lease.job_id, token=self.lease.token, until=stamp(leases.until())) == 1

    def look(self):
        """Follow what people did to the job; False when it is not ours any more."""
        row = EnrichmentJob.get_or_none(leases.ours(self.lease))
        if row is None:
            return False
        if row.state is JobState.QUEUED:  # it was resumed before it had come to rest
            EnrichmentJob.update(state=JobState.RUNNING).where(
                leases.ours(self.lease), EnrichmentJob.state == JobState.QUEUED
            ).execute()
        self.is_open, self.is_dry = row.state in jobs.WORKING, False
        return True

    def renew(self):
        """Keep the lease; False when it is not ours any more, or its maker is gone, which ends the job."""
        try:
            if not (self.job.actor_id and member_of(self.job.workspace, self.job.actor).can("write")):
                raise Membership.DoesNotExist
        except Membership.DoesNotExist:
            with suppress(Conflict):
                jobs.cancel(self.job, GONE)
            return False
        return leases.hold(self.lease)

    def end(self):
        """When nobody is at work for it: whether that was all, or it rests. The lease is given back then."""
        with db.atomic():
            if not leases.hold(self.lease):
                return True
            row = EnrichmentJob.get_by_id(self.job.id)
            if row.state is JobState.PAUSED:
                return leases.release(self.lease)
            leases.set_free(self.job.id)  # what a thread could not end
            left = EnrichmentResult.state == ResultState.WAITING
            if EnrichmentResult.select().where(EnrichmentResult.job == self.job.id, left).exists():
                return False
            return leases.release(self.lease, state=JobState.DONE, finished_at=now())


@PreparedWrite
def _renew(*, job, token, until):
    runs = (EnrichmentJob.id == job) & (EnrichmentJob.lease_token == token)
    return EnrichmentJob.update(lease_until=until).where(runs, EnrichmentJob.state == JobState.RUNNING)


@Prepared
def _take(*, job, most, stage, started_at, asked):
    waits = (EnrichmentResult.job == job) & (EnrichmentResult.state == ResultState.WAITING)
    chosen = EnrichmentResult.select(EnrichmentResult.id).where(waits).order_by(EnrichmentResult.id).limit(most)
    begun = {"stage": stage, "started_at": started_at, "asked": asked, "attempts": EnrichmentResult.attempts + 1}
    taken = EnrichmentResult.update(state=ResultState.FETCHING, **begun)
    taken = taken.where(EnrichmentResult.id.in_(chosen), waits)
    return taken.returning(*EnrichmentResult._meta.sorted_fields)


class Engine:
    """Keeps the threads of this process busy with the companies of the jobs that it holds."""

    def __init__(self):
        self.works, self.looked_at, self.renewed_at = [], 0.0, time.monotonic()

    def run(self):
        with Session() as session, Crew(current().fetch_concurrency, look_up, session) as crew:
            try:
                while not stopping():
                    self._take_in(crew)
                    self._look()
                    self._claim(crew)
                    self._end_some()
                    if not self.works and self._is_over():
                        return
                    self._wait(crew)
            finally:
                self._stop(crew)

    def _take_in(self, crew):
        with _guard:
            new, _new[:] = list(_new), []
        for lease in new:
            work = Work(lease)
            self.works.append(work)
            for result in work.unwritten():
                crew.begin(work, result)

    def _is_over(self):
        with _guard:
            if not _new:
                _engines.clear()
            return not _engines

    def _look(self):
        moment = time.monotonic()
        if moment - self.looked_at < GLANCE:
            return
        self.looked_at, renews = moment, moment - self.renewed_at >= RENEWAL
        if renews:
            self.renewed_at = moment
        for work in list(self.works):
            if not work.look() or (renews and not work.renew()):
                self.works.remove(work)
                leases.release(work.lease)

    def _claim(self, crew):
        """Give every free thread a company, of the job first that has the fewest at work."""
        while crew.free:
            ready = [work for work in self.works if work.may_claim()]
            if not ready:
                return
            work = min(ready, key=lambda one: len(one.at_work))
            for result in work.claim(max(1, crew.free // len(ready))):
                crew.begin(work, result)

    def _end_some(self):
        for work in list(self.works):
            if not work.at_work and not work.may_claim() and (work.is_dry or not work.is_open) and work.end():
                self.works.remove(work)

    def _wait(self, crew):
        """Until a thread is free, or there is something to look at."""
        pauses = [work.next_at - time.monotonic() for work in self.works if work.is_open and not work.is_dry]
        seconds = min([GLANCE, *(pause for pause in pauses if pause > 0)])
        crew.wait(seconds)

    def _stop(self, crew):
        """What was looked up may be written; all else waits again, for whoever goes on."""
        until = time.monotonic() + PATIENCE
        while self.works and crew.busy and time.monotonic() < until:
            crew.wait(GLANCE)
        for work in self.works:
            ending.give_back(work.lease)
            _leave(work.lease)
