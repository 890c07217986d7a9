"""Keyset paging: a page begins after (or before) the last row seen, never at an OFFSET."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

from itsdangerous import BadData, URLSafeSerializer
from peewee import IntegerField, Tuple

from .clock import stamp

_cursor = URLSafeSerializer("paging", salt="cursor")  # not a secret: it only keeps the address short and whole
LONGEST = 4000  # letters of a cursor: a longer one could unpack into more memory than a page may take
_LARGEST = 2**63 - 1
_UNFIT = re.compile("[\0\ud800-\udfff]")  # what no database keeps, so no row has it


@dataclass(frozen=True)
class Page:
    """`rows` in display order; `older` and `newer` are cursors of the neighbouring pages or None."""

    rows: tuple
    older: str | None
    newer: str | None


def encode(direction, *keys):
    return _cursor.dumps([direction, *keys])


def decode(token):
    """(direction, keys), or (None, ()) for an absent, damaged or made-up cursor: the first page is the safe answer."""
    if not token or len(token) > LONGEST:
        return None, ()
    try:
        direction, *keys = _cursor.loads(token)
    except (BadData, ValueError, TypeError):
        return None, ()
    known = direction in ("older", "newer") and all(map(_is_key, keys))
    return (direction, tuple(keys)) if known else (None, ())


def by_moment(token):
    """`token` when it names a place in a list ordered by a moment and an id; else None, the first page."""
    keys = decode(token)[1]
    return token if len(keys) == 2 and is_moment(keys[0]) else None


def is_moment(key):
    """Whether a key is a moment as stamp() writes it: Postgres reads fewer ways to write one than Python does."""
    try:
        return stamp(datetime.fromisoformat(key).replace(tzinfo=UTC)) == key
    except (TypeError, ValueError):
        return False


def _is_key(value):
    """Whether a row could have this key: anybody can sign a cursor, so it may hold anything."""
    if type(value) is int:
        return abs(value) <= _LARGEST
    if type(value) is float:
        return isfinite(value)
    return type(value) is str and not _UNFIT.search(value)


def beyond(columns, keys, descending):
    """The condition "behind the row with these `keys`" in the order of `columns`: one row-value comparison."""
    row, bound = Tuple(*columns), Tuple(*keys)
    return row < bound if descending else row > bound


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind the row with `keys` (empty: at the start), read in the order `falling`."""

    keys: tuple
    falling: bool
    backwards: bool = False

    @classmethod
    def read(cls, cursor, columns, descending):
        """The place that `cursor` names in a list ordered by so many `columns`; the start when it names none.

        The last column is an id, so its key is a number.
        """
        direction, keys = decode(cursor)
        if direction is None or len(keys) != columns or type(keys[-1]) is not int:
            return cls((), descending)
        backwards = direction == "newer"
        return cls(keys, descending != backwards, backwards)

    def page(self, rows, size, keys_of):
        """The Page made of `rows`, up to size + 1 of them as they were read from here."""
        more, rows = len(rows) > size, rows[:size]
        if self.backwards:
            rows.reverse()
        if not rows:
            return Page((), None, None)
        has_older, has_newer = (True, more) if self.backwards else (more, bool(self.keys))
        return Page(
            tuple(rows),
            encode("older", *keys_of(rows[-1])) if has_older else None,
            encode("newer", *keys_of(rows[0])) if has_newer else None,
        )


def page_of(query, columns, keys_of, *, size, cursor=None, descending=True):
    """One Page of `query` ordered by `columns` (the last one unique); `keys_of(row)` gives a row's keys.

    Keys must survive JSON: give text or numbers.
    """
    place = Place.read(cursor, len(columns), descending)
    numbers = [isinstance(column, IntegerField) for column in columns]
    if place.keys and numbers != [not isinstance(key, str) for key in place.keys]:
        place = Place((), descending)
    query = ordered(query, columns, place.falling, place.keys)
    return place.page(list(query.limit(size + 1)), size, keys_of)


def ordered(query, columns, falling, keys=()):
    """`query` in the order of `columns`, from behind the row with `keys` when there are any."""
    if keys:
        query = query.where(beyond(columns, keys, falling))
    return query.order_by(*(column.desc() if falling else column.asc() for column in columns))
