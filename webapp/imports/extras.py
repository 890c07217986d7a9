"""Custom fields and tags in an import: which columns they are, what is read from a row, how it is written in a batch.

An import without such columns pays nothing for them: its rows have no Extra, and a batch without any writes none.
"""

from dataclasses import dataclass, field

from db import db
from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT
from webapp.core.text import fold
from webapp.leads import tags
from webapp.leads.custom import cleaned, fields_of, texts_of

from .matching import TARGETS, plain

PREFIX = "custom:"  # what a custom field's target begins with; its id follows
_VALUES = (
    "INSERT INTO custom_value (field_id, lead_id, text, key, number) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (lead_id, field_id) DO UPDATE SET text = excluded.text, key = excluded.key, number = excluded.number"
)
_TAGS = "INSERT INTO lead_tag (lead_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING"


def targets(workspace):
    """{target: label} of what a column can become in this workspace."""
    return {**TARGETS, "tags": "Tags", **{f"{PREFIX}{one.id}": one.name for one in fields_of(workspace)}}


def headers(workspace):
    """{header as matching.plain() leaves it: target} of the workspace's own fields."""
    return {plain(one.name): f"{PREFIX}{one.id}" for one in fields_of(workspace) if plain(one.name)}


@dataclass(slots=True)
class Extra:
    """What a row has besides a lead's own fields: {Field: Value} and names of tags."""

    values: dict
    names: list


class Columns:
    """The columns of `imported` that are custom fields or tags."""

    def __init__(self, imported):
        known = {f"{PREFIX}{one.id}": one for one in fields_of(imported.workspace_id)}
        self.plan = [(number, known.get(target)) for number, target in enumerate(imported.mapping) if _is_extra(target)]
        self.plan = [(number, one) for number, one in self.plan if one or imported.mapping[number] == "tags"]
        # A list parted by commas was written for programs, where a point is the decimal mark.
        by_person = self.plan and imported.dialect.get("delimiter") != "," and imported.actor
        self.locale = imported.actor.locale if by_person else DEFAULT

    def read(self, cells, tidy, left_out):
        """The Extra of a row, or None; what cannot be kept goes to `left_out` as (label, text, why)."""
        found = Extra({}, [])
        for column, one in self.plan:
            if column >= len(cells) or not (text := cells[column].strip()):
                continue
            if not text.isprintable() or text[0] in "='":
                text = tidy(text)
            if one is None:
                self._tags(found, text, left_out)
                continue
            try:
                if value := cleaned(one, text, self.locale):
                    found.values[one] = value
            except Invalid as error:
                left_out.append((one.name, text, str(error)))
        return found if found.values or found.names else None

    def _tags(self, found, text, left_out):
        for name in tags.split(text):
            try:
                found.names.append(tags.clean_name(name))
            except Invalid as error:
                left_out.append(("Tags", name, str(error)))


def _is_extra(target):
    return target == "tags" or target.startswith(PREFIX)


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
