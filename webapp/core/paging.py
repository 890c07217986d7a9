"""Keyset paging: a page begins after (or before) the last row seen, never at an OFFSET."""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from peewee import Tuple

_cursor = URLSafeSerializer("paging", salt="cursor")  # not a secret: it only keeps the address short and whole


@dataclass(frozen=True)
class Page:
    """`rows` in display order; `older` and `newer` are cursors of the neighbouring pages or None."""

    rows: list
    older: str | None
    newer: str | None


def encode(direction, *keys):
    return _cursor.dumps([direction, *keys])


def decode(token):
    """(direction, keys), or (None, ()) for an absent or damaged cursor: the first page is the safe answer."""
    if not token:
        return None, ()
    try:
        direction, *keys = _cursor.loads(token)
    except (BadSignature, ValueError, TypeError):
        return None, ()
    return (direction, tuple(keys)) if direction in ("older", "newer") else (None, ())


def beyond(columns, keys, descending):
    """The condition "behind the row with these `keys`" in the order of `columns`: one row-value comparison."""
    row, bound = Tuple(*columns), Tuple(*keys)
    return row < bound if descending else row > bound


def page_of(query, columns, keys_of, *, size, cursor=None, descending=True):
    """One Page of `query` ordered by `columns` (the last one unique); `keys_of(row)` gives a row's keys.

    Keys must survive JSON: give text or numbers.
    """
    direction, keys = decode(cursor)
    if len(keys) != len(columns):
        direction = None
    backwards = direction == "newer"
    falling = descending != backwards
    if direction:
        query = query.where(beyond(columns, keys, falling))
    order = [column.desc() if falling else column.asc() for column in columns]
    rows = list(query.order_by(*order).limit(size + 1))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_older, has_newer = (True, more) if backwards else (more, direction is not None)
    return Page(
        rows,
        encode("older", *keys_of(rows[-1])) if has_older else None,
        encode("newer", *keys_of(rows[0])) if has_newer else None,
    )
