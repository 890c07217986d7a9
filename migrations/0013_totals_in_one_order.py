"""Totals that a move taken back leaves as they were, and that no two writers wait for in two orders.

A lead whose stage goes back to when it was reached before gives its worth back in the hour in which it had moved, and
one that comes out of the bin in the hour in which it went there: `lead_hour` then says nothing happened. Before, the
worth came back in the hour of the earlier stage, weeks ago.

On Postgres, the triggers take one lock of the workspace before the first total or group of look-alikes. Whoever writes
several leads holds them all before the first change (leads/holding.py), so the order is: leads by id, this lock, totals
in whatever order. Without it, two transactions of several statements each could hold a total that the other needs.
"""

from peewee import *

HOURS = (
    (
        "WHEN {o}.deleted_at IS NULL AND {n}.deleted_at IS NOT NULL THEN {cut}({n}.deleted_at{length}",
        "WHEN ({o}.deleted_at IS NULL) <> ({n}.deleted_at IS NULL)"
        " THEN {cut}(coalesce({n}.deleted_at, {o}.deleted_at){length}",
    ),
    (
        "THEN {cut}({n}.stage_changed_at{length}",
        "THEN {cut}({later}({o}.stage_changed_at, {n}.stage_changed_at){length}",
    ),
)
SQLITE = {"o": "old", "n": "new", "cut": "substr", "length": ", 1, 13", "later": "max"}
POSTGRES = {"o": "o", "n": "n", "cut": "to_char", "length": ", 'YYYY-MM-DD HH24'", "later": "greatest"}
LOCK = "pg_advisory_xact_lock(1279607108, workspace_id)"  # the first number says that it is about totals of leads
OF_ROWS = f"PERFORM {LOCK} FROM (SELECT DISTINCT workspace_id FROM {{}} ORDER BY 1) w; "
FIRST = "INSERT INTO lead_day"  # of what changes totals
GATES = {
    "lead_days_inserted": (FIRST, OF_ROWS.format("new_rows")),
    "lead_days_updated": (FIRST, OF_ROWS.format("old_rows")),
    "lead_days_deleted": (FIRST, OF_ROWS.format("old_rows")),
    "lead_alike_inserted": ("INSERT INTO duplicate_group", OF_ROWS.format("new_rows")),
    "lead_alike_changed": ("DELETE FROM duplicate_group", f"PERFORM {LOCK.replace('workspace', 'old.workspace')}; "),
}


def up(migrator, db):
    if isinstance(db, SqliteDatabase):
        for name in ("lead_days_change", "lead_days_move"):
            _rewrite_trigger(db, name, _hours(SQLITE))
        return
    for name, (first, lock) in GATES.items():
        changes = _hours(POSTGRES) if name == "lead_days_updated" else []
        _rewrite_function(db, name, [*changes, (first, lock + first)])


def down(migrator, db):
    if isinstance(db, SqliteDatabase):
        for name in ("lead_days_change", "lead_days_move"):
            _rewrite_trigger(db, name, _back(_hours(SQLITE)))
        return
    for name, (first, lock) in GATES.items():
        changes = _hours(POSTGRES) if name == "lead_days_updated" else []
        _rewrite_function(db, name, _back([*changes, (first, lock + first)]))


def _hours(words):
    return [(old.format(**words), new.format(**words)) for old, new in HOURS]


def _back(changes):
    return [(new, old) for old, new in changes]


def _rewrite_trigger(db, name, changes):
    (sql,) = db.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", [name]).fetchone()
    db.execute_sql(f"DROP TRIGGER {name}")
    db.execute_sql(_changed(sql, changes))


def _rewrite_function(db, name, changes):
    (sql,) = db.execute_sql("SELECT pg_get_functiondef(%s::regproc)", [name]).fetchone()
    db.execute_sql(_changed(sql, changes).replace("%", "%%"))


def _changed(sql, changes):
    """`sql` with each first text of `changes`, where it stands first, or wherever an hour is chosen, as the second."""
    for old, new in changes:
        if old not in sql:
            raise ValueError(f"not as migration 0007 or 0010 made it: {old}")
        sql = sql.replace(old, new) if "THEN" in old else sql.replace(old, new, 1)
    return sql
