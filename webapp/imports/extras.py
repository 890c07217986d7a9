"""What a row has besides a lead's own fields: custom fields, tags, a note, an owner, a stage.

Which columns they are, what is read from a row, how it is written in a batch.

An import without such columns pays nothing for them: its rows have no Extra, and a batch without any writes none.
"""

from dataclasses import dataclass, field
from functools import partial

from db import db
from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT
from webapp.core.spreadsheets import from_cell
from webapp.core.text import fold
from webapp.leads import tags
from webapp.leads.custom import cleaned, fields_of, texts_of

from .matching import TARGETS, plain
from .owners import Owners
from .stages import WHY as NO_STAGE
from .stages import stage_of

OTHERS = {"owner": "Owner", "stage": "Stage", "note": "Note", "tags": "Tags"}
PREFIX = "custom:"  # what a custom field's target begins with; its id follows
_VALUES = (
    "INSERT INTO custom_value (field_id, lead_id, text, key, number) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (lead_id, field_id) DO UPDATE SET text = excluded.text, key = excluded.key, number = excluded.number"
)
_TAGS = "INSERT INTO lead_tag (lead_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING"


def targets(workspace):
    """{target: label} of what a column can become in this workspace."""
    return {**TARGETS, **OTHERS, **{f"{PREFIX}{one.id}": one.name for one in fields_of(workspace)}}


def headers(workspace):
    """{header as matching.plain() leaves it: target} of the workspace's own fields."""
    return {plain(one.name): f"{PREFIX}{one.id}" for one in fields_of(workspace) if plain(one.name)}


@dataclass(slots=True)
class Extra:
    """What a row has besides a lead's own fields."""

    values: dict = field(default_factory=dict)  # {Field: Value}
    names: list = field(default_factory=list)  # of tags
    note: str = ""
    owner: int | None = None  # the id of a user
    stage: object = None  # a Stage

    def __bool__(self):
        return bool(self.values or self.names or self.note or self.owner or self.stage)


class Columns:
    """The columns of `imported` that are not fields of every lead: `plan` is [(column, label, how it is read)]."""

    def __init__(self, imported):
        self.plan = []
        self.owners = Owners(imported.workspace_id) if "owner" in imported.mapping else None
        fields = {f"{PREFIX}{one.id}": one for one in fields_of(imported.workspace_id)}
        ways = {"owner": self._owner, "stage": self._stage, "note": self._note, "tags": self._tags}
        for column, target in enumerate(imported.mapping):
            if target in ways:
                self.plan.append((column, OTHERS[target], ways[target]))
            elif target in fields:
                self.plan.append((column, fields[target].name, partial(self._value, fields[target])))
        # A list parted by commas was written for programs, where a point is the decimal mark.
        by_person = self.plan and imported.dialect.get("delimiter") != "," and imported.actor
        self.locale = imported.actor.locale if by_person else DEFAULT

    def read(self, cells, tidy, left_out):
        """The Extra of a row, or None; what cannot be kept goes to `left_out` as (column, label, text, why)."""
        found = Extra()
        for column, label, take in self.plan:
            if column >= len(cells) or not (text := cells[column].strip()):
                continue
            if (not text.isprintable() or text[0] in "='") and take != self._note:
                text = tidy(text)
            if why := take(text, found):
                left_out.append((column, label, text, why))
        return found if found else None

    def _value(self, one, text, found):
        try:
            if value := cleaned(one, text, self.locale):
                found.values[one] = value
        except Invalid as error:
            return str(error)
        return ""

    def _owner(self, text, found):
        found.owner, why = self.owners.find(text)
        return why

    def _stage(self, text, found):
        found.stage = stage_of(text)
        return "" if found.stage else NO_STAGE

    def _note(self, text, found):
        found.note = from_cell(text).replace("\0", "")
        return ""

    def _tags(self, text, found):
        why = ""
        for name in tags.split(text):
            try:
                found.names.append(tags.clean_name(name))
            except Invalid as error:
                why = why or str(error)
        return why


@dataclass
class Extras:
    """What a batch has to write to custom fields and tags, and what its leads had."""

    workspace_id: int
    had: dict = field(default_factory=dict)  # {lead id: {field id: text}}
    tagged: dict = field(default_factory=dict)  # {lead id: {folded name: name}}
    values: dict = field(default_factory=dict)  # {(lead id, field id): Value}
    names: dict = field(default_factory=dict)  # {(lead id, folded name): name}

    def load(self, lead_ids):
        """Look up what these leads have, two queries for all of them."""
        ids = [one for one in lead_ids if one not in self.had]
        if ids:
            found, names = texts_of(ids, fields_of(self.workspace_id)), tags.names_of(ids)
            for one in ids:
                self.had[one] = found.get(one, {})
                self.tagged[one] = {fold(name): name for name in names[one]}

    def give(self, lead_id, extra):
        """What a new lead begins with."""
        self.had[lead_id], self.tagged[lead_id] = {}, {}
        self.merge(lead_id, extra, overwrite=True)

    def merge(self, lead_id, extra, *, overwrite):
        """Add what `extra` has to a lead that was loaded. Returns (changes by name, custom fields by name, before)."""
        had, tagged = self.had[lead_id], self.tagged[lead_id]
        changes, custom, before = {}, {}, {}
        for one, value in extra.values.items():
            old = had.get(one.id, "")
            if value.text != old and (overwrite or not old):
                had[one.id] = value.text
                self.values[lead_id, one.id] = value
                changes[one.name], custom[one.name] = [old, value.text], one.identity
                before[f"{PREFIX}{one.id}"] = old
        new = {}
        for name in extra.names:
            if (key := fold(name)) not in tagged:
                new.setdefault(key, name)
        if new:
            before["tags"] = ", ".join(tagged.values())
            tagged |= new
            self.names |= {(lead_id, key): name for key, name in new.items()}
            changes["tags"] = [before["tags"], ", ".join(tagged.values())]
        return changes, custom, before

    def write(self):
        """Write what came together. Returns {lead id: [names]} of tags for which the workspace has no room."""
        fields = {one.id for one in fields_of(self.workspace_id)} if self.values else set()
        rows = [(one, lead, *value) for (lead, one), value in self.values.items() if one in fields]
        _many(_VALUES, rows)
        known = tags.make_room(self.workspace_id, self.names.values()) if self.names else {}
        _many(_TAGS, [(lead, known[key].id) for lead, key in self.names if key in known])
        left = {}
        for (lead, key), name in self.names.items():
            if key not in known:
                left.setdefault(lead, []).append(name)
        self.values.clear()
        self.names.clear()
        return left


def _many(sql, rows):
    if rows:
        cursor = db.cursor()
        cursor.executemany(sql.replace("?", db.obj.param), rows)
        cursor.close()
