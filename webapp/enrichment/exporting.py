"""The companies of a job with their facts as a file's rows, read a page at a time, so that memory does not grow."""

from .fields import FIELDS
from .models import EnrichmentResult, Fact, ResultState

SIZE = 200  # companies that are read at once
STATES = {
    ResultState.WAITING: "Queued",
    ResultState.FETCHING: "Fetching",
    ResultState.DONE: "Done",
    ResultState.FAILED: "Failed",
    ResultState.CANCELLED: "Cancelled",
}
NUMBERS = ("number", "year")


def tables(job):
    """The header, then all companies of `job`: lists of rows of cells, which are texts and numbers; for csv_parts() and
    write_xlsx() of leads/exporting.py.

    Each field that was asked for has a column with its best value, and behind all of these one with where it stands.
    """
    labels = [FIELDS[name].label for name in job.fields]
    sources = [f"{label}: source" for label in labels]
    yield [["Asked for", "Asked for domain", "State", "Reason", "Fields found", *labels, *sources]]
    after = 0
    while results := _next(job, after):
        facts = _facts({result.company_id for result in results})
        yield [_row(job, result, facts.get(result.company_id, {})) for result in results]
        after = results[-1].id


def _next(job, after):
    query = EnrichmentResult.select().where(EnrichmentResult.job == job.id, EnrichmentResult.id > after)
    return list(query.order_by(EnrichmentResult.id).limit(SIZE))


def _facts(company_ids):
    """{company id: {field: its best Fact}}."""
    found = {}
    ids = [company_id for company_id in company_ids if company_id]
    columns = (Fact.company, Fact.field, Fact.value, Fact.source_url)
    for fact in Fact.select(*columns).where(Fact.company.in_(ids), Fact.is_best):
        found.setdefault(fact.company_id, {})[fact.field] = fact
    return found


def _row(job, result, facts):
    head = [result.name, result.domain, STATES[result.state], result.error, len(result.found)]
    facts = {name: fact for name, fact in facts.items() if result.state is ResultState.DONE}
    values = [_cell(name, facts[name].value) if name in facts else "" for name in job.fields]
    return [*head, *values, *(facts[name].source_url if name in facts else "" for name in job.fields)]


def _cell(name, value):
    plain = FIELDS[name].kind in NUMBERS and value.isascii() and value.isdecimal() and len(value) < 16
    return int(value) if plain else value
