"""Who runs a job now. One worker process holds its lease and renews it; past its end, or when its holder's process is
gone from this machine, another takes over, and the companies that were being looked up wait again.

Being wrong here costs fetching twice, never counting twice: a company ends in the transaction that finds the lease to
be ours.
"""

from dataclasses import dataclass
from datetime import timedelta

from peewee import fn

from db import db
from webapp.core.clock import now, stamp
from webapp.core.holders import forget, is_gone, new_token
from webapp.core.jobs import later
from webapp.core.prepared import PreparedWrite

from .jobs import WORKING
from .models import EnrichmentJob, EnrichmentResult, JobState, ResultState

SECONDS = 40  # shorter than a company may stand still
ATTEMPTS = 3  # of a company whose worker was lost: then it may be the company that takes the worker along
INTERRUPTED = "The program was stopped each time while this company was looked up."


@dataclass(frozen=True)
class Lease:
    job_id: int
    workspace_id: int
    token: str


def acquire(job_id):
    """The Lease of a job that is to run and that nobody holds, now RUNNING; else None."""
    row = EnrichmentJob.get_or_none(EnrichmentJob.id == job_id, EnrichmentJob.state.in_(WORKING))
    if row is None or not _is_free(row):
        return None
    token = new_token()
    seen = EnrichmentJob.lease_until
    seen = seen.is_null() if row.lease_until is None else seen == row.lease_until
    same = (EnrichmentJob.id == job_id) & (EnrichmentJob.lease_token == row.lease_token) & seen
    with db.atomic():
        changes = {"lease_token": token, "lease_until": until(), "state": JobState.RUNNING}
        taken = EnrichmentJob.update(changes).where(same, EnrichmentJob.state.in_(WORKING)).execute()
        if taken:
            set_free(job_id)
    if not taken:
        forget(token)
        return None
    return Lease(row.id, row.workspace_id, token)


def _is_free(job):
    if job.lease_until is None or job.lease_until < now():
        return True
    return is_gone(job.lease_token)


def until():
    """When a lease that begins now ends."""
    return now() + timedelta(seconds=SECONDS)


def ours(lease):
    return (EnrichmentJob.id == lease.job_id) & (EnrichmentJob.lease_token == lease.token)


def hold(lease):
    """Renew the lease, which also locks the job until the transaction ends; whether it is still ours."""
    return bool(_held(job=lease.job_id, token=lease.token, until=stamp(until())))


@PreparedWrite
def _held(*, job, token, until):
    mine = (EnrichmentJob.id == job) & (EnrichmentJob.lease_token == token)
    return EnrichmentJob.update(lease_until=until).where(mine)


def release(lease, **changes):
    """Give the lease back, if it is still ours, and write `changes`; returns whether it was."""
    forget(lease.token)
    changes = {"lease_token": "", "lease_until": None, **changes}
    return bool(EnrichmentJob.update(changes).where(ours(lease)).execute())


def set_free(job_id):
    """Let the companies wait again that a lost worker was looking up, in the transaction that finds it lost."""
    lost = (EnrichmentResult.job == job_id) & (EnrichmentResult.state == ResultState.FETCHING)
    sums = EnrichmentResult.select(fn.COUNT(1), fn.COALESCE(fn.SUM(EnrichmentResult.asked), 0))
    count, asked = sums.where(lost, EnrichmentResult.attempts >= ATTEMPTS).tuples().get()
    if count:
        failed = {"state": ResultState.FAILED, "error": INTERRUPTED, "stage": "", "finished_at": now()}
        EnrichmentResult.update(failed).where(lost, EnrichmentResult.attempts >= ATTEMPTS).execute()
        counted = {"failed": EnrichmentJob.failed + count, "asked": EnrichmentJob.asked + int(asked)}
        EnrichmentJob.update(counted).where(EnrichmentJob.id == job_id).execute()
    EnrichmentResult.update(state=ResultState.WAITING, stage="").where(lost).execute()


def requeue_stalled():
    """Wake the jobs that nobody runs any more, and let none of a paused one look as if it were being looked up."""
    free = EnrichmentJob.lease_until.is_null() | (EnrichmentJob.lease_until < now()) | (EnrichmentJob.lease_token != "")
    stalled = EnrichmentJob.select().where(EnrichmentJob.state.in_((*WORKING, JobState.PAUSED)), free)
    for job in stalled:
        if not _is_free(job):
            continue
        if job.state is not JobState.PAUSED:
            later("run_enrichment", job.id)
        elif job.lease_token:
            with db.atomic():
                held = (EnrichmentJob.id == job.id) & (EnrichmentJob.lease_token == job.lease_token)
                if EnrichmentJob.update(lease_token="", lease_until=None).where(held).execute():
                    set_free(job.id)
