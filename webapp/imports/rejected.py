"""The rows that did not become leads, as a file in the original columns with the reason, safe to open anywhere."""

import csv
import io

from webapp.core.spreadsheets import RISKY

from . import queries


def neutral(cell):
    """`cell` so that no spreadsheet runs it as a formula; importing it again gives the value back."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def rejected_rows(imported, outcome):
    """Lines of the CSV file, a part at a time: the file's columns, then row number and reason."""
    names = [column["name"] for column in imported.columns]
    yield "\ufeff" + _line([*names, "Row", "Reason"])
    after = 0
    while rows := queries.outcomes(imported, outcome, after):
        yield "".join(_line([*_in_columns(row.cells, len(names)), row.number, row.reason]) for row in rows)
        after = rows[-1].number


def _in_columns(cells, width):
    """Cells beyond the last column go with it, so that none is lost."""
    cells = [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], " ".join(cell for cell in cells[width - 1 :] if cell)]


def _line(values):
    out = io.StringIO()
    csv.writer(out).writerow([neutral(value) if isinstance(value, str) else value for value in values])
    return out.getvalue()
