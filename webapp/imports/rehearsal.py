"""A Store that writes nothing: what a run would do to the leads, kept in a temporary database of its own.

That one is a private SQLite file without a name, so a check of a million rows needs no memory and leaves nothing.
"""

import json
import sqlite3

from webapp.accounts.models import Center

from .batches import Ended
from .models import Outcome
from .rows import Known
from .writing import Store
from .writing_extras import Extras

_TABLES = (
    "CREATE TABLE lead (id INTEGER PRIMARY KEY, data TEXT NOT NULL)",  # leads as rows of the file would leave them
    "CREATE TABLE found (key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID",
    "CREATE TABLE touched (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)",
)
_CHUNK = 500  # values in one statement


class Rehearsal(Store):
    """Leads that would be created have negative ids. `ended` collects how rows end, also those that create a lead."""

    def __init__(self, imported, key):
        super().__init__(imported, key)
        self.ended = []
        self.side = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in _TABLES:
            self.side.execute(statement)

    def close(self):
        self.side.close()

    # ------------------------------------------------------------ looking up

    def _leads_of(self, rows):
        leads = super()._leads_of(rows)
        keys = {_text(key) for row in rows for key in row.keys}
        mine = {id_ for (id_,) in self._where("SELECT id FROM found WHERE key IN ({})", keys)}
        for id_, data in self._where("SELECT id, data FROM lead WHERE id IN ({})", {*leads, *mine}):
            leads[id_] = _read(id_, data)
        return {_age(id_): lead for id_, lead in leads.items()}

    def touched(self, lead_ids):
        return dict(self._where("SELECT id, number FROM touched WHERE id IN ({})", lead_ids))

    def _where(self, sql, values):
        values = list(values)
        for start in range(0, len(values), _CHUNK):
            some = values[start : start + _CHUNK]
            yield from self.side.execute(sql.format(", ".join("?" * len(some))), some).fetchall()

    # ------------------------------------------------- what a run would write

    def hold(self, lead_ids):
        pass

    def hold_center(self, center_id):
        return Center.get_or_none((Center.id == center_id) & Center.archived_at.is_null())

    def extras(self):
        return _Unwritten(self.workspace_id)

    def insert_leads(self, rows, *, owners, center_id, moment):
        for row, owner in zip(rows, owners, strict=True):
            about = (self.imported.id, row.number, owner, center_id, row.stage.value)
            self._keep(Known(-row.number, *about, *row.person, list(row.values), row.key))
            self.ended.append(Ended(row.number, Outcome.CREATED, row.cells))
        return {row.number: -row.number for row in rows}

    def assign(self, center, lead_ids):
        pass

    def update_leads(self, leads, moment):
        for lead, _ in leads:
            self._keep(lead)

    def move_leads(self, moved, moment):
        pass

    def insert_activities(self, rows, moment):
        pass

    def insert_outcomes(self, ended):
        self.ended += ended
        touched = [(end.lead_id, end.number) for end in ended if end.lead_id]
        self.side.executemany("INSERT OR IGNORE INTO touched VALUES (?, ?)", touched)

    def _keep(self, lead):
        places = [lead.owner_id, lead.center_id, lead.stage]
        about = [lead.origin_id, lead.origin_row, *places, *lead.person, lead.values, lead.mark]
        self.side.execute("INSERT OR REPLACE INTO lead VALUES (?, ?)", (lead.id, json.dumps(about)))
        keys = [(_text(key), lead.id) for key in self.key.keys_of(lead)]
        self.side.executemany("INSERT OR IGNORE INTO found VALUES (?, ?)", keys)


class _Unwritten(Extras):
    """Custom fields and tags that stay where they are. What a lead that is not there yet has is not looked up."""

    def load(self, lead_ids):
        super().load([one for one in lead_ids if one > 0])
        for one in lead_ids:
            self.had.setdefault(one, {})
            self.tagged.setdefault(one, {})

    def write(self):
        self.values.clear()
        self.names.clear()
        return []


def _text(key):
    return json.dumps(key)


def _read(id_, data):
    *about, values, mark = json.loads(data)
    return Known(id_, *about, values, mark and tuple(mark))


def _age(id_):
    """Leads that are there come before those that would be created, and these in the order of their rows."""
    return (0, id_) if id_ > 0 else (1, -id_)
