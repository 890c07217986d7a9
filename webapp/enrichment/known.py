"""Companies that a workspace knows already: looked up not long ago, by the same stages and for the same fields."""

from datetime import timedelta

from peewee import fn

from webapp.core.clock import now

from . import companies
from .keys import name_key_of
from .models import Company, EnrichmentJob, EnrichmentResult, ResultState

LOOKED_AT = 20  # earlier results of a company that are asked whether they looked for the same


def fresh_since(settings):
    """The moment before which what is known counts as old."""
    return now() - timedelta(days=settings.refresh_days)


def find(workspace_id, domain, name):
    """The Company with this domain, else with this name and no domain; None where there is none."""
    return companies.known_as(workspace_id, domain=domain, name_key="" if domain else name_key_of(name))


def known(job, result, settings):
    """The Company of `result` where it was looked up since it counts as old, by the stages and for the fields of `job`;
    else None.
    """
    company = None if job.refreshes else find(job.workspace_id, result.domain, result.name)
    since = fresh_since(settings)
    if company is None or company.enriched_at is None or company.enriched_at < since:
        return None
    query = EnrichmentResult.select(EnrichmentJob.stages, EnrichmentJob.fields).join(EnrichmentJob)
    query = query.where(EnrichmentResult.company == company.id, EnrichmentResult.state == ResultState.DONE)
    looked = query.where(~EnrichmentResult.reused, EnrichmentResult.finished_at >= since)
    looked = looked.order_by(EnrichmentResult.id.desc()).limit(LOOKED_AT).tuples()
    covers = any(set(job.stages) <= set(stages) and set(job.fields) <= set(fields) for stages, fields in looked)
    return company if covers else None


def count_known(job, settings):
    """About how many companies of `job` are known and not old: by their domains."""
    if job.refreshes:
        return 0
    same = (Company.workspace == EnrichmentResult.workspace) & (Company.domain == EnrichmentResult.domain)
    query = EnrichmentResult.select(fn.COUNT(1)).join(Company, on=same & (Company.domain != ""))
    return query.where(EnrichmentResult.job == job.id, Company.enriched_at >= fresh_since(settings)).scalar()
