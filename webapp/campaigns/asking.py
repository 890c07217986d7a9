"""Reads that are written out, with :names for their values: what counts rows has to fit an index word by word."""

import re
from functools import lru_cache

from db import UTCDateTime, db, is_sqlite

_NAME = re.compile(r":(\w+)\b")
_TIME = UTCDateTime()


@lru_cache(maxsize=128)
def _compiled(text, param):
    return _NAME.sub(param, text), tuple(_NAME.findall(text))


def ask(text, **values):
    """The rows of a query as tuples; give moments as clock.stamp() writes them."""
    sql, names = _compiled(text, db.obj.param)
    return db.execute_sql(sql, [values[name] for name in names]).fetchall()


def moment(value):
    """A time as the database gave it, as an aware datetime."""
    return _TIME.python_value(value)


def hour_of(column):
    """The SQL for the hour of a moment, as "2026-11-21 09"."""
    return f"substr({column}, 1, 13)" if is_sqlite() else f"to_char({column}, 'YYYY-MM-DD HH24')"
