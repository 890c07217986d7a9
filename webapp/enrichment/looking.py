"""Looking up one company of a job, from its name to its end. In a thread, which has a connection only briefly."""

import logging
import time

from peewee import OperationalError

from webapp.core.brief import briefly
from webapp.core.jobs import stopping

from . import ending, leases, waterfall
from .claims import StageFailed, Subject
from .known import known
from .models import EnrichmentResult, ResultState
from .pages import Reader

log = logging.getLogger("galena.enrichment")

BROKEN = "Something broke on our side, and it is in the log. Try again later."


def look_up(work, result, session):
    """End a result that was claimed under the lease of `work` (a running.Work): done, or failed and why.

    While the program stops it is left as it is: running.py gives it back.
    """
    try:
        if result.state is ResultState.DONE:
            ending.write(work.lease, work.job, result, result.company)
            return
        with briefly():
            company = known(work.job, result, work.settings)
        if company is not None:
            ending.known(work.lease, work.job, result, company)
        else:
            _fetch(work, result, session)
    except Exception as error:
        log.exception("company %s of job %s broke", result.id, work.job.id)
        if (
            isinstance(error, OperationalError) and result.attempts < leases.ATTEMPTS
        ):  # busy, or two in each other's way
            ending.try_again(work.lease, result)
        else:
            ending.failed(work.lease, work.job, result, BROKEN)


def _fetch(work, result, session):
    job, began = work.job, time.monotonic()
    subject = Subject(result.name, result.domain, result.email, result.country)
    reader = Reader(session, deadline=began + work.settings.seconds_per_company)
    budget = {"settings": work.settings, "workspace": job.workspace_id, "reference": ending.reference_of(result)}
    wanted = {"stages": job.stages, "fields": job.fields}
    reason = ""
    try:
        waterfall.look_up(subject, **wanted, reader=reader, **budget, report=lambda stage: _note(result, stage))
    except StageFailed as failure:
        reason = str(failure)
    except _Cancelled:
        return
    if stopping():
        return
    milliseconds = round((time.monotonic() - began) * 1000)
    if reason:
        ending.failed(work.lease, job, result, reason, reader.pages, milliseconds)
    else:
        ending.done(work.lease, job, result, subject, reader.pages, milliseconds)


class _Cancelled(Exception):
    """Nobody waits for this company any more."""


def _note(result, stage):
    """Let whoever watches see which stage is at work. Raises _Cancelled."""
    if stage == result.stage:
        return
    result.stage = str(stage)
    with briefly():
        fetching = (EnrichmentResult.id == result.id) & (EnrichmentResult.state == ResultState.FETCHING)
        if not EnrichmentResult.update(stage=result.stage).where(fetching).execute():
            raise _Cancelled
