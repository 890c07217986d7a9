"""What the page of a lead shows of its company: facts in the order in which people ask for them, what is at work."""

from typing import NamedTuple

from .fields import FIELDS
from .jobs import WORKING
from .keys import key_of_lead
from .known import fresh_since
from .models import Company, Conflict, ConflictState, EnrichmentResult, FactState, LeadWrite, ResultState
from .queries import company_of, facts_of, last_result
from .settings import settings_of

FIRST = (
    "description", "industry", "employees", "employee_range", "city", "country", "founded", "revenue_range",
    "technologies", "funding_stage", "funding_total", "chief_executive",
)  # fmt: skip
ORDER = (*FIRST, *(name for name in FIELDS if name not in FIRST))


class Known(NamedTuple):
    """`facts` are as queries.facts_of() gives them; `missing` names what was asked for and has no fact that counts."""

    company: Company | None
    facts: dict
    missing: tuple
    result: EnrichmentResult | None  # the newest about this company
    has_key: bool  # whether anything tells which company it is
    is_old: bool
    differing: int  # values that wait for somebody's word on this lead

    @property
    def count(self):
        """How many fields are known."""
        return sum(told[0].state is not FactState.UNSUPPORTED for told in self.facts.values())

    @property
    def works(self):
        result = self.result
        begun = result is not None and result.state in (ResultState.WAITING, ResultState.FETCHING)
        return begun and result.job.state in WORKING


def known_of(lead):
    """The Known of the company where `lead` is."""
    company, result = company_of(lead), last_result(lead)
    facts = facts_of(company) if company else {}
    facts = {name: facts[name] for name in ORDER if name in facts}
    asked = result.job.fields if result and result.state is ResultState.DONE else ()
    counts = {name for name, told in facts.items() if told[0].state is not FactState.UNSUPPORTED}
    waits = (Conflict.lead == lead.id) & (Conflict.state == ConflictState.WAITING)
    return Known(
        company,
        facts,
        tuple(name for name in ORDER if name in asked and name not in counts),
        result,
        bool(key_of_lead(lead)),
        bool(company and company.enriched_at) and company.enriched_at < fresh_since(settings_of(lead.workspace_id)),
        Conflict.select().where(waits).count() if facts else 0,
    )


def written(lead, result):
    """The names of the lead's fields that enrichment wrote since `result` began."""
    if result is None or result.started_at is None:
        return []
    since = (LeadWrite.lead == lead.id) & (LeadWrite.written_at >= result.started_at)
    return [row.field for row in LeadWrite.select(LeadWrite.field).where(since)]


def changed(before, after):
    """The names of the fields that enrichment writes in which two states of a lead differ."""
    names = [field.lead_field for field in FIELDS.values() if field.lead_field]
    return [name for name in names if before.__data__[name] != after.__data__[name]]
