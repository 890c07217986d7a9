"""What is known of the companies of many leads, as mails say it: fields that leads themselves have no column for.

Only the best fact of a field counts, and of those that nobody has kept only the sure ones: what may be written into a
lead may stand in a mail.
"""

from peewee import Value, fn

from webapp.leads.holding import among
from webapp.leads.models import Lead

from .fields import FIELDS, LIST_SEPARATOR
from .merging import SURE
from .models import Company, Fact, FactState

PREFIX = "company."
TAGS = {
    f"{PREFIX}{name}": f"Company: {field.label}"
    for name, field in FIELDS.items()
    if not field.lead_field and name != "domain"
}  # {merge tag: label}
_HAS_NAME = (Lead.domain == "") & (Lead.company_key != "")
_BY = (
    (Company.domain != "") & (Company.domain == Lead.domain),
    _HAS_NAME & (Company.domain == "") & (Company.name_key == Lead.company_key),
)  # how a lead finds its company, along an index each


def texts_of(lead_ids, tags):
    """{lead id: {tag: text}} of what is known for those of `tags` that are TAGS."""
    names = [tag.removeprefix(PREFIX) for tag in tags if tag in TAGS]
    found = {}
    if not names or not lead_ids:
        return found
    for at in _BY:
        query = Fact.select(Lead.id, Fact.field, Fact.value).join(Company)
        query = query.join(Lead, on=(Lead.workspace == Company.workspace) & at)
        rows = query.where(among(lead_ids, Lead.id), Fact.field.in_(names), _counts())
        for lead_id, name, value in rows.tuples():
            found.setdefault(lead_id, {})[f"{PREFIX}{name}"] = value.replace(LIST_SEPARATOR, ", ")
    return found


def lacks(tag):
    """The condition "nothing is known of this lead's company for the merge tag `tag`"."""
    name, known = tag.removeprefix(PREFIX), None
    for at in _BY:
        facts = Fact.select(Value(1)).join(Company)
        one = fn.EXISTS(facts.where(Company.workspace == Lead.workspace, at, Fact.field == name, _counts()))
        known = one if known is None else known | one
    return ~known


def _counts():
    sure = (Fact.state == FactState.KEPT) | ((Fact.state == FactState.FOUND) & (Fact.confidence >= SURE))
    return Fact.is_best & sure
