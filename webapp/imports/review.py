"""What the check found, as its page shows it: tabs, rows cell by cell, what the import would do."""

from collections import Counter
from typing import NamedTuple

from .checking import LISTED, NOTED
from .extras import targets
from .models import CheckedRow, Outcome

TABS = {
    Outcome.CREATED.value: "New", Outcome.UPDATED.value: "Update", Outcome.UNCHANGED.value: "Already here",
    Outcome.DUPLICATE.value: "Twice in the file", Outcome.SUPPRESSED.value: "Suppressed",
    Outcome.SKIPPED.value: "Left out", Outcome.FAILED.value: "Errors", NOTED: "Worth a look",
}  # fmt: skip
MEANINGS = {
    Outcome.CREATED.value: "These people become leads.",
    Outcome.UPDATED.value: "They are leads already. This is what the file changes.",
    Outcome.UNCHANGED.value: "They are leads already, and the file changes nothing.",
    Outcome.DUPLICATE.value: "The same person as a row above.",
    Outcome.SUPPRESSED.value: "They must not be written to, so they do not become leads.",
    Outcome.SKIPPED.value: "Left out as you chose, or a colleague's lead.",
    Outcome.FAILED.value: "These rows cannot be used as they are. Mend a cell, or leave them out.",
    NOTED: "These rows are imported. Something in them may not be as you want it.",
}


class Tab(NamedTuple):
    name: str
    label: str
    count: int


class Cell(NamedTuple):
    """A cell of a row that was checked. `becomes` is what is imported where that is another text ("" for nothing, as
    of "n/a"), None where it is the same, `why` what is wrong with it ("" for nothing), `alike` how many of the rows
    that are listed say the same in this column.
    """

    column: int
    text: str
    becomes: str | None
    why: str
    alike: int


class Reviewed(NamedTuple):
    """A CheckedRow and its Cells of the columns that are imported."""

    row: object
    cells: list

    @property
    def changes(self):
        """[(label, old, new)]."""
        return [(label, *pair) for label, pair in self.row.told.get("changes", {}).items()]


def tabs(imported):
    """The Tabs that have rows, in their order; New and Errors always."""
    counts = {**imported.check.get("outcomes", {}), NOTED: imported.check.get("noted", 0)}
    always = (Outcome.CREATED.value, Outcome.FAILED.value)
    return [Tab(name, label, counts.get(name, 0)) for name, label in TABS.items() if counts.get(name) or name in always]


def first_tab(imported):
    """The tab to begin with: what would be created, else the first that has rows."""
    return next((tab.name for tab in tabs(imported) if tab.count), Outcome.CREATED.value)


def planned(imported):
    """(leads to create, leads to update) by the check."""
    outcomes = imported.check.get("outcomes", {})
    return outcomes.get(Outcome.CREATED.value, 0), outcomes.get(Outcome.UPDATED.value, 0)


def columns_of(imported):
    """[(number, name, label of its field)] of the columns that are imported."""
    labels = targets(imported.workspace_id)
    named = zip(imported.columns, imported.mapping, strict=True)
    return [(number, column["name"], labels.get(target, "")) for number, (column, target) in enumerate(named) if target]


def reviewed(imported, rows):
    """The Revieweds of some CheckedRows of one tab."""
    columns = [number for number, target in enumerate(imported.mapping) if target]
    found = [(row, _problems(imported, row)) for row in rows]
    bad = {column for _, problems in found for column in problems}
    alike = _alike(imported, bad) if bad else Counter()
    return [Reviewed(row, [_cell(row, column, problems, alike) for column in columns]) for row, problems in found]


def _cell(row, column, problems, alike):
    text = row.cells[column] if column < len(row.cells) else ""
    why = problems.get(column, "")
    becomes = row.told.get("becomes", {}).get(str(column))
    return Cell(column, text, becomes if becomes != text else None, why, alike[column, text.strip()] if why else 0)


def _problems(imported, row):
    """{column: sentence}. A row that cannot be used for no cell of its own is mended by its address."""
    told = {int(column): why for column, why in row.told.get("problems", {}).items()}
    if not told and row.outcome is Outcome.FAILED and "email" in imported.mapping:
        return {imported.mapping.index("email"): row.reason}
    return told


def _alike(imported, columns):
    """{(column, text): rows that say so}, among the rows with problems that are kept."""
    query = CheckedRow.of(imported.workspace_id).where(CheckedRow.imported == imported.id)
    query = query.where((CheckedRow.outcome == Outcome.FAILED) | CheckedRow.noted).limit(2 * LISTED)
    found = Counter()
    for row in query:
        found.update((column, row.cells[column].strip() if column < len(row.cells) else "") for column in columns)
    return found


def cut_at(imported, tab):
    """After how many rows the list of a tab ends, where it has more; else 0."""
    count = next((one.count for one in tabs(imported) if one.name == tab), 0)
    return LISTED if count > LISTED else 0
