"""The SQL of an import: one look-up and a few bulk writes a batch, in place of a query a row.

Written by hand because model objects cost more than the rows themselves. SQLite gets `executemany`, Postgres COPY.
"""

import json

from peewee import fn

from db import as_peewee_raises, db, execute_many, is_sqlite
from webapp.core.clock import stamp
from webapp.leads.assignment import assign
from webapp.leads.assignment import hold as hold_center
from webapp.leads.field_models import CustomValue
from webapp.leads.holding import among, hold
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.pipeline import reached
from webapp.leads.words import note_text

from .models import ImportRow
from .rows import ByField, Known
from .shaping import FIELDS
from .suppressed import suppressed
from .writing_extras import Extras

_ALIVE = "deleted_at IS NULL"
_COLUMNS = "id, origin_id, origin_row, owner_id, center_id, stage, company_key, name_key, " + ", ".join(FIELDS)
_PLAN = "SELECT set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
_ARRAYS = {"employees": "integer[]", "value": "bigint[]", "owner_id": "integer[]", "id": "integer[]"}  # else text
_HEAD = 8  # columns before the fields


def as_json(value):
    """The text of JSONText columns."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def refresh_statistics():
    """Let Postgres look at a table that is being filled: what it believes of an empty one makes look-ups scans."""
    if not is_sqlite():
        db.execute_sql("ANALYZE lead")


class Store:
    """The leads of an import's workspace, as its batches find and write them. rehearsal.py writes nothing."""

    def __init__(self, imported, key):
        self.imported, self.key, self.workspace_id = imported, key, imported.workspace_id

    # ------------------------------------------------------------ looking up

    def known(self, rows):
        """The leads that `rows` may be about, by all that they are found by. Of several for a key the oldest."""
        found = {}
        for _, lead in sorted(self._leads_of(rows).items()):
            for key in self.key.keys_of(lead):
                found.setdefault(key, lead)
        return found

    def _leads_of(self, rows):
        """{lead id: Known} of those in the database."""
        emails = [(row.email,) for row in rows if row.email]
        people = [row.person for row in rows if row.is_person]
        marks = [row.key for row in rows if row.key]
        found = [
            *self._each(emails, "email <> '' AND email = k.a"),
            *self._each(people, "company_key = k.a AND name_key = k.b"),
        ]
        leads = {row[0]: _as_known(row) for row in found}
        if isinstance(self.key, ByField):
            return leads | self._marked(marks, list(leads))
        places = [mark[1:] for mark in marks]
        same = self._each(places, "domain <> '' AND domain = k.a AND name_key = k.b")
        return leads | {row[0]: _as_known(row) for row in same}

    def _marked(self, marks, lead_ids):
        """The leads that have one of `marks` in the field they are told apart by, and these, each with its own."""
        field_id = self.key.field.id
        values = CustomValue.select(CustomValue.lead, CustomValue.key).where(CustomValue.field == field_id)
        by_mark = values.where(CustomValue.key.in_([mark[1] for mark in marks]))
        marks_of = dict([*by_mark.tuples(), *values.where(CustomValue.lead.in_(lead_ids)).tuples()])
        ids = [(lead_id,) for lead_id in {*marks_of, *lead_ids}]
        leads = {row[0]: _as_known(row) for row in self._each(ids, "lead.id = k.a", "integer")}
        for lead_id, mark in marks_of.items():
            if lead_id in leads:
                leads[lead_id].mark = (field_id, mark, "")
        return leads

    def _each(self, keys, condition, kind="text"):
        """The leads that meet `condition` for one of `keys`, each looked up in its index.

        Both databases are told to take the keys one by one. Left to themselves, SQLite tries two lists in all their
        combinations, and Postgres may read the whole workspace instead.
        """
        if not keys:
            return []
        where = f"workspace_id = {db.obj.param} AND {_ALIVE} AND {condition}"
        if is_sqlite():
            k = "(SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each(?)) k"
            sql, values = f"SELECT {_COLUMNS} FROM {k} CROSS JOIN lead WHERE {where}", [as_json(keys)]
        else:
            names, values = "ab"[: len(keys[0])], [list(part) for part in zip(*keys, strict=True)]
            k = f"unnest({', '.join([f'%s::{kind}[]'] * len(names))}) AS k ({', '.join(names)})"
            sql = f"SELECT l.* FROM {k} CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM lead WHERE {where} OFFSET 0) l"
            db.execute_sql(_PLAN)
        return db.execute_sql(sql, [*values, self.workspace_id]).fetchall()

    def touched(self, lead_ids):
        """{lead id: number of the first row} of those leads that rows of earlier batches were about."""
        if not lead_ids:
            return {}
        rows = ImportRow.select(ImportRow.lead, fn.MIN(ImportRow.number)).where(ImportRow.lead.in_(lead_ids))
        return dict(rows.where(ImportRow.imported == self.imported.id).group_by(ImportRow.lead).tuples())

    def suppressed(self, emails):
        """Those of these addresses that the workspace must not write to."""
        return suppressed(self.workspace_id, emails)

    def notes(self, lead_ids):
        """{(lead id, text)} of the notes on these leads."""
        notes = Activity.select(Activity.lead, Activity.data).where(Activity.kind == ActivityKind.NOTE)
        return {(lead_id, data.get("text")) for lead_id, data in notes.where(Activity.lead.in_(lead_ids)).tuples()}

    # --------------------------------------------------------------- writing

    def hold(self, lead_ids):
        """Lock these leads before anything is written: see leads/holding.py."""
        hold(lead_ids)

    def hold_center(self, center_id):
        """The center that new leads come into, locked; None when it is archived or gone."""
        return hold_center(center_id)

    def extras(self):
        return Extras(self.workspace_id)

    def insert_leads(self, rows, *, owners, center_id, moment):
        """Write a new lead for each of `rows`, the owner of each in `owners`; returns {row number: lead id}."""
        if not rows:
            return {}
        before = self.last_lead()
        for stage, some in _by_stage(rows, owners).items():
            same = {
                "workspace_id": self.workspace_id, "origin_id": self.imported.id, "center_id": center_id,
                "stage": stage.value, "stage_changed_at": stamp(moment), "touched_at": stamp(moment),
                "created_at": stamp(moment),
            }  # fmt: skip
            if stage.reached_column:
                same[stage.reached_column] = stamp(moment)
            _insert("lead", ("origin_row", "owner_id", "company_key", "name_key", "search_text", *FIELDS), some, same)
        sql = "SELECT origin_row, id FROM lead WHERE id > ? AND origin_id = ?".replace("?", db.obj.param)
        return dict(db.execute_sql(sql, [before, self.imported.id]).fetchall())

    def last_lead(self):
        """The highest id of any lead: what is inserted next comes behind it."""
        return db.execute_sql("SELECT max(id) FROM lead").fetchone()[0] or 0

    def assign(self, center, lead_ids):
        """Find owners for those of the new leads that came into the center without one."""
        assign(center, lead_ids, actor_id=self.imported.actor_id)

    def update_leads(self, leads, moment):
        """Write the values of `leads`, a list of (Known, search_text)."""
        if not leads:
            return
        columns = (*FIELDS, "owner_id", "company_key", "name_key", "search_text", "id")
        rows = [(*lead.values, lead.owner_id, lead.company_key, lead.name_key, text, lead.id) for lead, text in leads]
        touched = stamp(moment)
        if is_sqlite():
            changes = ", ".join(f"{column} = ?" for column in columns[:-1])
            rows = [(*row[:-1], touched, row[-1]) for row in rows]
            execute_many(f"UPDATE lead SET {changes}, touched_at = ? WHERE id = ?", rows)
            return
        arrays = ", ".join(f"%s::{_ARRAYS.get(column, 'text[]')}" for column in columns)
        changes = ", ".join(f"{column} = d.{column}" for column in columns[:-1])
        db.execute_sql(
            f"UPDATE lead SET {changes}, touched_at = %s FROM unnest({arrays}) AS d ({', '.join(columns)}) "
            "WHERE lead.id = d.id",
            [touched, *([*column] for column in zip(*rows, strict=True))],
        )

    def move_leads(self, moved, moment):
        """Let leads enter stages: `moved` is {Stage: [lead ids]}."""
        for stage, lead_ids in moved.items():
            Lead.update(reached(stage, moment)).where(among(lead_ids)).execute()

    def insert_activities(self, rows, moment):
        """Write timeline entries: `rows` are (lead_id, kind, data)."""
        same = {"workspace_id": self.workspace_id, "actor_id": self.imported.actor_id, "created_at": stamp(moment)}
        rows = [(lead, kind, as_json(data), note_text(kind, data)) for lead, kind, data in rows]
        _insert("activity", ("lead_id", "kind", "data", "search_text"), rows, same)

    def insert_outcomes(self, ended):
        """Write import rows of how rows Ended."""
        columns = ("number", "outcome", "lead_id", "reason", "cells", "before", "after")
        rows = [
            (
                *(end.number, end.outcome.value, end.lead_id, end.reason[:500]),
                *(as_json(end.cells), as_json(end.before), as_json(end.after)),
            )
            for end in ended
        ]
        _insert("import_row", columns, rows, {"workspace_id": self.workspace_id, "import_id": self.imported.id})


def _as_known(row):
    return Known(*row[:_HEAD], list(row[_HEAD:]))


def _by_stage(rows, owners):
    """{Stage: [the columns of each lead]}."""
    parts = {}
    for row, owner in zip(rows, owners, strict=True):
        lead = (row.number, owner, *row.person, row.search_text, *row.values)
        parts.setdefault(row.stage, []).append(lead)
    return parts


def _insert(table, columns, rows, same):
    """Insert `rows` of `columns`; the columns of `same` are alike in each row."""
    if not rows:
        return
    names, alike = ", ".join((*columns, *same)), tuple(same.values())
    if is_sqlite():
        # One statement, as its search index is written for each; without literals, as its triggers are long to compile.
        marks = f"({', '.join('?' * (len(columns) + len(same)))})"
        values = [value for row in rows for value in (*row, *alike)]
        db.execute_sql(f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(rows))}", values)
        return
    with as_peewee_raises, db.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *alike))
