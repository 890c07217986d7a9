"""Writing many leads at once: taken in one order, found by one parameter, each with values of its own.

On Postgres, whoever changes several leads holds all of them before the first change. Two who do so wait for each other
in one order, and nobody who has changed a total has to wait for a lead any more (see migration 0013).
"""

from peewee import SQL, AutoField, ForeignKeyField, NodeList

from db import db, execute_many, is_sqlite
from webapp.core.errors import Conflict

from .models import Lead


def among(lead_ids, column=Lead.id):
    """The condition that `column` is one of these ids: one parameter, where a list costs Peewee 10 µs an id."""
    return among_text(ids_text(lead_ids), column)


def ids_text(ids):
    """These ids as one parameter for among_text(), in a prepared read for instance."""
    text = ",".join(map(str, ids))
    return f"[{text}]" if is_sqlite() else f"{{{text}}}"


def among_text(text, column=Lead.id):
    """The condition that `column` is one of the ids of ids_text()."""
    if is_sqlite():
        return NodeList((column, SQL("IN (SELECT value FROM json_each("), text, SQL("))")))
    return NodeList((column, SQL("= ANY(CAST("), text, SQL("AS integer[]))")))


def locked(query):
    """The rows of `query`, by lead, as the database keeps them; nobody changes these leads until it commits."""
    query = query.order_by(Lead.id)
    return db.execute(query if is_sqlite() else query.for_update("FOR NO KEY UPDATE", of=Lead)).fetchall()


def hold(lead_ids):
    """Lock these leads, deleted or not. SQLite has one writer anyway."""
    if not is_sqlite():
        locked(Lead.select(Lead.id).where(among(lead_ids)))


def hold_alive(lead):
    """Lock this lead before something is written to it. Raises Conflict when it was just deleted or merged away."""
    if not locked(Lead.select(Lead.id).where(Lead.id == lead.id, Lead.deleted_at.is_null())):
        raise Conflict(f"Somebody else just deleted {lead.name}.")


def set_each(columns, keys, rows):
    """Write values of its own into each of many rows of a table: `rows` are the values of `columns`, then those of
    `keys`, which find the row; all as the database keeps them. An UPDATE a row costs Peewee five times as much.
    """
    if not rows:
        return
    table, sqlite = columns[0].model._meta.table_name, is_sqlite()
    new = ", ".join(f"{field.column_name} = {'?' if sqlite else f'd.{field.column_name}'}" for field in columns)
    found = " AND ".join(f"t.{field.column_name} = {'?' if sqlite else f'd.{field.column_name}'}" for field in keys)
    if sqlite:
        execute_many(f"UPDATE {table} AS t SET {new} WHERE {found}", rows)
        return
    names = ", ".join(field.column_name for field in (*columns, *keys))
    arrays = ", ".join(f"%s::{_array(field)}" for field in (*columns, *keys))
    sql = f"UPDATE {table} t SET {new} FROM unnest({arrays}) AS d ({names}) WHERE {found}"
    db.execute_sql(sql, [list(values) for values in zip(*rows, strict=True)])


def _array(field):
    """The Postgres type of an array of what `field` keeps."""
    field = field.rel_field if isinstance(field, ForeignKeyField) else field
    kind = "INTEGER" if isinstance(field, AutoField) else db.obj.field_types.get(field.field_type, field.field_type)
    return f"{kind}[]"
