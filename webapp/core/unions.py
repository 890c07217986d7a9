"""Several queries asked as one, by UNION ALL. Their columns come as the driver gives them, unconverted."""

from functools import reduce

from peewee import Select

from db import db


def together(queries):
    """One query of all rows of `queries`, in turn."""
    return reduce(lambda one, other: one.union_all(other), queries).bind(db.obj)


def part(query, names=None):
    """`query` fit for together(): SQLite takes an order and a limit in a union only in a table inside.

    `names` are those of its columns that are wanted; all of them if they are not given.
    """
    inner = query.alias("part")
    wanted = names or [getattr(column, "_alias", None) or column.column_name for column in query._returning]
    return Select([inner], [getattr(inner.c, name) for name in wanted])
