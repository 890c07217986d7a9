"""Reads of jobs, their companies, and facts.

Who sees all leads sees and steers all jobs; anybody else only the ones they made, as with campaigns. A company's facts
are the workspace's: who may see one of its leads, or a job that asked about it, may see them.
"""

from typing import NamedTuple

from peewee import JOIN, Case

from webapp.accounts.models import Reach, User
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.core.paging import page_of

from .fields import FIELDS
from .keys import key_of_lead, name_key_of
from .models import Company, EnrichmentJob, EnrichmentResult, Fact, FactState, JobState, ResultState

SIZE = 50
RECENT = 120  # seconds by which the speed of a job is told
SHOWN = (FactState.KEPT, FactState.FOUND, FactState.UNSUPPORTED)


def visible(member):
    """The jobs `member` may open, each with who made it."""
    query = EnrichmentJob.of(member.workspace.id).select(EnrichmentJob, User.id, User.full_name)
    query = query.join(User, JOIN.LEFT_OUTER, on=(EnrichmentJob.actor == User.id), attr="actor")
    return query if member.reach is Reach.ALL else query.where(EnrichmentJob.actor == member.user_id)


def get_job(member, job_id):
    """The job, if the member may open it. Raises NotFound."""
    job = visible(member).where(EnrichmentJob.id == job_id).first() if job_id < 2**31 else None
    if job is None:
        raise NotFound("That enrichment does not exist, or it was deleted.")
    return job


def jobs_of(member, cursor=None, size=SIZE):
    """A Page of jobs, newest first, without drafts that nothing was added to."""
    begun = (EnrichmentJob.state != JobState.DRAFT) | (EnrichmentJob.total > 0)
    return page_of(visible(member).where(begun), [EnrichmentJob.id], lambda row: [row.id], size=size, cursor=cursor)


def drafts_of(member):
    """The newest drafts of the member's own, to add leads to."""
    mine = (EnrichmentJob.actor == member.user_id) & (EnrichmentJob.state == JobState.DRAFT)
    return list(visible(member).where(mine, EnrichmentJob.total > 0).order_by(EnrichmentJob.id.desc()).limit(20))


# ------------------------------------------------------------------ its companies


def results(job, state=None, cursor=None, size=SIZE):
    """A Page of the companies of `job`, in a ResultState or all, in the order in which they are looked up."""
    query = EnrichmentResult.select().where(EnrichmentResult.job == job.id)
    if state is not None:
        query = query.where(EnrichmentResult.state == state)
    columns = [EnrichmentResult.id]
    return page_of(query, columns, lambda row: [row.id], size=size, cursor=cursor, descending=False)


def tallies(job):
    """{ResultState: companies} of `job`."""
    fetching = EnrichmentResult.job == job.id, EnrichmentResult.state == ResultState.FETCHING
    counts = {ResultState.FETCHING: EnrichmentResult.select().where(*fetching).count()}
    left = max(0, job.total - job.done - job.failed - counts[ResultState.FETCHING])
    cancelled = job.state is JobState.CANCELLED
    counts |= {ResultState.WAITING: 0 if cancelled else left, ResultState.CANCELLED: left if cancelled else 0}
    return counts | {ResultState.DONE: job.done, ResultState.FAILED: job.failed}


def get_result(member, job, result_id):
    """A company in a job that the member may open, with its lead and its Company. Raises NotFound."""
    query = EnrichmentResult.of(member.workspace.id).select(EnrichmentResult, Company)
    query = query.join(Company, JOIN.LEFT_OUTER, on=(EnrichmentResult.company == Company.id), attr="company")
    mine = (EnrichmentResult.job == job.id) & (EnrichmentResult.id == result_id)
    found = query.where(mine).first() if result_id < 2**31 else None
    if found is None:
        raise NotFound("That company is not in this enrichment.")
    return found


def last_result(lead):
    """The newest EnrichmentResult about the company where `lead` is, or None: what its page shows as a live state.

    A draft's counts only once that was started.
    """
    key = key_of_lead(lead)
    if not key:
        return None
    query = EnrichmentResult.of(lead.workspace_id).select(EnrichmentResult, EnrichmentJob)
    query = query.join(EnrichmentJob).where(EnrichmentResult.key == key, EnrichmentJob.state != JobState.DRAFT)
    return query.order_by(EnrichmentResult.id.desc()).first()


class Speed(NamedTuple):
    """Companies a minute, and the seconds that are left at that; None where there is nothing to tell by."""

    per_minute: int | None
    seconds_left: int | None


def speed(job):
    """How quickly `job` goes on, by what has ended in the last two minutes."""
    ended = EnrichmentResult.select(EnrichmentResult.finished_at).where(EnrichmentResult.job == job.id)
    latest = []
    for state in (ResultState.DONE, ResultState.FAILED):  # along the index, and no further than needed
        rows = ended.where(EnrichmentResult.state == state).order_by(EnrichmentResult.id.desc()).limit(200)
        latest += [row.finished_at for row in rows if (now() - row.finished_at).total_seconds() < RECENT]
    if len(latest) < 2 or job.state is not JobState.RUNNING:
        return Speed(None, None)
    a_second = len(latest) / max(1, (now() - min(latest)).total_seconds())
    left = job.total - job.done - job.failed
    return Speed(max(1, round(a_second * 60)), round(left / a_second))


# ------------------------------------------------------------------------- facts


def get_company(member, company_id):
    """The company, if it is of the member's workspace. Raises NotFound."""
    company = Company.of(member.workspace.id).where(Company.id == company_id).first() if company_id < 2**31 else None
    if company is None:
        raise NotFound("That company does not exist.")
    return company


def company_of(lead):
    """The Company where `lead` is, or None where nothing was looked up yet."""
    ours = Company.of(lead.workspace_id)
    if lead.domain:
        return ours.where(Company.domain == lead.domain).first()
    name_key = name_key_of(lead.company)
    if not name_key:
        return None
    known = ours.where(Company.domain == "", Company.name_key == name_key).first()
    result = None if known else last_result(lead)  # one known by its name alone may have got its domain by now
    return known or (Company.get_or_none(Company.id == result.company_id) if result and result.company_id else None)


def facts_of(company):
    """{field: [Facts]} in the order of FIELDS: the best one first, then what else is said, then what has no evidence.

    Fields of which nothing is known, and rejected values, are not there.
    """
    rank = Case(Fact.state, [(FactState.UNSUPPORTED, 1)], 0)
    query = Fact.select().where(Fact.company == company.id, Fact.state.in_(SHOWN))
    facts = list(query.order_by(Fact.is_best.desc(), rank, Fact.confidence.desc(), Fact.id))
    by_field = {name: [fact for fact in facts if fact.field == name] for name in FIELDS}
    return {name: found for name, found in by_field.items() if found}
