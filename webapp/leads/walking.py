"""How the leads of a list are read by key, whatever its order: a page of them, the neighbours of one.

The segments of an order are read one after the other; where there are many, as one for each owner, all in one query.
"""

from datetime import UTC, datetime

from peewee import SQL, Select

from webapp.core.clock import stamp
from webapp.core.paging import Page, decode, encode
from webapp.core.unions import part, together

from .models import Lead


def page_of(find, columns, make, parts, *, size, cursor=""):
    """One Page of what find(*columns) gives, in the order of the Segments `parts`; `make` makes a row of its values."""
    direction, keys = decode(cursor)
    at, keys = _place(parts, keys)
    backwards = direction == "newer" and at is not None
    numbers = _from(at or 0, parts, backwards)
    if len(parts) > 2:
        found = _rows_of(find, columns, _walk(find, parts, numbers, size + 1, keys, backwards))
    else:
        found = _read(find, columns, parts, numbers, size + 1, keys, backwards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page((), None, None)
    older, newer = (True, more) if backwards else (more, at is not None)
    width = len(columns)
    return Page(
        tuple(make(row[:width]) for _, row in found),
        _cursor("older", found[-1], width) if older else None,
        _cursor("newer", found[0], width) if newer else None,
    )


def _from(begin, parts, backwards):
    """The numbers of the segments from `begin` on."""
    return range(begin, -1, -1) if backwards else range(begin, len(parts))


def _read(find, columns, parts, numbers, size, keys=(), backwards=False):
    """[(number of the segment, columns and keys)] of up to `size` leads from behind `keys`, segment by segment."""
    found = []
    for number in numbers:
        behind = keys if number == numbers[0] else ()
        rows = parts[number].query(find, columns, size - len(found), behind, backwards).tuples()
        found += [(number, row) for row in rows]
        if len(found) == size:
            break
    return found


def _walk(find, parts, numbers, size, keys=(), backwards=False):
    """[(number of the segment, id, keys)] of up to `size` leads: of many segments with the same keys, in one query."""
    names = [f"key{at}" for at in range(len(parts[0].keys))]
    found = _in_turn(find, parts, numbers, size, keys, backwards, names).tuples()
    return [(number, lead_id, tuple(map(_aware, keys))) for number, lead_id, *keys in found]


def _in_turn(find, parts, numbers, size, keys, backwards, names=()):
    """A query of number, id and the keys with these names. Both databases take the parts of a UNION ALL in turn and
    stop at its limit.
    """
    queries = []
    for number in numbers:
        columns = (SQL(str(number)).alias("number"), Lead.id)
        behind = keys if number == numbers[0] else ()
        query = parts[number].query(find, columns, size, behind, backwards)
        queries.append(part(query, ("number", "id", *names)))
    return together(queries).limit(size)


def _aware(key):
    """A key as Peewee has it: a union's columns come as the driver gives them, on Postgres times without a zone."""
    return key.replace(tzinfo=UTC) if isinstance(key, datetime) else key


def _rows_of(find, columns, walked):
    """What _read() gives, of the leads that were walked by."""
    rows = {
        row[-1]: row[:-1] for row in find(*columns, Lead.id).where(Lead.id.in_([one[1] for one in walked])).tuples()
    }
    return [(number, (*rows[lead_id], *keys)) for number, lead_id, keys in walked if lead_id in rows]


def _place(parts, keys):
    """(number of the segment, keys of the row) that a cursor names; (None, ()) for the start."""
    if keys and type(keys[0]) is int and 0 <= keys[0] < len(parts) and parts[keys[0]].takes(keys[1:]):
        return keys[0], keys[1:]
    return None, ()


def _cursor(direction, found, width):
    number, row = found
    return encode(direction, number, *_comparable(row[width:]))


def _comparable(keys):
    """The keys of a row as they stand in a cursor and compare in the database."""
    return tuple(stamp(key) if isinstance(key, datetime) else key for key in keys)


def beside(find, parts, lead_id, here=None):
    """(id before, id after) of a lead in the order of `parts`; None at an end, or where it is not listed. `here` is
    where it stands if that is known: (number of the segment, keys).
    """
    here = here or _where(find, parts, lead_id)
    if here is None:
        return None, None
    found = dict(together(_nearest(find, parts, *here, side) for side in SIDES).tuples())
    return found.get(SIDES[0]), found.get(SIDES[1])


SIDES = ("before", "after")


def _where(find, parts, lead_id):
    def only(*columns):
        return find(*columns).where(Lead.id == lead_id)

    numbers = range(len(parts))
    if len(parts) > 2:
        found = [(number, keys) for number, _, keys in _walk(only, parts, numbers, 1)]
    else:
        found = _read(only, (), parts, numbers, 1)
    return (found[0][0], _comparable(found[0][1])) if found else None


def _nearest(find, parts, number, keys, side):
    """A query of (side, id) of the lead next to these keys, if there is one."""
    backwards = side == SIDES[0]
    nearest = _in_turn(find, parts, _from(number, parts, backwards), 1, keys, backwards).alias("nearest")
    return Select([nearest], [SQL(f"'{side}'"), nearest.c.id])
