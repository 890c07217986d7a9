"""Cells mended before the import: one of them, or all of a column that say the same. The file itself stays as it is."""

from db import db
from webapp.core.errors import Conflict, Invalid, NotFound

from . import starting
from .models import CheckedRow, Import, ImportFix, ImportState

MOST = 10_000  # fixes an import takes
LETTERS = 10_000  # of a cell
SHOWN = 20  # fixes on the page


class Fixes:
    """The fixes of an import, for reading its rows."""

    def __init__(self, imported):
        self.cells, self.alike = {}, {}  # {row number: {column: text}}, {(column, what the cell says): text}
        for fix in fixes_of(imported):
            if fix.number is None:
                self.alike[fix.column, fix.was] = fix.text
            else:
                self.cells.setdefault(fix.number, {})[fix.column] = fix.text
        self.columns = sorted({column for column, _ in self.alike})

    def applied(self, numbered):
        """The (number, cells) of `numbered`, mended."""
        if not (self.cells or self.alike):
            return numbered
        return ((number, self._mended(number, cells)) for number, cells in numbered)

    def _mended(self, number, cells):
        own = self.cells.get(number, {})
        if not own and not any(column < len(cells) for column in self.columns):
            return cells
        cells = [*cells, *[""] * (max(own, default=-1) + 1 - len(cells))]
        for column in self.columns:
            if column < len(cells) and column not in own:
                cells[column] = self.alike.get((column, cells[column].strip()), cells[column])
        for column, text in own.items():
            cells[column] = text
        return cells


def fixes_of(imported):
    """The ImportFix rows of `imported`, those of before first."""
    return list(ImportFix.of(imported.workspace_id).where(ImportFix.imported == imported.id).order_by(ImportFix.id))


def newest_fixes(imported, size=SHOWN):
    """(the last `size` ImportFix rows of `imported`, the newest first, how many it has)."""
    fixes = ImportFix.of(imported.workspace_id).where(ImportFix.imported == imported.id)
    newest = list(fixes.order_by(ImportFix.id.desc()).limit(size))
    return newest, len(newest) if len(newest) < size else fixes.count()


def fix_cell(imported, number, column, text):
    """Let the cell of a row that the check showed say `text`. Raises NotFound, Invalid, Conflict after the start."""
    row = CheckedRow.of(imported.workspace_id).where(CheckedRow.imported == imported.id, CheckedRow.number == number)
    row = row.first()
    if row is None or not 0 <= column < len(imported.columns):
        raise NotFound("That row is not among those that were checked.")
    was = row.cells[column] if column < len(row.cells) else ""
    _fix(imported, number, column, was.strip(), _cleaned(text))


def fix_alike(imported, column, was, text):
    """Let every cell of a column that says `was` say `text`. Raises as fix_cell()."""
    if not 0 <= column < len(imported.columns):
        raise NotFound("This file has no such column.")
    _fix(imported, None, column, was.strip(), _cleaned(text))


def unfix(imported, fix_id):
    """Let a cell, or all that were mended alike, say what the file says again."""
    with db.atomic():
        _move_on(imported)
        of_it = (ImportFix.imported == imported.id) & (ImportFix.id == fix_id)
        if not ImportFix.delete().where(ImportFix.workspace == imported.workspace_id, of_it).execute():
            raise NotFound("That was taken back already.")


def _fix(imported, number, column, was, text):
    same = (ImportFix.imported == imported.id) & (ImportFix.column == column)
    same &= (ImportFix.number == number) if number is not None else ImportFix.number.is_null()
    with db.atomic():
        _move_on(imported)  # takes the row's lock: two who mend wait for each other
        if ImportFix.select().where(ImportFix.imported == imported.id).count() >= MOST:
            raise Invalid(f"An import takes up to {MOST:,} mended cells. Mend the rest in the file and upload it anew.")
        before = ImportFix.select().where(same).order_by(ImportFix.id)
        if number is not None:
            first = before.first()
            was = first.was if first else was
            ImportFix.delete().where(same).execute()
        else:
            ImportFix.delete().where(same, ImportFix.was == was).execute()
            of_column = (ImportFix.imported == imported.id) & (ImportFix.column == column)
            ImportFix.update(text=text).where(of_column, ImportFix.text == was).execute()  # mended once more
        if text != was:
            workspace = imported.workspace_id
            ImportFix.create(workspace=workspace, imported=imported, number=number, column=column, was=was, text=text)


def _move_on(imported):
    waiting = (Import.id == imported.id) & (Import.state == ImportState.UPLOADED)
    moved = Import.update(version=Import.version + 1).where(waiting).returning(Import.version)
    version = next(iter(moved), None)
    if version is None:
        raise Conflict(starting.STARTED)
    imported.version = version.version


def _cleaned(text):
    text = text.replace("\0", "").strip()
    if len(text) > LETTERS:
        raise Invalid(f"A cell takes up to {LETTERS:,} characters; this has {len(text):,}.")
    return text
