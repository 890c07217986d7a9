"""Many ids read as one row: thousands of rows take longer to fetch than to find."""

import json

from peewee import Select, fn

from db import db, is_sqlite


def gathered(query, name="id"):
    """A query of one row and column: the column `name` of all rows of `query`, to be read by numbers()."""
    part = query.alias("part")
    gather = fn.JSON_GROUP_ARRAY if is_sqlite() else fn.ARRAY_AGG
    return Select([part], [gather(getattr(part.c, name)).alias("numbers")]).bind(db.obj)


def gathered_sql(sql):
    """The same for a statement whose column is called id."""
    return f"SELECT {'json_group_array' if is_sqlite() else 'array_agg'}(id) FROM ({sql}) AS part"


def numbers(value):
    """The list that gathered() put into one value."""
    return json.loads(value) if is_sqlite() else value or []
