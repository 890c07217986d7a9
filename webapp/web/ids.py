"""Ids as they come in addresses and forms. One that no row can have is unknown before a database is asked: SQLite
takes no number over 2**63.
"""

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1  # of an integer column on Postgres


class RowId(IntegerConverter):
    """`<int:…>` in a route: a larger number is no address (404)."""

    def __init__(self, url_map):
        super().__init__(url_map, max=LARGEST)


def row_id(text):
    """A form's or a query's id, for `args.get(name, type=row_id)`. Raises ValueError for what is none."""
    number = int(text)
    if not 0 < number <= LARGEST:
        raise ValueError("no row has this id")
    return number
