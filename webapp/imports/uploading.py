"""Taking a file in: kept under DATA_DIR/uploads, looked at, matched. One that cannot be read leaves nothing behind."""

import io
import os

from db import db
from webapp import config
from webapp.core.errors import Conflict, Invalid

from .columns import column_names, describe_columns
from .dialect import detect
from .extras import headers
from .fixing import fixes_of
from .keeping import keep, link, new_path, path_of, remove
from .models import Import, ImportFix, ImportState
from .options import RUN
from .reading import count_rows, is_blank, raw_records
from .recognising import program
from .shapes import recalled, recalled_options
from .workbooks import is_workbook, read_sheet, sheet_path, text_path

COUNTED = 8_000_000  # bytes up to which rows are counted at once; a larger file is estimated here, counted by the job
PASTED = "Pasted rows"
ABOVE = 20  # lines above the first row that a preview shows
_GONE = "The file of this import is not kept any more, so it cannot be imported again. Upload it anew."
_CHOICES = {"encoding", "delimiter", "header_line", "sheet", "decimal", "dates"}
# What falls with a choice, because it was said of another table: it is detected anew.
_FALLS = {
    "sheet": {"header_line", "decimal", "dates"}, "encoding": {"header_line"}, "delimiter": {"header_line"},
}  # fmt: skip


def upload(member, filename, stream):
    """Keep the file in `stream` (binary) and return its Import, matched and waiting. Raises Invalid with what to do."""
    return _take(member, shown_name(filename), stream)


def paste(member, text):
    """The same of rows that were copied from a spreadsheet or a list. Raises Invalid on field "text"."""
    if not text.strip():
        raise Invalid("Paste some rows first, with their column names if there are any.", "text")
    try:
        return _take(member, PASTED, io.BytesIO(text.encode("utf-8-sig", "replace")))
    except Invalid as error:
        why = str(error).replace("This file", "What you pasted").replace("this file", "what you pasted")
        raise Invalid(
            f"{why.partition('. ')[0].rstrip('.')}. Copy rows of a table and paste them here.", "text"
        ) from error


def _take(member, name, stream):
    path = new_path()
    try:
        keep(stream, path)
        return _taken_in(member, name, path)
    except BaseException:
        remove(path)
        raise


def _taken_in(member, name, path):
    looked, sheet = look(path, {})
    if sheet:
        os.replace(sheet, sheet_path(path))
    seen = _seen(member.workspace, text_path(path, looked[0]), {}, *looked)
    return Import.create(
        workspace=member.workspace,
        actor=member.user_id,
        filename=name,
        path=str(path.relative_to(config.current().data_dir)),
        size=path.stat().st_size,
        mapping=[column["field"] for column in seen["columns"]],
        options=recalled_options(member.workspace, [column["name"] for column in seen["columns"]]),
        **seen,
    )


def look(path, chosen, before=None):
    """((dialect, header, sample), the Path of a new CSV when a sheet was read, else None).

    `before` is the dialect until now, if there is one: its sheet is not read again.
    """
    with open(path, "rb") as file:
        head = file.read(8)
    if not is_workbook(head):
        return detect(path, **chosen), None
    told = {name: before[name] for name in ("format", "sheet", "sheets")} if before else {}
    sheet = None
    if not told or chosen.get("sheet", told["sheet"]) != told["sheet"]:
        told, sheet = read_sheet(path, chosen.get("sheet"))
    try:
        of_sheet = {name: value for name, value in chosen.items() if name != "sheet"}
        return detect(sheet or sheet_path(path), told, **of_sheet), sheet
    except BaseException:
        _discard(sheet)
        raise


def _discard(sheet):
    if sheet:
        sheet.unlink(missing_ok=True)


def _seen(workspace, text, chosen, dialect, header, sample):
    """What an Import keeps of how its file looks: {"dialect", "columns", "rows"}. `text` is the file with the rows."""
    names = column_names(header, sample)
    columns = describe_columns(names, sample, headers(workspace), recalled(workspace, names))
    size = text.stat().st_size
    estimated = size > COUNTED
    rows = _estimate(size, sample) if estimated else count_rows(text, {**dialect, "format": "text"})
    return {
        "dialect": {**dialect, "estimated": estimated, "chosen": sorted(chosen), "export": program(names)},
        "columns": columns,
        "rows": rows,
    }


def shown_name(filename):
    """The file's own name, without a folder, at most 255 letters."""
    name = (filename or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    return name[-255:] or "list.csv"


def _estimate(size, sample):
    """How many rows a large file has, from the length of its first ones."""
    letters = sum(len(cell) + 1 for cells in sample for cell in cells)
    return max(len(sample), round(size * len(sample) / letters))


def read_again(imported, **choices):
    """Read the file another way: by `encoding`, `delimiter`, `header_line`, `sheet`, `decimal`, `dates`, any of them.

    What else was chosen stays; what was detected is detected anew. Columns of the same name keep what was chosen for
    them. Fixes of cells fall when rows or columns became others. Raises Invalid on the field of a choice that cannot
    be, Conflict when the import has started or was changed meanwhile; then all is as it was.
    """
    was = imported.dialect
    made = {name: value for name, value in choices.items() if value != was.get(name)}
    if not made:
        return
    chosen = _chosen(was, made)
    path = path_of(imported)
    try:
        looked, sheet = look(path, chosen, was)
    except FileNotFoundError as error:
        raise Conflict(_GONE) from error
    except Invalid as error:
        raise _refused(error, [*made]) from error
    try:
        seen = _seen(imported.workspace, sheet or text_path(path, looked[0]), chosen, *looked)
        with db.atomic():
            _keep_seen(imported, seen)
            if sheet:
                os.replace(sheet, sheet_path(path))
    except BaseException:
        _discard(sheet)
        raise


def _refused(error, made):
    """The same error on the field of what was chosen."""
    if error.field != "file":
        return error
    unread = made[0] in ("encoding", "delimiter")
    return Invalid("Read this way, there is no table in the file. Choose otherwise." if unread else str(error), made[0])


def _chosen(was, made):
    """All that a person chose for a file with the dialect `was`, the choices `made` now included."""
    if unknown := made.keys() - _CHOICES:
        raise TypeError(f"no such choice: {sorted(unknown)}")
    if "sheet" in made and made["sheet"] not in was.get("sheets", ()):
        raise Invalid("Choose a sheet from the list.", "sheet")
    if was.get("format", "text") != "text" and (of_text := sorted(made.keys() & {"encoding", "delimiter"})):
        raise Invalid("A workbook has no encoding and no delimiter to choose.", of_text[0])
    fallen = set().union(*(_FALLS.get(name, ()) for name in made))
    kept = {name: was.get(name) for name in was.get("chosen", ()) if name not in fallen}
    return {name: value for name, value in (kept | made).items() if value or name == "header_line"}


def _keep_seen(imported, seen):
    mapping = _carried(imported, seen["columns"])
    values = {**seen, "mapping": mapping, "version": imported.version + 1}
    kept = (
        Import.update(**values)
        .where(Import.id == imported.id, Import.state == ImportState.UPLOADED, Import.version == imported.version)
        .execute()
    )
    if not kept:
        raise Conflict("This import has started or was changed meanwhile. Reload the page to see how it is now.")
    if _places(imported.dialect) != _places(seen["dialect"]):
        ImportFix.delete().where(ImportFix.imported == imported).execute()
    for name, value in values.items():
        setattr(imported, name, value)


def _places(dialect):
    """What the numbers of rows and columns depend on."""
    return [dialect.get(name) for name in ("sheet", "delimiter", "header_line", "quote", "escape")]


def _carried(imported, columns):
    """The mapping of `columns`: what those of the same name have in `imported`, else what was found for them now."""
    before = {}
    for column, target in zip(imported.columns, imported.mapping, strict=True):
        if target or column["field"]:
            before.setdefault(column["name"], []).append(target)
    kept = [before[column["name"]].pop(0) if before.get(column["name"]) else None for column in columns]
    return [
        ("" if column["field"] in kept else column["field"]) if target is None else target
        for column, target in zip(columns, kept, strict=True)
    ]


def preview(imported, size=5):
    """The file's first lines as they stand in it: [{"line", "cells", "kind"}], to the `size`-th row.

    "line" is what `header_line` takes; "kind" is "above", "header" or "row". Blank lines are left out, of those above
    all but the first ABOVE; [] when the file is gone.
    """
    header_line = imported.dialect["header_line"]
    shown, above = [], 0
    try:
        for line, cells in enumerate(raw_records(path_of(imported), imported.dialect)):
            kind = "row" if header_line is None or line > header_line else "header" if line == header_line else "above"
            above += kind == "above"
            if not is_blank(cells) and (kind != "above" or above <= ABOVE):
                shown.append({"line": line, "cells": cells, "kind": kind})
            size -= kind == "row" and not is_blank(cells)
            if size <= 0:
                break
    except FileNotFoundError:
        return []
    return shown


def import_again(imported, member):
    """A new Import of the same file by `member`, with the same dialect, mapping, options and fixes.

    Raises Conflict when the file is gone.
    """
    path, kept = new_path(), path_of(imported)
    try:
        link(kept, path)
        if text_path(kept, imported.dialect) != kept:
            link(sheet_path(kept), sheet_path(path))
        with db.atomic():
            return _copied(imported, member, path)
    except FileNotFoundError as error:
        remove(path)
        raise Conflict(_GONE) from error
    except BaseException:
        remove(path)
        raise


def _copied(imported, member, path):
    same = ("filename", "size", "dialect", "columns", "mapping", "rows")
    again = Import.create(
        workspace=member.workspace,
        actor=member.user_id,
        path=str(path.relative_to(config.current().data_dir)),
        options={name: value for name, value in imported.options.items() if name not in RUN},
        **{name: getattr(imported, name) for name in same},
    )
    for fix in fixes_of(imported):
        same = {name: getattr(fix, name) for name in ("number", "column", "was", "text")}
        ImportFix.create(workspace=member.workspace, imported=again, **same)
    return again


def remove_file(imported):
    """Delete the file of one import. One that is gone already stays so."""
    if imported.path:
        remove(path_of(imported))


def remove_files(workspace_id):
    """Delete the files that were uploaded to the workspace. Those that are gone already stay so."""
    for imported in Import.select(Import.path).where(Import.workspace == workspace_id, Import.path != ""):
        remove(path_of(imported))
