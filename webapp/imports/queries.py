"""Reads of imports. Who does not see all leads sees only their own imports: a file's rows may be about any lead."""

from typing import NamedTuple

from webapp.accounts.members import people
from webapp.accounts.models import Reach, User
from webapp.core.errors import NotFound
from webapp.core.paging import page_of
from webapp.leads.custom import fields_of
from webapp.leads.history import label_of
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import visible as visible_leads

from .extras import PREFIX
from .models import Import, ImportRow, Outcome, UndoKept

SIZE = 50


def visible(member):
    """The imports `member` may see, each with its actor."""
    query = Import.of(member.workspace.id).select(Import, User.id, User.full_name)
    query = query.join(User, "LEFT OUTER JOIN", on=(Import.actor == User.id), attr="actor")
    return query if member.reach is Reach.ALL else query.where(Import.actor == member.user_id)


def get_import(member, import_id):
    """The import, if the member may see it. Raises NotFound."""
    imported = visible(member).where(Import.id == import_id).first()
    if imported is None:
        raise NotFound("That import does not exist.")
    return imported


def imports(member, cursor=None):
    """A Page of imports, newest first."""
    return page_of(visible(member), [Import.id], lambda row: (row.id,), size=SIZE, cursor=cursor)


def outcomes(imported, outcome, after=0, size=500):
    """The next rows of `imported` that ended as `outcome`, by number."""
    query = ImportRow.of(imported.workspace_id).where(ImportRow.imported == imported.id, ImportRow.outcome == outcome)
    return list(query.where(ImportRow.number > after).order_by(ImportRow.number).limit(size))


def first_outcomes(imported, outcome=Outcome.FAILED, size=5):
    """A few rows of an outcome, to show on the page."""
    return outcomes(imported, outcome, size=size)


def numbers_with_outcome(imported, first, last):
    """The numbers from `first` to `last` of the rows that did not simply create a lead."""
    query = ImportRow.of(imported.workspace_id).select(ImportRow.number).where(ImportRow.imported == imported.id)
    return {number for (number,) in query.where(ImportRow.number.between(first, last)).tuples()}


# ------------------------------------------------------------- rows, one by one


class Seen(NamedTuple):
    """A lead as a list of rows names it. Only one that the member sees now has an `id`; of the others `name` says why
    it cannot be opened.
    """

    id: int | None
    name: str


class Row(NamedTuple):
    """A row and what became of it. `lead` is None where no lead has to do with it; `changes` are (label, from, to)."""

    number: int | None  # None: the number in the file is not known
    lead: Seen | None
    reason: str
    cells: list  # as they stand in the file; of a created lead none
    changes: tuple


class Rows(NamedTuple):
    """A part of a list; `after` is where the next one begins, None after the last."""

    rows: tuple
    after: int | None


class Kept(NamedTuple):
    """What an undo left as it is. `label` "" stands for the whole lead: then `found` is why it stays."""

    lead: Seen
    label: str
    wrote: str
    found: str


HIDDEN = "A lead that you do not see"
DELETED = "A lead that was deleted"


def rows_of(member, imported, outcome, after=0, size=SIZE):
    """The Rows of `imported` that ended as `outcome`, behind `after`: a row's number, or of CREATED a lead's id."""
    if outcome is Outcome.CREATED:
        return _created(member, imported, after, size)
    found = outcomes(imported, outcome, after, size + 1)
    seen, labels = _seen(member, {row.lead_id for row in found}), _Labels(imported.workspace_id)
    rows = [Row(row.number, seen.get(row.lead_id), row.reason, row.cells, labels.changes(row)) for row in found]
    return Rows(tuple(rows[:size]), rows[size - 1].number if len(rows) > size else None)


def _created(member, imported, after, size):
    query = Lead.select(Lead.id, Lead.origin_row).where(Lead.workspace == imported.workspace_id, Lead.id > after)
    found = list(query.where(Lead.origin == imported.id).order_by(Lead.id).limit(size + 1).tuples())
    seen = _seen(member, {lead_id for lead_id, _ in found})
    rows = [Row(number, seen[lead_id], "", [], ()) for lead_id, number in found]
    return Rows(tuple(rows[:size]), found[size - 1][0] if len(found) > size else None)


def kept(member, imported, after=0, size=SIZE):
    """The Rows of Kept that the undoing of `imported` left, behind the one with the id `after`."""
    query = UndoKept.of(imported.workspace_id).where(UndoKept.imported == imported.id, UndoKept.id > after)
    found = list(query.order_by(UndoKept.id).limit(size + 1))
    seen, gone = _seen(member, {line.lead_id for line in found}), Seen(None, DELETED)
    lines = [Kept(seen.get(line.lead_id, gone), line.label, line.wrote, line.found) for line in found]
    return Rows(tuple(lines[:size]), found[size - 1].id if len(found) > size else None)


def _seen(member, lead_ids):
    """{lead id: Seen} of these leads; nothing of one that the member does not see."""
    ids = [lead_id for lead_id in lead_ids if lead_id]
    here = dict(Lead.of(member.workspace.id).select(Lead.id, Lead.deleted_at).where(Lead.id.in_(ids)).tuples())
    names = (Lead.first_name, Lead.last_name, Lead.company, Lead.email)
    known = {lead.id: lead.name for lead in visible_leads(member, Lead.id, *names, walk=False).where(Lead.id.in_(ids))}
    hidden = {lead_id: DELETED if deleted else HIDDEN for lead_id, deleted in here.items()}
    return {one: Seen(one, known[one]) if one in known else Seen(None, hidden.get(one, DELETED)) for one in ids}


class _Labels:
    """What the fields in `before` and `after` are called on screen, and how their values are written."""

    def __init__(self, workspace_id):
        self.own = {f"{PREFIX}{field.id}": field.name for field in fields_of(workspace_id)}
        self.people = {person.id: person.full_name for person in people(workspace_id)}

    def changes(self, row):
        """(label, from, to) of what the row changed; what it wrote is not known of old imports."""
        names = row.after or row.before
        return tuple(
            (self._label(name), self._text(name, row.before.get(name)), self._text(name, row.after.get(name)))
            for name in names
        )

    def _label(self, name):
        return self.own.get(name, "A field that was deleted") if name.startswith(PREFIX) else label_of(name)

    def _text(self, name, value):
        if name == "owner":
            return self.people.get(value, "somebody who left" if value else "")
        if name == "stage" and value:
            return Stage(value).label
        return f"{value:,}" if isinstance(value, int) else value or ""
