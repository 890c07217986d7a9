"""How a company ends in a job: its facts, its state and the job's counts in one transaction, then what goes to leads.

Only under the job's lease, and only once: whoever finds the lease gone, or the company ended, leaves everything as it
is. What a crash kept from the leads is written by the next run.
"""

from threading import Lock

from peewee import fn

from db import db
from webapp.core.brief import briefly
from webapp.core.clock import now
from webapp.core.errors import Forbidden
from webapp.core.prepared import Prepared, PreparedWrite
from webapp.llm.models import CallState, ModelCall

from . import companies, facts, leases, writing
from .models import EnrichmentJob, EnrichmentResult, Fact, ResultState, WaterfallStage

PAGES = 40  # that are told of a company
_writer = Lock()


def done(lease, job, result, subject, pages, milliseconds):
    """The company was looked up: keep what was found, say so, and write it to the leads there."""
    with briefly(), db.atomic():
        if not _take(lease, result):
            return
        name, domain = result.name or subject.name, result.domain or subject.domain
        company = companies.company_of(result.workspace_id, domain=domain, name=name)
        best = facts.keep(company, subject, result)
        found = {name: best[name].stage.value for name in job.fields if name in best}
        took = {"milliseconds": milliseconds, "pages": _told(pages), "found": found}
        _end(job, result, ResultState.DONE, company=company.id, writes=True, **took)
    write(lease, job, result, company)


def known(lease, job, result, company):
    """Nothing was fetched, as the company is known and not old: what is known goes to the leads that lack it."""
    with briefly(), db.atomic():
        if not _take(lease, result):
            return
        rows = Fact.select(Fact.field, Fact.stage).where(Fact.company == company.id, Fact.is_best)
        best = dict(rows.tuples())
        found = {name: best[name].value for name in job.fields if name in best}
        _end(job, result, ResultState.DONE, company=company.id, writes=True, reused=True, found=found)
    write(lease, job, result, company)


def failed(lease, job, result, reason, pages=(), milliseconds=0):
    """Nothing could be found, for a reason that people read."""
    with briefly(), db.atomic():
        if _take(lease, result):
            took = {"milliseconds": milliseconds, "pages": _told(pages)}
            _end(job, result, ResultState.FAILED, error=reason[:500], **took)


def give_back(lease):
    """Let all companies wait again that were being looked up under the lease, as if they had not been tried."""
    _wait_again(lease, EnrichmentResult.job == lease.job_id, 1)


def try_again(lease, result):
    """Let a company wait again that could not be kept; it was one of its tries."""
    _wait_again(lease, EnrichmentResult.id == result.id, 0)


def _wait_again(lease, these, attempts):
    with briefly(), db.atomic():
        if leases.hold(lease):
            waits = {"state": ResultState.WAITING, "stage": "", "attempts": EnrichmentResult.attempts - attempts}
            EnrichmentResult.update(waits).where(these, EnrichmentResult.state == ResultState.FETCHING).execute()


def write(lease, job, result, company):
    """Write what is known of the company to the leads there, and note that it was. With a connection of its own: where
    there are thousands, nobody else has to wait.
    """
    with _writer, db.connection_context():
        try:
            writing.write(company, job)
        except Forbidden:  # running.py ends the job
            return
        _written(result=result.id)


@PreparedWrite
def _written(*, result):
    return EnrichmentResult.update(writes=False).where(EnrichmentResult.id == result)


def _take(lease, result):
    """Whether the result is ours to end; the job is locked then."""
    if not leases.hold(lease):
        return False
    return _fetching.one(result=result.id) is not None


@Prepared
def _fetching(*, result):
    still = (EnrichmentResult.id == result) & (EnrichmentResult.state == ResultState.FETCHING)
    return EnrichmentResult.select(EnrichmentResult.id).where(still)


def _end(job, result, state, *, found=None, **columns):
    found, asked = found or {}, len(job.fields)
    tokens, cost = _used(result) if WaterfallStage.MODEL in job.stages else (0, 0)
    ended = {"state": state, "stage": "", "asked": asked, "found": found, "tokens": tokens, "cost": cost}
    ended = {**ended, **columns, "finished_at": now()}
    values = {name: EnrichmentResult._meta.fields[name].db_value(value) for name, value in ended.items()}
    _ended(tuple(values), result=result.id, **values)
    before = _coverage.one(job=job.id).coverage
    coverage = {**before, **{name: before.get(name, 0) + 1 for name in found}}
    more = {"asked": asked, "found": len(found), "tokens": tokens - result.tokens, "cost": cost - result.cost}
    _counted(
        state is ResultState.DONE, job=job.id, coverage=EnrichmentJob.coverage.db_value(coverage),
        **{f"more_{name}": value for name, value in more.items()},
    )  # fmt: skip


@PreparedWrite
def _ended(_names, *, result, **values):
    return EnrichmentResult.update(**values).where(EnrichmentResult.id == result)


@Prepared
def _coverage(*, job):
    return EnrichmentJob.select(EnrichmentJob.coverage).where(EnrichmentJob.id == job)


@PreparedWrite
def _counted(done, *, job, coverage, more_asked, more_found, more_tokens, more_cost):
    sums = {"asked": more_asked, "found": more_found, "tokens": more_tokens, "cost": more_cost}
    changes = {name: getattr(EnrichmentJob, name) + more for name, more in sums.items()}
    counter = EnrichmentJob.done if done else EnrichmentJob.failed
    return EnrichmentJob.update({counter.name: counter + 1, "coverage": coverage, **changes}).where(
        EnrichmentJob.id == job
    )


def _used(result):
    """(tokens, cost) of all calls of the model that were made for the result, in whichever try."""
    tokens = fn.COALESCE(fn.SUM(ModelCall.tokens_in + ModelCall.tokens_out), 0)
    query = ModelCall.select(tokens, fn.COALESCE(fn.SUM(ModelCall.cost), 0))
    mine = (ModelCall.workspace == result.workspace_id) & (ModelCall.reference == reference_of(result))
    tokens, cost = query.where(mine, ModelCall.state != CallState.RESERVED).tuples().get()
    return int(tokens), int(cost)


def reference_of(result):
    """What calls of the model for a result are noted under."""
    return f"result:{result.id}"


def _told(pages):
    return [
        {"url": page.url[:2000], "status": page.status, "ms": page.milliseconds, "note": page.note[:300]}
        for page in pages[:PAGES]
    ]
