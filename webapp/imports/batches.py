"""What becomes of each row of a batch: a new lead, a change to one that is here, or a reason."""

from collections import Counter
from dataclasses import dataclass, field

from webapp.accounts.models import Assignment
from webapp.core.text import fold
from webapp.leads.assignment import assign, hold
from webapp.leads.cleaning import domain_of
from webapp.leads.holding import hold as hold_leads
from webapp.leads.models import ActivityKind

from . import writing
from .extras import Extras
from .models import Outcome, Policy
from .shaping import COMPANY, DOMAIN, EMAIL, EMPTY, FIELDS, FIRST, LAST, WEBSITE
from .writing import NO_ADDRESS

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

    def __post_init__(self):
        self.extras = Extras(self.imported.workspace_id)
        options = self.imported.options
        self.policy = Policy(options.get("policy", Policy.FILL))
        self.center = hold(options["center_id"]) if options.get("center_id") else None  # before any lead's lock
        self.owner_id, self.sees = options.get("owner_id"), options.get("sees")
        if self.sees and self.center is None:
            self.owner_id = self.sees["user"]  # the center was archived meanwhile: the leads stay in their sight

    def may_change(self, lead):
        """Whether the lead was within the reach of who started the import."""
        if self.sees is None:
            return self.owner_id is None or lead.owner_id == self.owner_id
        return lead.owner_id == self.sees["user"] or lead.center_id in self.sees["centers"]

    def end(self, outcome, number, cells, reason="", lead_id=None, before=None):
        self.counts[outcome.value] += 1
        self.outcomes.append((number, outcome.value, lead_id, reason, cells, before or {}))


class Row:
    """A usable row on its way to a lead. `person` is (company_key, name_key)."""

    __slots__ = (
        "cells",
        "email",
        "extra",
        "is_person",
        "keys",
        "left_out",
        "number",
        "person",
        "search_text",
        "values",
    )

    def __init__(self, number, cells, shaped, company_key, name_key, search_text):
        values = shaped.values
        self.number, self.cells, self.values, self.left_out = number, cells, values, shaped.left_out
        self.extra = shaped.extra
        self.email, self.person, self.search_text = values[EMAIL], (company_key, name_key), search_text
        self.is_person = not self.email or bool(company_key and name_key)
        if self.email:
            self.keys = (self.email, self.person)
        else:
            self.keys = (self.person, (self.person, NO_ADDRESS))

    def meets(self, known):
        """Whether the lead of this row is among `known`: by address; without one on either side by person."""
        if not self.email:
            return self.person in known
        return self.email in known or (self.is_person and (self.person, NO_ADDRESS) in known)

    def find(self, known):
        """That lead; None when its address has become another one meanwhile."""
        if not self.email:
            return known.get(self.person)
        lead = known.get(self.email) or known.get((self.person, NO_ADDRESS))
        return lead if lead and lead.values[EMAIL] in ("", self.email) else None


def keys_of(values):
    """(company_key, name_key, search_text) of a lead's values: the same as leads.models.with_keys, for a list."""
    email, domain = values[EMAIL], values[DOMAIN]
    company_key = fold(values[COMPANY])
    name_key = fold(f"{values[FIRST]} {values[LAST]}".strip())
    text = "\n".join([part for part in (company_key, name_key, email, domain) if part])
    return company_key[:255], name_key[:255], text


def write_batch(batch, shaped):
    """Write the outcome of `shaped`, [(number, cells, Shaped or reason)], in the caller's transaction."""
    waiting, before = [], writing.last_lead() if batch.center else 0
    for number, cells, lead in shaped:
        if isinstance(lead, str):
            batch.end(Outcome.FAILED, number, cells, lead)
        else:
            waiting.append(Row(number, cells, lead, *keys_of(lead.values)))
    while waiting:
        waiting = _write_round(batch, waiting)
        _write_changes(batch)
    _find_owners(batch, before)
    writing.insert_outcomes(batch.outcomes, workspace_id=batch.imported.workspace_id, import_id=batch.imported.id)


def _write_round(batch, rows):
    """Create who is new, change who is not. Returns rows whose lead a row above has just given another address."""
    known = _look_up(batch, rows)
    hold_leads({lead.id for lead in known.values()})  # before anything is written: see leads/holding.py
    fresh, again, taken = [], [], set()
    for row in rows:
        if row.meets(known) or row.meets(taken):
            again.append(row)
        else:
            fresh.append(row)
        taken.update(row.keys)
    _create(batch, fresh)
    noted = [row for row in fresh if row.left_out or row.extra]
    if noted or any(not row.meets(known) for row in again):
        known = {**_look_up(batch, again + noted), **known}
    _note_left_out(batch, noted, known)
    _give_extras(batch, noted, again, known)
    return [row for row in again if not _meet(batch, row, known)]


def _find_owners(batch, before):
    """What came into a center without an owner gets one as the center assigns them."""
    imported, center = batch.imported, batch.center
    if center and batch.owner_id is None and center.assignment is not Assignment.NONE:
        ids = writing.unowned_since(
            before, workspace_id=imported.workspace_id, import_id=imported.id, center_id=center.id
        )
        assign(center, ids, actor_id=imported.actor_id)


def _look_up(batch, rows):
    emails = [row.email for row in rows if row.email]
    people = [row.person for row in rows if row.is_person]
    return writing.known_leads(batch.imported.workspace_id, emails, people)


def _create(batch, fresh):
    rows = [(row.number, *row.person, row.search_text, *row.values) for row in fresh]
    writing.insert_leads(
        rows,
        workspace_id=batch.imported.workspace_id,
        import_id=batch.imported.id,
        owner_id=batch.owner_id,
        center_id=batch.center and batch.center.id,
        moment=batch.moment,
    )
    batch.counts["created"] += len(rows)


def _note_left_out(batch, noted, known):
    """Cells that no field can hold are kept on the lead's timeline: nothing is lost silently."""
    for row in noted:
        if not row.left_out:
            continue
        cells = "; ".join(f"{label or 'Beyond the columns'}: “{text}”" for _, label, text, _ in row.left_out)
        text = f"Left out by the import of {batch.imported.filename}, row {row.number}. {cells}"[:NOTE_LETTERS]
        batch.activities.append((known[row.keys[0]].id, ActivityKind.NOTE.value, {"text": text}))


def _give_extras(batch, fresh, again, known):
    """Custom fields and tags of the new leads; those of the others are looked up, all at once."""
    for row in fresh:
        if row.extra:
            batch.extras.give(known[row.keys[0]].id, row.extra)
    met = (row.find(known) for row in again if row.extra)
    batch.extras.load([lead.id for lead in met if lead])


def _meet(batch, row, known):
    """A row about a lead that is here already, from before or from a row above. False when it is not after all."""
    lead = row.find(known)
    if lead is None:
        return False
    number, cells, imported = row.number, row.cells, batch.imported
    above = f"row {lead.origin_row} of this file" if lead.origin_id == imported.id else ""
    if not batch.may_change(lead):
        batch.end(Outcome.SKIPPED, number, cells, "This is already a lead of a colleague.")
    elif batch.policy is Policy.SKIP:
        reason = f"The same person as {above}." if above else "Already a lead. It was left as it is."
        batch.end(Outcome.SKIPPED, number, cells, reason, lead.id)
    elif not (changed := _change(batch, lead, row)):
        reason = f"The same person as {above}, with nothing new." if above else "Already a lead, with nothing new."
        batch.end(Outcome.SKIPPED, number, cells, reason, lead.id)
    else:
        told, before = changed
        batch.end(Outcome.UPDATED, number, cells, lead_id=lead.id, before=before)
        data = {"import_id": imported.id, "filename": imported.filename, "row": number, **told}
        batch.activities.append((lead.id, ActivityKind.IMPORTED.value, data))
        batch.changed[lead.id] = lead
        if "email" in before:
            known[row.email] = lead
    return True


def _change(batch, lead, row):
    """Change a lead that is here by its row: (what an activity tells of it, what was before), or None for nothing."""
    overwrite = batch.policy is Policy.UPDATE
    changes = merge(lead.values, row.values, overwrite=overwrite)
    before, told = {name: old for name, (old, _) in changes.items()}, {"changes": changes}
    if row.extra:
        batch.extras.load([lead.id])
        more, custom, had = batch.extras.merge(lead.id, row.extra, overwrite=overwrite)
        before, told = before | had, {"changes": changes | more, "custom": custom}
    return (told, before) if told["changes"] else None


def merge(values, new, *, overwrite):
    """Change `values` in place by what `new` adds; an empty cell never erases. Returns {field: [old, new]}."""
    changes = {}
    for slot, value in enumerate(new):
        old = values[slot]
        if value == old or value == EMPTY[slot] or slot == DOMAIN:
            continue
        if old == EMPTY[slot] or (overwrite and slot != EMAIL):
            values[slot] = value
            changes[FIELDS[slot]] = [old, value]
    if "website" in changes or (changes and not values[DOMAIN]):
        values[DOMAIN] = domain_of(values[WEBSITE], values[EMAIL])
    return changes


def _write_changes(batch):
    changed = []
    for lead in batch.changed.values():
        lead.company_key, lead.name_key, text = keys_of(lead.values)
        changed.append((lead, text))
    writing.update_leads(changed, batch.moment)
    for lead_id, names in batch.extras.write().items():
        text = (
            f"Tags left out by the import of {batch.imported.filename}: {', '.join(names)}. There is no room for more."
        )
        batch.activities.append((lead_id, ActivityKind.NOTE.value, {"text": text[:NOTE_LETTERS]}))
    writing.insert_activities(
        batch.activities,
        workspace_id=batch.imported.workspace_id,
        actor_id=batch.imported.actor_id,
        moment=batch.moment,
    )
    batch.changed.clear()
    batch.activities.clear()
