"""How a row finds its lead: by address, by domain and name, or by a custom field that tells leads apart.

What leads are found by are keys of one dictionary: an address, (company_key, name_key), that pair with NO_ADDRESS for
a lead without one, and what one of the two other ways makes of a row or a lead.
"""

from dataclasses import dataclass

from webapp.core.text import fold
from webapp.leads.models import Stage

from .options import DOMAIN_NAME
from .shaping import COMPANY, DOMAIN, EMAIL, FIRST, LAST

NO_ADDRESS = "no address"


@dataclass(slots=True, eq=False)
class Known:
    """A lead as it stands; `values` in the order of FIELDS. `mark` is its key in the custom field that tells leads
    apart, when there is one.
    """

    id: int
    origin_id: int | None
    origin_row: int | None
    owner_id: int | None
    center_id: int | None
    stage: str
    company_key: str
    name_key: str
    values: list
    mark: tuple | None = None

    @property
    def person(self):
        return (self.company_key, self.name_key)


class Row:
    """A usable row on its way to a lead. `key` is what its Key makes of it: None for by address, else by person."""

    __slots__ = ("cells", "email", "extra", "is_person", "key", "left_out", "number", "person", "search_text", "values")

    def __init__(self, number, cells, shaped, key):
        self.number, self.cells, self.values, self.left_out = number, cells, shaped.values, shaped.left_out
        self.extra = shaped.extra
        company_key, name_key, self.search_text = keys_of(self.values)
        self.email, self.person = self.values[EMAIL], (company_key, name_key)
        self.key = key.of_row(self)
        self.is_person = self.key is None and (not self.email or bool(company_key and name_key))

    @property
    def stage(self):
        """Where a new lead of this row stands."""
        return (self.extra and self.extra.stage) or Stage.NEW

    @property
    def keys(self):
        """By what a row below may be found to be about the same lead."""
        if self.key:
            return (self.key, self.email) if self.email else (self.key,)
        return (self.email, self.person) if self.email else (self.person, (self.person, NO_ADDRESS))

    def meets(self, known):
        """Whether `known` has the lead of this row, or one that holds its address."""
        if self.key:
            return self.key in known or (bool(self.email) and self.email in known)
        if not self.email:
            return self.person in known
        return self.email in known or (self.is_person and (self.person, NO_ADDRESS) in known)


class ByAddress:
    """By address; without one on either side by company and name."""

    def of_row(self, row):
        return None

    def of_lead(self, lead):
        return None

    def find(self, row, known):
        """The lead of `row` among `known`; None when its address has become another one meanwhile."""
        if row.key:
            return known.get(row.key) or self._by_address(row, known)
        if not row.email:
            return known.get(row.person)
        lead = known.get(row.email) or known.get((row.person, NO_ADDRESS))
        return lead if lead and lead.values[EMAIL] in ("", row.email) else None

    def _by_address(self, row, known):
        """A lead that has nothing to be told apart by is found by its address."""
        lead = known.get(row.email) if row.email else None
        return lead if lead and self.of_lead(lead) is None else None

    def learn(self, row, lead):
        """`row` has changed `lead`, which may be told apart by more from now on."""

    def keys_of(self, lead):
        """All that `lead` is found by."""
        email, person, key = lead.values[EMAIL], lead.person, self.of_lead(lead)
        keys = (email, person) if email else (person, (person, NO_ADDRESS))
        return (*keys, key) if key else keys


class ByDomainName(ByAddress):
    """By the company's domain and the person's name; a row that lacks one of them by address."""

    def of_row(self, row):
        return self._key(row.values[DOMAIN], row.person[1])

    def of_lead(self, lead):
        return self._key(lead.values[DOMAIN], lead.name_key)

    def _key(self, domain, name_key):
        return (DOMAIN_NAME, domain, name_key) if domain and name_key else None


class ByField(ByAddress):
    """By what stands in a custom field; a row without that by address."""

    def __init__(self, field):
        self.field = field

    def of_row(self, row):
        value = row.extra and row.extra.values.get(self.field)
        return (self.field.id, value.key, "") if value else None

    def of_lead(self, lead):
        return lead.mark

    def learn(self, row, lead):
        lead.mark = lead.mark or row.key


def keys_of(values):
    """(company_key, name_key, search_text) of a lead's values: the same as leads.models.with_keys, for a list."""
    email, domain = values[EMAIL], values[DOMAIN]
    company_key = fold(values[COMPANY])
    name_key = fold(f"{values[FIRST]} {values[LAST]}".strip())
    text = "\n".join([part for part in (company_key, name_key, email, domain) if part])
    return company_key[:255], name_key[:255], text
