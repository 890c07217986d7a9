"""The SQL of an import: one look-up and a few bulk writes a batch, in place of a query a row.

Written by hand because model objects cost more than the rows themselves. SQLite gets `executemany`, Postgres COPY.
"""

import json
from dataclasses import dataclass

from db import db, is_sqlite
from webapp.core.clock import stamp

from .shaping import FIELDS

_ALIVE = "deleted_at IS NULL"
_COLUMNS = "id, origin_id, origin_row, owner_id, company_key, name_key, " + ", ".join(FIELDS)
_HEAD = 6  # columns before the fields
EMAIL = FIELDS.index("email")


@dataclass(slots=True, eq=False)
class Known:
    """A lead as it stands; `values` in the order of FIELDS."""

    id: int
    origin_id: int | None
    origin_row: int | None
    owner_id: int | None
    company_key: str
    name_key: str
    values: list


def as_json(value):
    """The text of JSONText columns."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def known_leads(workspace_id, emails, names):
    """{address or (company_key, name_key): Known} of the leads with these addresses or names. Of several the oldest."""
    rows = _select(workspace_id, f"email <> '' AND email {_among()}", [emails]) if emails else []
    if names:
        companies, people = zip(*names, strict=True)
        rows += _select(workspace_id, f"company_key {_among()} AND name_key {_among()}", [companies, people])
    leads, found = {}, {}
    for row in sorted(rows):
        lead = leads.setdefault(row[0], Known(*row[:_HEAD], list(row[_HEAD:])))
        if email := lead.values[EMAIL]:
            found.setdefault(email, lead)
        found.setdefault((lead.company_key, lead.name_key), lead)
    return found


def _select(workspace_id, condition, lists):
    lists = [as_json(list(values)) if is_sqlite() else list(values) for values in lists]
    sql = f"SELECT {_COLUMNS} FROM lead WHERE workspace_id = {db.obj.param} AND {_ALIVE} AND {condition}"
    return list(db.execute_sql(sql, [workspace_id, *lists]).fetchall())


def _among():
    return "IN (SELECT value FROM json_each(?))" if is_sqlite() else "= ANY(%s)"


def insert_leads(rows, *, workspace_id, import_id, owner_id, moment):
    """Write new leads: `rows` are (origin_row, company_key, name_key, search_text, *values)."""
    columns = ("origin_row", "company_key", "name_key", "search_text", *FIELDS)
    same = {
        "workspace_id": workspace_id, "origin_id": import_id, "owner_id": owner_id, "stage": "new",
        "stage_changed_at": stamp(moment), "touched_at": stamp(moment), "created_at": stamp(moment),
    }  # fmt: skip
    _insert("lead", columns, rows, same)


def update_leads(leads, moment):
    """Write the values of `leads`, a list of (Known, search_text)."""
    mark = db.obj.param
    columns = (*FIELDS, "company_key", "name_key", "search_text", "touched_at")
    sql = f"UPDATE lead SET {', '.join(f'{column} = {mark}' for column in columns)} WHERE id = {mark}"
    touched = stamp(moment)
    _many(sql, [(*lead.values, lead.company_key, lead.name_key, text, touched, lead.id) for lead, text in leads])


def insert_activities(rows, *, workspace_id, actor_id, moment):
    """Write timeline entries: `rows` are (lead_id, kind, data)."""
    same = {"workspace_id": workspace_id, "actor_id": actor_id, "created_at": stamp(moment)}
    _insert("activity", ("lead_id", "kind", "data"), [(lead, kind, as_json(data)) for lead, kind, data in rows], same)


def insert_outcomes(rows, *, workspace_id, import_id):
    """Write import rows: `rows` are (number, outcome, lead_id, reason, cells, before)."""
    columns = ("number", "outcome", "lead_id", "reason", "cells", "before")
    rows = [(*row[:3], row[3][:500], as_json(row[4]), as_json(row[5])) for row in rows]
    _insert("import_row", columns, rows, {"workspace_id": workspace_id, "import_id": import_id})


def _insert(table, columns, rows, same):
    """Insert `rows` of `columns`; the columns of `same` are alike in each row."""
    if not rows:
        return
    names = ", ".join((*columns, *same))
    alike = tuple(same.values())
    if is_sqlite():
        marks = ", ".join("?" * len(columns))
        constants = ", ".join(map(_literal, alike))
        _many(f"INSERT INTO {table} ({names}) VALUES ({marks}, {constants})", rows)
        return
    with db.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *alike))


def _literal(value):
    """A number, NULL or a text of our own making (a stage, a time) as SQL."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'{}'".format(value.replace("'", "''"))


def _many(sql, rows):
    if rows:
        cursor = db.cursor()
        cursor.executemany(sql, rows)
        cursor.close()
