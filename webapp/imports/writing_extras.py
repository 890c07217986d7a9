"""Custom fields and tags of a batch: what its leads had, what its rows add, how that is written."""

from dataclasses import dataclass, field

from db import execute_many
from webapp.core.text import fold
from webapp.leads import tags
from webapp.leads.custom import fields_of, texts_of

from .extras import PREFIX

_VALUES = (
    "INSERT INTO custom_value (field_id, lead_id, text, key, number) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (lead_id, field_id) DO UPDATE SET text = excluded.text, key = excluded.key, number = excluded.number"
)
_TAGS = "INSERT INTO lead_tag (lead_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING"


def _always(target):
    return True


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
                self.tagged[one] = {fold(name)[: tags.KEY]: name for name in names[one]}

    def give(self, lead_id, extra):
        """What a new lead begins with."""
        self.had[lead_id], self.tagged[lead_id] = {}, {}
        self.merge(lead_id, extra, _always)

    def merge(self, lead_id, extra, overwrites):
        """Add what `extra` has to a lead that was loaded; `overwrites(target)` says whether the row wins.

        Returns (changes by name, custom fields by name, {target: before}, {target: after}).
        """
        had, tagged = self.had[lead_id], self.tagged[lead_id]
        changes, custom, before, after = {}, {}, {}, {}
        for one, value in extra.values.items():
            target, old = f"{PREFIX}{one.id}", had.get(one.id, "")
            if value.text != old and (not old or overwrites(target)):
                had[one.id] = value.text
                self.values[lead_id, one.id] = value
                changes[one.name], custom[one.name] = [old, value.text], one.identity
                before[target], after[target] = old, value.text
        new = {}
        for name in extra.names:
            if (key := fold(name)[: tags.KEY]) not in tagged:
                new.setdefault(key, name)
        if new:
            before["tags"] = ", ".join(tagged.values())
            tagged |= new
            self.names |= {(lead_id, key): name for key, name in new.items()}
            after["tags"] = ", ".join(tagged.values())
            changes["tags"] = [before["tags"], after["tags"]]
        return changes, custom, before, after

    def write(self):
        """Write what came together. Returns (lead id, what could not be) of each lead for which something is left."""
        left = [*self._write_values(), *self._write_tags()]
        self.values.clear()
        self.names.clear()
        return left

    def _write_values(self):
        fields = {one.id for one in fields_of(self.workspace_id)} if self.values else set()
        execute_many(_VALUES, [(one, lead, *value) for (lead, one), value in self.values.items() if one in fields])
        for (lead, one), value in self.values.items():
            if one not in fields:
                yield lead, f"“{value.text}”, for its field was just deleted."

    def _write_tags(self):
        known = tags.make_room(self.workspace_id, self.names.values()) if self.names else {}
        execute_many(_TAGS, [(lead, known[key].id) for lead, key in self.names if key in known])
        left = {}
        for (lead, key), name in self.names.items():
            if key not in known:
                left.setdefault(lead, []).append(name)
        for lead, names in left.items():
            yield lead, f"Tags: {', '.join(names)}. There is no room for more."
