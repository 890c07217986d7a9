"""The rows of an outcome as a file in the original columns with the reason: safe to open, and the import takes it."""

import csv
import io

from webapp.core.spreadsheets import as_cell, from_cell

from . import queries
from .columns import ADDED
from .fixing import Fixes
from .keeping import path_of
from .models import Outcome
from .reading import rows

LISTED = {
    "created": Outcome.CREATED,
    "updated": Outcome.UPDATED,
    "unchanged": Outcome.UNCHANGED,
    "duplicate": Outcome.DUPLICATE,
    "suppressed": Outcome.SUPPRESSED,
    "skipped": Outcome.SKIPPED,
    "rejected": Outcome.FAILED,
}  # what an outcome is called in addresses and names of files
AT_ONCE = 500  # rows of the file that are looked at together


def rejected_rows(imported, outcome):
    """Lines of the CSV file, a part at a time: the file's columns, then row number and reason."""
    names = [column["name"] for column in imported.columns]
    yield "\ufeff" + _line([*names, *ADDED])
    for part in _created(imported) if outcome is Outcome.CREATED else _ended_as(imported, outcome):
        yield "".join(_line([*_in_columns(cells, len(names)), number, reason]) for number, cells, reason in part)


def _ended_as(imported, outcome):
    after = 0
    while found := queries.outcomes(imported, outcome, after):
        yield [(row.number, row.cells, row.reason) for row in found]
        after = found[-1].number


def _created(imported):
    """The rows of the file of which nothing else became. None once the file is gone."""
    path, part = path_of(imported), []
    if not imported.path or not path.is_file():
        return
    for number, cells in Fixes(imported).applied(rows(path, imported.dialect)):
        if number > imported.done_rows:
            break
        part.append((number, cells))
        if len(part) == AT_ONCE:
            yield _without_outcome(imported, part)
            part = []
    yield _without_outcome(imported, part)


def _without_outcome(imported, part):
    others = queries.numbers_with_outcome(imported, part[0][0], part[-1][0]) if part else ()
    return [(number, cells, "") for number, cells in part if number not in others]


def _in_columns(cells, width):
    """Cells beyond the last column go with it, so that none is lost."""
    cells = [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], " ".join(cell for cell in cells[width - 1 :] if cell)]


def _line(values):
    """A cell is read as the import reads it and then made safe, so that it reads the same again."""
    out = io.StringIO()
    csv.writer(out).writerow([as_cell(from_cell(value)) if isinstance(value, str) else value for value in values])
    return out.getvalue()
