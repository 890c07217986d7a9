"""What can be asked of each field of a lead: a column, or a table beside the leads, and its kind."""

from dataclasses import dataclass

from peewee import SQL, Column, Value, fn

from .field_models import CustomField, CustomKind, CustomValue, LeadTag
from .kinds import CHOICE_OPS, Choice, Day, Due, FreeChoice, Kind, Moment, Number, Text, is_id
from .models import Lead, Stage, TodoKind

CUSTOM = "custom-"  # what the name of a workspace's own field begins with; its slug follows


def _exists(model, *conditions):
    return fn.EXISTS(model.select(Value(1)).where(model.lead == Lead.id, *conditions))


class Tags(Choice):
    """Tags by their ids. There is no column: a table beside the leads has them."""

    def _is(self, column, values, member):
        return _exists(LeadTag, LeadTag.tag.in_(self.kept(values, member)))

    def _empty(self, column, values, member):
        return ~_exists(LeadTag)

    def _unknown(self, column):
        return SQL("1 = 0")

    def ids(self, values, member):
        """A query of the ids of the leads that have one."""
        return LeadTag.select(LeadTag.lead).where(LeadTag.tag.in_(self.kept(values, member)))


class Importing(Choice):
    """Imports by their ids. They are known only once webapp.imports is: `origin` of a lead refers to them."""

    def reads(self, op, value):
        return is_id(value)


class Updating(Importing):
    """Imports that changed a lead which was here before. There is no column: the rows of imports have it."""

    ops = {name: CHOICE_OPS[name] for name in ("is", "not")}

    def _is(self, column, values, member):
        rows = self._rows()
        return _exists(rows, self._updated(rows), rows.imported.in_(self.kept(values, member)))

    def _unknown(self, column):
        return SQL("1 = 0")

    def ids(self, values, member):
        """A query of the ids of the leads that they changed, some more than once."""
        rows = self._rows()
        theirs = rows.imported.in_(self.kept(values, member)) & rows.lead.is_null(False)
        return rows.select(rows.lead).where(theirs, self._updated(rows))

    def _rows(self):
        return Lead.origin.rel_model.outcomes.rel_model

    def _updated(self, rows):
        return rows.outcome == "updated"


@dataclass(frozen=True)
class Criterion:
    """A field that can be asked. `indexed`: an index finds the leads that an operator with `driven` names."""

    label: str
    kind: Kind
    column: object = None
    indexed: bool = False
    unless: object = None  # what the rows in a partial index are not
    shown: bool = True  # False: it can be asked, and is no column of a table

    @property
    def in_index(self):
        """The condition of its partial index, without which the database does not use it."""
        return self.column != self.unless


def _text(label, column):
    return Criterion(label, Text(), column)


def _listed(label, column):
    """A text that few values recur in, with an index of its own."""
    return Criterion(label, Text(), column, indexed=True, unless="")


_ORIGIN = Column(Lead._meta.table, "origin_id")  # Lead.origin itself is not known yet
FIELDS = {
    "stage": Criterion("Stage", Choice([stage.value for stage in Stage], always=True), Lead.stage, indexed=True),
    "owner": Criterion("Owner", Choice(), Lead.owner, indexed=True),
    "center": Criterion("Center", Choice(), Lead.center, indexed=True),
    "tag": Criterion("Tag", Tags(), None, indexed=True),
    "name": Criterion("Name", Text(folded=True), Lead.name_key, indexed=True),
    "company": Criterion("Company", Text(folded=True), Lead.company_key, indexed=True),
    "title": _text("Title", Lead.title),
    "email": Criterion("E-mail", Text(folded=True), Lead.email, indexed=True, unless=""),
    "domain": Criterion("Domain", Text(folded=True), Lead.domain, indexed=True, unless=""),
    "phone": _text("Phone", Lead.phone),
    "website": _text("Website", Lead.website),
    "linkedin": _text("LinkedIn", Lead.linkedin),
    "industry": _listed("Industry", Lead.industry),
    "employees": Criterion("Employees", Number(), Lead.employees, indexed=True),
    "city": _listed("City", Lead.city),
    "region": _text("Region", Lead.region),
    "country": _listed("Country", Lead.country),
    "source": _listed("Source", Lead.source),
    "score": Criterion("Score", Number(zero_is_empty=True), Lead.score, indexed=True),
    "value": Criterion("Value", Number(zero_is_empty=True), Lead.value, indexed=True),
    "lost_reason": _text("Lost reason", Lead.lost_reason),
    "due": Criterion("Next to-do", Due(), Lead.next_due_at, indexed=True),
    "next": Criterion("Kind of next to-do", Choice([kind.value for kind in TodoKind]), Lead.next_kind),
    "touch": Criterion("Last touch", Moment(), Lead.touched_at, indexed=True),
    "created": Criterion("Created", Moment(), Lead.created_at),
    "moved": Criterion("Stage changed", Moment(), Lead.stage_changed_at),
    "contacted": Criterion("Contacted", Moment(), Lead.contacted_at),
    "replied": Criterion("Replied", Moment(), Lead.replied_at),
    "converted": Criterion("Converted", Moment(), Lead.converted_at),
    "lost": Criterion("Lost", Moment(), Lead.lost_at),
    "import": Criterion("Created by import", Importing(), _ORIGIN, indexed=True, shown=False),
    "import_updated": Criterion("Updated by import", Updating(), None, indexed=True, shown=False),
}
SHOWN = {name: criterion for name, criterion in FIELDS.items() if criterion.shown}  # as columns of a table


class Custom:
    """Asks a workspace's own field of a kind, through the table that has its values."""

    def __init__(self, field):
        self.field = field
        self.kind = CUSTOM_KINDS[field.kind]
        self.column = CustomValue.number if field.kind is CustomKind.NUMBER else CustomValue.key

    def has(self, *conditions):
        return _exists(CustomValue, CustomValue.field == self.field.id, *conditions)

    def sql(self, op, values, member):
        if op in ("empty", "filled"):
            return self.has() if op == "filled" else ~self.has()
        if op in ("not", "hasnt"):
            return ~self.sql({"not": "is", "hasnt": "has"}[op], values, member)
        if op == "older":
            return self.has(self.kind.sql(self.column, op, values, member)) | ~self.has()
        return self.has(self.kind.sql(self.column, op, values, member))


CUSTOM_KINDS = {
    CustomKind.TEXT: Text(folded=True),
    CustomKind.URL: Text(folded=True),
    CustomKind.NUMBER: Number(whole=False),
    CustomKind.DATE: Day(),
    CustomKind.CHOICE: FreeChoice(),
    CustomKind.YES_NO: FreeChoice(),
}
KINDS = tuple(CUSTOM_KINDS.values())


def known_kind(field):
    """The Kind of a field that every lead has, or None."""
    found = FIELDS.get(field)
    return found and found.kind


def custom_named(workspace, slugs):
    """{slug: Custom} of those of the workspace's own fields that have one of `slugs`."""
    if not slugs:
        return {}
    return {field.slug: Custom(field) for field in CustomField.of(workspace).where(CustomField.slug.in_(slugs))}
