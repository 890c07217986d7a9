"""What an import wrote into leads that were here already is given back: each field that still says what it wrote.

A lead may have been changed by several rows. They are taken back together, from the last to the first, when the last
of them is met: one change of the lead, one entry on its timeline.
"""

from dataclasses import dataclass, field

from peewee import fn

from webapp.accounts.members import people
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT
from webapp.core.text import fold
from webapp.leads import custom, tags, timeline
from webapp.leads.cleaning import domain_of
from webapp.leads.field_models import CustomValue, LeadTag
from webapp.leads.history import label_of
from webapp.leads.holding import among, hold, set_each
from webapp.leads.models import Activity, ActivityKind, Lead, Stage, with_keys

from .extras import PREFIX
from .models import ImportRow, Outcome
from .shaping import FIELDS

CHANGING = (Outcome.UPDATED, Outcome.DUPLICATE)  # what a row can be that changed a lead
IN_BIN = "It is in the bin, and comes back from there as the import left it."
MERGED = "Another lead was merged into it."
_PLACES = ("owner", "stage")  # columns of a lead besides FIELDS
_WRITTEN = [getattr(Lead, name) for name in (*FIELDS, "company_key", "name_key", "search_text")]


def next_rows(imported, before, size):
    """(the numbers of the next rows that changed leads, the last one first, {lead id: its rows}).

    Rows are (before, after) from the last to the first; a lead comes with the last one of its rows.
    """
    found = [row for outcome in CHANGING for row in _ended_as(imported, outcome, before, size)]
    found = sorted(found, reverse=True)[:size]
    theirs = _changed(imported) & among([lead_id for _, lead_id in found if lead_id], ImportRow.lead)
    last = ImportRow.select(ImportRow.lead, fn.MAX(ImportRow.number)).where(theirs).group_by(ImportRow.lead)
    last = dict(last.tuples())
    chains = {lead_id: [] for number, lead_id in found if lead_id and last.get(lead_id) == number}
    rows = ImportRow.select(ImportRow.lead, ImportRow.before, ImportRow.after)
    rows = rows.where(_changed(imported), among(chains, ImportRow.lead)).order_by(ImportRow.number.desc())
    for lead_id, *change in rows.tuples():
        chains[lead_id].append(change)
    return [number for number, _ in found], chains


def _ended_as(imported, outcome, before, size):
    """(number, lead id) of the next rows of one outcome that changed a lead: along their index."""
    query = ImportRow.select(ImportRow.number, ImportRow.lead).where(ImportRow.imported == imported.id)
    query = query.where(ImportRow.outcome == outcome, ImportRow.after != {})
    if before is not None:
        query = query.where(ImportRow.number < before)
    return query.order_by(ImportRow.number.desc()).limit(size).tuples()


def _changed(imported):
    return (ImportRow.imported == imported.id) & ImportRow.outcome.in_(CHANGING) & (ImportRow.after != {})


def give_back(imported, chains):
    """Take these rows back, in the caller's transaction: (how many leads changed, lines of UndoKept)."""
    if not chains:
        return 0, []
    hold(chains)
    backs = _read(imported, chains)
    shared = _Shared(imported.workspace_id, backs)
    for back in backs:
        back.walk(chains[back.lead.id], shared)
    changed = [back for back in backs if back.changes]
    _write_fields(changed)
    _write_custom(changed)
    _write_tags(changed)
    _take_notes_off(imported, [back.lead.id for back in backs if not back.merged])
    of_import = {"import": {"id": imported.id, "filename": imported.filename}}
    told = [(back.lead.id, back.told | of_import) for back in changed]
    who = {"actor_id": imported.undone_by_id, "moment": now()}
    timeline.record_each(imported.workspace_id, told, ActivityKind.EDITED, **who)
    return len(changed), _binned(imported, chains) + [line for back in backs for line in back.kept]


def _binned(imported, chains):
    """Lines of UndoKept for those that were deleted since."""
    gone = Lead.select(Lead.id, Lead.origin).where(Lead.deleted_at.is_null(False), among(chains)).tuples()
    return [{"lead": lead_id, "found": IN_BIN} for lead_id, origin_id in gone if origin_id != imported.id]


def _read(imported, chains):
    """A _Back for each lead that is still here, in the order of `chains`; what the import itself created goes later."""
    here = (Lead.workspace == imported.workspace_id) & Lead.deleted_at.is_null() & among(chains)
    leads = {lead.id: lead for lead in Lead.select().where(here) if lead.origin_id != imported.id}
    merged = Activity.select(Activity.lead).where(among(leads, Activity.lead), Activity.kind == ActivityKind.MERGED)
    merged = {entry.lead_id for entry in merged.where(Activity.created_at >= imported.started_at)}
    fields, names = custom.fields_of(imported.workspace_id), tags.names_of(leads)
    texts = custom.texts_of(leads, fields)
    return [
        _Back(leads[one], {f.id: f for f in fields}, texts.get(one, {}), names[one], one in merged)
        for one in chains
        if one in leads
    ]


class _Shared:
    """What the leads of a batch have to know of others: whose address is whose, who is in the workspace."""

    def __init__(self, workspace_id, backs):
        self.people = {person.id: person.full_name for person in people(workspace_id)}
        self.workspace_id, self.holders = workspace_id, {back.lead.email: back.lead.id for back in backs}

    def is_free(self, email, lead_id):
        """Whether no other lead has this address."""
        if not email:
            return True
        if email not in self.holders:
            alive = (Lead.workspace == self.workspace_id) & Lead.deleted_at.is_null() & (Lead.email == email)
            self.holders[email] = Lead.select(Lead.id).where(alive).scalar()
        return self.holders[email] in (None, lead_id)

    def pass_on(self, was, email, lead_id):
        self.holders[was] = None
        self.holders[email] = lead_id


@dataclass(eq=False)
class _Back:
    """A lead on its way back: what it has, what it gets, what stays."""

    lead: object
    fields: dict  # {id: Field}
    texts: dict  # {field id: text}
    names: list  # of its tags
    merged: bool
    changes: dict = field(default_factory=dict)  # {name: [now, from now on]}
    kept: list = field(default_factory=list)  # lines of UndoKept
    shown: dict = field(default_factory=dict)  # {"owner": [names]}

    def walk(self, chain, shared):
        """Go through its rows, from the last to the first."""
        if self.merged:
            self.kept.append({"lead": self.lead.id, "found": MERGED})
            return
        stuck, added = set(), set()
        for before, after in chain:
            for name, wrote in after.items():
                if name == "tags":
                    added |= _folded(wrote) - _folded(before.get(name))
                elif name in stuck or name == "note":
                    continue
                elif not self._take_back(name, wrote, before.get(name), shared):
                    stuck.add(name)
        left = [name for name in self.names if fold(name) not in added]
        if len(left) < len(self.names):
            self.changes["tags"] = [", ".join(self.names), ", ".join(left)]
        self.changes = {name: pair for name, pair in self.changes.items() if pair[0] != pair[1]}

    def _take_back(self, name, wrote, old, shared):
        """Whether `name` says what it said before the row, from now on; what stays is noted."""
        if not self._is_known(name):  # a field that was deleted: nothing is there to go back
            return False
        found = self.changes[name][1] if name in self.changes else self._now(name)
        if found == old:
            return True
        if found != wrote:
            self._keep(name, wrote, found, shared)
            return False
        if why := self._hindrance(name, old, shared):
            self._keep(name, wrote, found, shared, why)
            return False
        if name == "email":
            shared.pass_on(found, old, self.lead.id)
        if name == "owner":
            first = self.shown.get(name, [shared.people.get(found, "")])[0]
            self.shown[name] = [first, shared.people.get(old, "")]
        self.changes[name] = [self._now(name), old]
        return True

    def _is_known(self, name):
        return name in FIELDS or name in _PLACES or self._field(name) is not None

    def _field(self, name):
        number = name.removeprefix(PREFIX)
        return self.fields.get(int(number)) if name.startswith(PREFIX) and number.isdecimal() else None

    def _now(self, name):
        if name.startswith(PREFIX):
            return self.texts.get(self._field(name).id, "")
        return self.lead.stage.value if name == "stage" else self.lead.__data__[name]

    def _hindrance(self, name, old, shared):
        """Why the old value cannot be had again; "" when it can."""
        if name == "email" and not shared.is_free(old, self.lead.id):
            return f"{old} is the address of another lead now."
        if name == "owner" and old is not None and old not in shared.people:
            return "Whose lead it was has left the workspace."
        if name.startswith(PREFIX):
            try:
                custom.cleaned(self._field(name), old, DEFAULT)
            except Invalid as error:
                return str(error)
        return ""

    def _keep(self, name, wrote, found, shared, why=""):
        label = self._field(name).name if name.startswith(PREFIX) else label_of(name)
        texts = [_text(name, value, shared) for value in (wrote, found)]
        found = f"{texts[1]}. {why}" if why else texts[1]
        self.kept.append({"lead": self.lead.id, "field": name, "label": label, "wrote": texts[0], "found": found})

    @property
    def told(self):
        """The data of its timeline entry."""
        changes, known, ids = {}, {}, {}
        for name, pair in self.changes.items():
            if own := self._field(name):
                changes[own.name], known[own.name] = pair, own.identity
            else:
                changes[name] = self.shown.get(name, pair)
        if "owner" in self.changes:
            ids["owner"] = self.changes["owner"]
        return {"changes": changes} | ({"custom": known} if known else {}) | ({"ids": ids} if ids else {})

    @property
    def row(self):
        """The lead's columns _WRITTEN as they are from now on, and its id."""
        values = {name: self.lead.__data__[name] for name in FIELDS}
        values |= {name: pair[1] for name, pair in self.changes.items() if name in FIELDS}
        if {"email", "website"} & self.changes.keys():
            values["domain"] = domain_of(values["website"], values["email"])
        values = with_keys(values)
        return (*(values[column.name] for column in _WRITTEN), self.lead.id)


def _folded(text):
    return {fold(name) for name in tags.split(text or "")}


def _text(name, value, shared):
    if name == "owner":
        return shared.people.get(value, "somebody who left" if value else "")
    if name == "stage":
        return Stage(value).label
    return f"{value:,}" if isinstance(value, int) else value or ""


def _write_fields(backs):
    """One statement for all, but one each, in their order, where an address goes from one lead to the next."""
    plain = [back for back in backs if back.changes.keys() & set(FIELDS)]
    set_each(_WRITTEN, [Lead.id], [back.row for back in plain if "email" not in back.changes])
    for back in plain:
        if "email" in back.changes:
            set_each(_WRITTEN, [Lead.id], [back.row])
    owners = [(back.changes["owner"][1], back.lead.id) for back in backs if "owner" in back.changes]
    set_each([Lead.owner], [Lead.id], owners)
    moment = Lead.stage_changed_at.db_value(now())
    stages = [(back.changes["stage"][1], moment, back.lead.id) for back in backs if "stage" in back.changes]
    set_each([Lead.stage, Lead.stage_changed_at], [Lead.id], stages)


def _write_custom(backs):
    gone, rows = {}, []
    for back in backs:
        for name, (_, old) in back.changes.items():
            if one := back._field(name):
                value = custom.cleaned(one, old, DEFAULT)
                if value is None:
                    gone.setdefault(one.id, []).append(back.lead.id)
                else:
                    rows.append({"field": one.id, "lead": back.lead.id, **value._asdict()})
    for field_id, ids in gone.items():
        CustomValue.delete().where(CustomValue.field == field_id, among(ids, CustomValue.lead)).execute()
    if rows:
        preserved = [CustomValue.text, CustomValue.key, CustomValue.number]
        query = CustomValue.insert_many(rows)
        query.on_conflict(conflict_target=[CustomValue.lead, CustomValue.field], preserve=preserved).execute()


def _write_tags(backs):
    known, gone = None, {}
    for back in (back for back in backs if "tags" in back.changes):
        known = known or {tag.name: tag.id for tag in tags.tags_of(back.lead.workspace_id)}
        left = _folded(back.changes["tags"][1])
        for name in back.names:
            if fold(name) not in left:
                gone.setdefault(known.get(name), []).append(back.lead.id)
    for tag_id, ids in gone.items():
        LeadTag.delete().where(LeadTag.tag == tag_id, among(ids, LeadTag.lead)).execute()


def _take_notes_off(imported, lead_ids):
    """Delete the notes that the import wrote on these leads, but for those that somebody has rewritten or pinned."""
    if lead_ids:
        notes = Activity.select().where(among(lead_ids, Activity.lead), Activity.kind == ActivityKind.NOTE)
        notes = notes.where(Activity.pinned_at.is_null())
        gone = [note.id for note in notes if note.data.get("import_id") == imported.id]  # rewritten, it says so no more
        Activity.delete().where(Activity.id.in_(gone)).execute()
