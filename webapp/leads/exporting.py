"""The leads of a Filter as a file's rows, read a page at a time, so that neither memory nor a transaction grows.

Rows come in the order of the view. Where a lead's place in it changes by the hour (STIRRED), one that moves while the
file is written could be missed or come twice; the rows then come by age, the newest first.
"""

import csv
import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.accounts.centers import known_to
from webapp.core.spreadsheets import as_cell

from . import custom, listing
from .criteria import CUSTOM, SHOWN
from .field_models import CustomKind
from .models import Stage

SIZE = 500  # leads that are read at once
STIRRED = ("touch", "due", "score", "stage")
BY_AGE = (("created", True),)
SHEET = 1_048_575  # rows that a sheet has below its header
# field: [(header, attribute of a Row)] where it is not one column under the field's own label; the import knows these
SPELLED = {
    "name": [("First name", "first_name"), ("Last name", "last_name")],
    "title": [("Job title", "title")],
    "center": [("Center", "center_id")],
    "tag": [("Tags", "tag_names")],
    "due": [("Next to-do", "next_step"), ("Due", "next_due_at")],
    "next": [("Kind of next to-do", "next_kind")],
    "touch": [("Last touch", "touched_at")],
    "created": [("Created", "created_at")],
    "moved": [("Stage changed", "stage_changed_at")],
    **{stage: [(SHOWN[stage].label, f"{stage}_at")] for stage in Stage if stage is not Stage.NEW},
}


def tables(member, chosen, *, everything=False, lead_ids=()):
    """The header, then all leads of `chosen`, or of `lead_ids` in their order: lists of rows of cells, which are texts
    and numbers. With the columns that `chosen` shows, or all there are.
    """
    names, fields = _columns(member, chosen, everything)
    plain = [column for name in names for column in SPELLED.get(name, [(SHOWN[name].label, name)])]
    yield [[*(header for header, _ in plain), *(field.name for field in fields)]]
    write = _Writer(member, [attribute for _, attribute in plain])
    for rows in [_ticked(member, lead_ids)] if lead_ids else _pages(member, chosen):
        texts = custom.texts_of([row.id for row in rows], fields)
        yield [[*write(row), *_own(texts.get(row.id, {}), fields)] for row in rows]


def _columns(member, chosen, everything):
    """(names of criteria.SHOWN, Fields of the workspace) of the file's columns."""
    known = custom.fields_of(member.workspace)
    if everything:
        return list(SHOWN), known
    shown = {field.slug: field for field in known}
    fields = [shown.get(name.removeprefix(CUSTOM)) for name in chosen.columns if name.startswith(CUSTOM)]
    plain = [name for name in chosen.columns if name in SHOWN]
    return ["name", *plain], tuple(field for field in fields if field)


def _ticked(member, lead_ids):
    return sorted(listing.rows(member, lead_ids), key=lambda row: lead_ids.index(row.id))


def _pages(member, chosen):
    sorts = BY_AGE if chosen.sort in STIRRED else chosen.sorts
    cursor = ""
    while cursor is not None:
        page = listing.table(member, replace(chosen, sorts=sorts, size=SIZE, page=cursor))
        if page.rows:
            yield page.rows
        cursor = page.older


class _Writer:
    """Makes cells of what a Row has."""

    def __init__(self, member, attributes):
        self.attributes, self.zone = attributes, ZoneInfo(member.time_zone)
        self.centers = {center.id: center.name for center in known_to(member)} if "center_id" in attributes else {}

    def __call__(self, row):
        return [self._cell(name, getattr(row, name)) for name in self.attributes]

    def _cell(self, name, value):
        if value is None:
            return ""
        if name == "center_id":
            return self.centers.get(value, "")
        if isinstance(value, Stage):
            return value.label
        if isinstance(value, datetime):
            return value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        return ", ".join(value) if isinstance(value, tuple) else value


def _own(texts, fields):
    """The cells of a workspace's own fields."""
    for field in fields:
        text = texts.get(field.id, "")
        yield Decimal(text) if text and field.kind is CustomKind.NUMBER else text


def csv_parts(tables):
    """The file's text, a part for each list of rows. It begins with what tells a spreadsheet that it is UTF-8."""
    mark = "\ufeff"
    for rows in tables:
        out = io.StringIO()
        csv.writer(out).writerows([as_cell(cell) for cell in row] for row in rows)
        yield mark + out.getvalue()
        mark = ""


def write_xlsx(file, tables, title="Leads"):
    """Write the rows as a workbook into `file`; what is more than a sheet called `title` holds goes on in another."""
    import xlsxwriter  # heavy: loaded on first use

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    (header,) = next(tables)
    sheet, at = None, SHEET
    for rows in tables:
        for row in rows:
            if at == SHEET:
                sheet, at = _sheet(book, title, header, bold), 0
            at += 1
            _write_row(sheet, at, row, quoted)
    if sheet is None:
        _sheet(book, title, header, bold)
    book.close()


def _sheet(book, title, header, bold):
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def _write_row(sheet, at, row, quoted):
    """Texts as texts: a spreadsheet never takes one for a formula, a link or a number."""
    for column, cell in enumerate(row):
        if not isinstance(cell, str):
            sheet.write_number(at, column, cell)
        elif cell:
            sheet.write_string(at, column, cell, quoted if as_cell(cell) != cell else None)
