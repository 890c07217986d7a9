"""Reads and writes whose SQL is made once. Building a query costs Peewee more than SQLite needs to answer it, so what
runs on every request is compiled on first use and then only executed.
"""

import functools
from collections import namedtuple

from peewee import FieldAlias, Value

from db import db


class _Slot:
    """Stands in a compiled query's parameters for a value given at each call."""

    def __init__(self, name):
        self.name = name


class Prepared:
    """A read made by `build(*shape, **values)`, which returns a select query, or a write that returns something. Use it
    as a decorator.

    `row` is the class of the rows, a named tuple with the selected columns in their order; one is made without it.

    `shape` is what changes the SQL (each combination is compiled once), `values` are keyword-only and only fill in
    parameters: give them as the database keeps them (ids, text, numbers, `clock.stamp(moment)`). A call returns a list
    of named tuples with the selected columns, converted like Peewee's.
    """

    def __init__(self, build, row=None):
        self.build = build
        self.row = row
        self.compiled = {}
        functools.update_wrapper(self, build)

    def __call__(self, *shape, **values):
        cursor, make, converters = self._execute(shape, values)
        rows = cursor.fetchall()
        if not converters:
            return [make(row) for row in rows]
        return [make(_converted(row, converters)) for row in rows]

    def one(self, *shape, **values):
        """The first row or None."""
        rows = self(*shape, **values)
        return rows[0] if rows else None

    def _execute(self, shape, values):
        """(the cursor, and what else _compile() gives)."""
        key = (db.obj, shape)
        compiled = self.compiled.get(key)
        if compiled is None:
            compiled = self.compiled[key] = self._compile(shape, values)
        sql, parameters, make, converters = compiled
        filled = [values[slot.name] if slot.__class__ is _Slot else slot for slot in parameters]
        return db.execute_sql(sql, filled), make, converters

    def _compile(self, shape, values):
        self.compiled = {key: made for key, made in self.compiled.items() if key[0] is db.obj}
        query = self.build(*shape, **{name: Value(_Slot(name), converter=False) for name in values})
        sql, parameters = query.sql()
        names, converters = [], []
        for position, column in enumerate(query._returning or ()):
            field, name = _field_and_name(column)
            names.append(name)
            if field is not None and _converts(field):
                converters.append((position, field.python_value))
        return sql, parameters, (self.row or namedtuple("Row", names))._make, converters


class PreparedWrite(Prepared):
    """The same for a query that writes and returns nothing. A call returns how many rows it wrote."""

    def __call__(self, *shape, **values):
        return self._execute(shape, values)[0].rowcount


def instance(model, values):
    """An unchanged instance of `model` with `values` for all of its fields, in their order."""
    made = model(__no_default__=True)  # a quarter of the time that setting one attribute after another takes
    made.__data__.update(zip(model._meta.sorted_field_names, values, strict=True))
    return made


def _converted(row, converters):
    values = list(row)
    for position, convert in converters:
        if values[position] is not None:
            values[position] = convert(values[position])
    return values


def _field_and_name(column):
    """A selected column's field, or None for an expression, and the name it is read by."""
    alias = getattr(column, "_alias", None)
    field = getattr(column, "node", column)
    field = field.field if isinstance(field, FieldAlias) else field  # of a table alias
    is_field = hasattr(field, "python_value") and hasattr(field, "column_name")
    return (field if is_field else None), alias or field.name


_PLAIN = ("INT", "BIGINT", "VARCHAR", "TEXT", "AUTO", "BIGAUTO")


def _converts(field):
    """Whether the driver's value is not yet the field's own (a time, an enum, JSON, a boolean on SQLite)."""
    rel = getattr(field, "rel_field", None)
    return rel is None and (field.field_type not in _PLAIN or type(field).__module__ != "peewee")
