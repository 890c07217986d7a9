"""The SQL of an import: one look-up and a few bulk writes a batch, in place of a query a row.

Written by hand because model objects cost more than the rows themselves. SQLite gets `executemany`, Postgres COPY.
"""

import json
from dataclasses import dataclass

from db import as_peewee_raises, db, execute_many, is_sqlite
from webapp.core.clock import stamp
from webapp.leads.words import note_text

from .shaping import FIELDS

_ALIVE = "deleted_at IS NULL"
_COLUMNS = "id, origin_id, origin_row, owner_id, center_id, company_key, name_key, " + ", ".join(FIELDS)
_PLAN = "SELECT set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
_ARRAYS = {"employees": "integer[]", "value": "bigint[]", "id": "integer[]"}  # the rest is text
_HEAD = 7  # columns before the fields
EMAIL = FIELDS.index("email")
NO_ADDRESS = "no address"


@dataclass(slots=True, eq=False)
class Known:
    """A lead as it stands; `values` in the order of FIELDS."""

    id: int
    origin_id: int | None
    origin_row: int | None
    owner_id: int | None
    center_id: int | None
    company_key: str
    name_key: str
    values: list


def as_json(value):
    """The text of JSONText columns."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def known_leads(workspace_id, emails, people):
    """The leads with one of these addresses or (company_key, name_key) pairs, by all that they are found by.

    Keys are the address, the pair, and (pair, "no address") for a lead without one. Of several leads the oldest.
    """
    rows = [*_by_email(workspace_id, emails), *_by_person(workspace_id, people)]
    leads = {row[0]: Known(*row[:_HEAD], list(row[_HEAD:])) for row in rows}
    found = {}
    for _, lead in sorted(leads.items()):
        for key in keys_of_known(lead):
            found.setdefault(key, lead)
    return found


def keys_of_known(lead):
    """What `lead` is found by."""
    email, person = lead.values[EMAIL], (lead.company_key, lead.name_key)
    return (email, person) if email else (person, (person, NO_ADDRESS))


def _by_email(workspace_id, emails):
    return _each(workspace_id, "email <> '' AND email = k.a", [(email,) for email in emails])


def _by_person(workspace_id, people):
    return _each(workspace_id, "company_key = k.a AND name_key = k.b", people)


def _each(workspace_id, condition, keys):
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
        k = f"unnest({', '.join(['%s::text[]'] * len(names))}) AS k ({', '.join(names)})"
        sql = f"SELECT l.* FROM {k} CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM lead WHERE {where} OFFSET 0) l"
        db.execute_sql(_PLAN)
    return db.execute_sql(sql, [*values, workspace_id]).fetchall()


def refresh_statistics():
    """Let Postgres look at a table that is being filled: what it believes of an empty one makes look-ups scans."""
    if not is_sqlite():
        db.execute_sql("ANALYZE lead")


def insert_leads(rows, *, workspace_id, import_id, owner_id, center_id, moment):
    """Write new leads: `rows` are (origin_row, company_key, name_key, search_text, *values)."""
    columns = ("origin_row", "company_key", "name_key", "search_text", *FIELDS)
    same = {
        "workspace_id": workspace_id, "origin_id": import_id, "owner_id": owner_id, "center_id": center_id,
        "stage": "new", "stage_changed_at": stamp(moment), "touched_at": stamp(moment), "created_at": stamp(moment),
    }  # fmt: skip
    _insert("lead", columns, rows, same)


def last_lead():
    """The highest id of any lead: what is inserted next comes behind it."""
    return db.execute_sql("SELECT max(id) FROM lead").fetchone()[0] or 0


def unowned_since(lead_id, *, workspace_id, import_id, center_id):
    """The ids of the import's leads behind `lead_id` that came into the center without an owner."""
    where = "workspace_id = ? AND center_id = ? AND owner_id IS NULL AND stage = 'new' AND deleted_at IS NULL"
    sql = f"SELECT id FROM lead WHERE {where} AND id > ? AND origin_id = ? ORDER BY id".replace("?", db.obj.param)
    return [row[0] for row in db.execute_sql(sql, [workspace_id, center_id, lead_id, import_id]).fetchall()]


def update_leads(leads, moment):
    """Write the values of `leads`, a list of (Known, search_text)."""
    if not leads:
        return
    columns = (*FIELDS, "company_key", "name_key", "search_text", "id")
    rows = [(*lead.values, lead.company_key, lead.name_key, text, lead.id) for lead, text in leads]
    touched = stamp(moment)
    if is_sqlite():
        changes = ", ".join(f"{column} = ?" for column in columns[:-1])
        _many(f"UPDATE lead SET {changes}, touched_at = '{touched}' WHERE id = ?", rows)
        return
    arrays = ", ".join(f"%s::{_ARRAYS.get(column, 'text[]')}" for column in columns)
    changes = ", ".join(f"{column} = d.{column}" for column in columns[:-1])
    db.execute_sql(
        f"UPDATE lead SET {changes}, touched_at = %s FROM unnest({arrays}) AS d ({', '.join(columns)}) "
        "WHERE lead.id = d.id",
        [touched, *([*column] for column in zip(*rows, strict=True))],
    )


def insert_activities(rows, *, workspace_id, actor_id, moment):
    """Write timeline entries: `rows` are (lead_id, kind, data)."""
    same = {"workspace_id": workspace_id, "actor_id": actor_id, "created_at": stamp(moment)}
    rows = [(lead, kind, as_json(data), note_text(kind, data)) for lead, kind, data in rows]
    _insert("activity", ("lead_id", "kind", "data", "search_text"), rows, same)


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
    with as_peewee_raises, db.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *alike))


def _literal(value):
    """A number, NULL or a text of our own making (a stage, a time) as SQL."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'{}'".format(value.replace("'", "''"))


def _many(sql, rows):
    if rows:
        execute_many(sql, rows)
