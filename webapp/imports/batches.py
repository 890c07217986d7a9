"""What becomes of each row of a batch: a new lead, a change to one that is here, or a reason."""

from collections import Counter
from dataclasses import dataclass, field

from webapp.core.text import fold
from webapp.leads.cleaning import domain_of
from webapp.leads.models import ActivityKind

from . import writing
from .models import Outcome, Policy
from .shaping import COMPANY, DOMAIN, EMAIL, EMPTY, FIELDS, FIRST, LAST, WEBSITE

NOTE_LETTERS = 2000


@dataclass
class Batch:
    """One transaction's worth of an import: what is to be written, and how the rows ended."""

    imported: object
    moment: object
    counts: Counter = field(default_factory=Counter)
    outcomes: list = field(default_factory=list)
    activities: list = field(default_factory=list)
    changed: dict = field(default_factory=dict)  # {lead id: Known}

    @property
    def policy(self):
        return Policy(self.imported.options.get("policy", Policy.FILL))

    @property
    def owner_id(self):
        """Whose leads these are, when the member who imports sees only their own."""
        return self.imported.options.get("owner_id")

    def end(self, outcome, number, cells, reason="", lead_id=None, before=None):
        self.counts[outcome.value] += 1
        self.outcomes.append((number, outcome.value, lead_id, reason, cells, before or {}))


def keys_of(values):
    """(company_key, name_key, search_text) of a lead's values: the same as leads.models.with_keys, for a list."""
    email, domain = values[EMAIL], values[DOMAIN]
    company_key = fold(values[COMPANY])
    name_key = fold(f"{values[FIRST]} {values[LAST]}".strip())
    text = "\n".join([part for part in (company_key, name_key, email, domain) if part])
    return company_key[:255], name_key[:255], text


def write_batch(batch, shaped):
    """Write the outcome of `shaped`, [(number, cells, Shaped or reason)], in the caller's transaction."""
    usable = []
    for number, cells, lead in shaped:
        if isinstance(lead, str):
            batch.end(Outcome.FAILED, number, cells, lead)
        else:
            usable.append((number, cells, lead, keys_of(lead.values)))
    known = _look_up(batch, usable)
    fresh, again, seen = [], [], set()
    for row in usable:
        key = _key(row)
        if key in known or key in seen:
            again.append(row)
        else:
            fresh.append(row)
            seen.add(key)
            seen.add(row[3][:2])
    _create(batch, fresh)
    noted = [row for row in fresh if row[2].left_out]
    if noted or any(_key(row) not in known for row in again):
        known = {**_look_up(batch, again + noted), **known}
    _note_left_out(batch, noted, known)
    for row in again:
        _meet(batch, row, known[_key(row)])
    _finish(batch)


def _key(row):
    """What tells whether two rows are the same person: the address, or else name and company."""
    return row[2].values[EMAIL] or row[3][:2]


def _look_up(batch, usable):
    keys = {_key(row) for row in usable}
    emails = [key for key in keys if isinstance(key, str)]
    names = [key for key in keys if not isinstance(key, str)]
    return writing.known_leads(batch.imported.workspace_id, emails, names)


def _create(batch, fresh):
    rows = [(number, *keys, *lead.values) for number, _, lead, keys in fresh]
    writing.insert_leads(
        rows,
        workspace_id=batch.imported.workspace_id,
        import_id=batch.imported.id,
        owner_id=batch.owner_id,
        moment=batch.moment,
    )
    batch.counts["created"] += len(rows)


def _note_left_out(batch, noted, known):
    """Cells that no field can hold are kept on the lead's timeline: nothing is lost silently."""
    for row in noted:
        cells = "; ".join(f"{label or 'Beyond the columns'}: “{text}”" for label, text, _ in row[2].left_out)
        text = f"Left out by the import of {batch.imported.filename}, row {row[0]}. {cells}"[:NOTE_LETTERS]
        batch.activities.append((known[_key(row)].id, ActivityKind.NOTE.value, {"text": text}))


def _meet(batch, row, lead):
    """A row about a lead that is here already, from before or from a row above."""
    number, cells, new, _ = row
    imported = batch.imported
    above = f"row {lead.origin_row} of this file" if lead.origin_id == imported.id else ""
    if batch.owner_id is not None and lead.owner_id != batch.owner_id:
        batch.end(Outcome.SKIPPED, number, cells, "This is already a lead of a colleague.")
    elif batch.policy is Policy.SKIP:
        reason = f"The same person as {above}." if above else "Already a lead. It was left as it is."
        batch.end(Outcome.SKIPPED, number, cells, reason, lead.id)
    elif not (changes := merge(lead.values, new.values, overwrite=batch.policy is Policy.UPDATE)):
        reason = f"The same person as {above}, with nothing new." if above else "Already a lead, with nothing new."
        batch.end(Outcome.SKIPPED, number, cells, reason, lead.id)
    else:
        before = {name: old for name, (old, _) in changes.items()}
        batch.end(Outcome.UPDATED, number, cells, lead_id=lead.id, before=before)
        data = {"import_id": imported.id, "filename": imported.filename, "row": number, "changes": changes}
        batch.activities.append((lead.id, ActivityKind.IMPORTED.value, data))
        batch.changed[lead.id] = lead


def merge(values, new, *, overwrite):
    """Change `values` in place by what `new` adds; an empty cell never erases. Returns {field: [old, new]}."""
    changes = {}
    for slot, value in enumerate(new):
        old = values[slot]
        if value == old or value == EMPTY[slot] or slot in (EMAIL, DOMAIN):
            continue
        if overwrite or old == EMPTY[slot]:
            values[slot] = value
            changes[FIELDS[slot]] = [old, value]
    if "website" in changes or (changes and not values[DOMAIN]):
        values[DOMAIN] = domain_of(values[WEBSITE], values[EMAIL])
    return changes


def _finish(batch):
    changed = []
    for lead in batch.changed.values():
        lead.company_key, lead.name_key, text = keys_of(lead.values)
        changed.append((lead, text))
    workspace_id, imported = batch.imported.workspace_id, batch.imported
    writing.update_leads(changed, batch.moment)
    writing.insert_activities(
        batch.activities, workspace_id=workspace_id, actor_id=imported.actor_id, moment=batch.moment
    )
    writing.insert_outcomes(batch.outcomes, workspace_id=workspace_id, import_id=imported.id)
