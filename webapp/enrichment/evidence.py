"""The facts that are known of a company."""

from webapp.core.prepared import Prepared, instance

from .models import Fact


def facts_of(company_id):
    """All Facts of a company, whatever became of them."""
    return [instance(Fact, row) for row in _facts_of(company=company_id)]


@Prepared
def _facts_of(*, company):
    return Fact.select(*Fact._meta.sorted_fields).where(Fact.company == company)
