"""A delimited file as records of cells, read once and in order: memory does not grow with the file.

A `dialect` is what dialect.py found: {"encoding", "delimiter", "header_line", "spaces"} and, where they are not the
usual ones, "quote" (the mark around cells) and "escape" (whether a backslash stands before a mark within a cell);
`header_line` is the number of the record with the column names, 0-based, or None when the file has none. Of a workbook
it is the sheet beside the upload that is read: see workbooks.py.
"""

import csv
import re
from collections import deque
from itertools import islice

from .workbooks import text_path

RECORD_LINES = 1000  # a quote still open after so many lines was never meant to open one
RECORD_LETTERS = 1 << 20
_END = "\0end\0"  # no line of a file holds a NUL: they are taken out
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_ASIDE = "\x02"  # a list that has this has an apostrophe there from now on
_ESCAPED = re.compile(r"\\([\\\"'])")

csv.field_size_limit(8 << 20)  # records are bounded by what an upload may be and by RECORD_LETTERS, not by this


class _UnclosedQuote(Exception):
    pass


class _Feed:
    """Lines for csv.reader. Keeps those of the record being read, so that a quote that never closes can be undone."""

    def __init__(self, lines):
        self.lines = lines
        self.record = []
        self.again = deque()
        self.letters = 0

    def __iter__(self):
        return self

    def __next__(self):
        line = self.again.popleft() if self.again else next(self.lines)
        record = self.record
        if record:
            self.letters += len(line)
            if len(record) > RECORD_LINES or self.letters > RECORD_LETTERS:
                self.again.appendleft(line)
                raise _UnclosedQuote
        record.append(line)
        return line

    def done(self):
        self.record.clear()
        self.letters = 0

    def undo(self):
        """Give back the first line of the record; the others are read again."""
        first, *others = self.record
        self.again.extendleft(reversed(others))
        self.done()
        return first


def records(lines, delimiter, spaces=False, quote='"', escape=False):
    """Each record of `lines` (text with its line ends) as a list of cells, blank ones as []."""
    if escape:
        lines = _doubled(lines, quote)
    if quote == "'":
        return _with_apostrophes(lines, delimiter, spaces)
    return _records(lines, delimiter, spaces, quote)


def _records(lines, delimiter, spaces, quote):
    feed = _Feed(_with_end(lines))
    options = {"delimiter": delimiter, "skipinitialspace": spaces, "quotechar": quote}
    reader = csv.reader(feed, **options)
    while True:
        try:
            for cells in reader:
                if cells and cells[-1].endswith(_END):
                    if len(cells) == 1 and cells[0] == _END:
                        return
                    raise _UnclosedQuote
                feed.done()
                yield cells
        except (_UnclosedQuote, csv.Error):
            yield from csv.reader([feed.undo()], quoting=csv.QUOTE_NONE, **options)
            reader = csv.reader(feed, **options)


def _with_apostrophes(lines, delimiter, spaces):
    """Records with single quotes around cells. One between two letters is an apostrophe, kept out of the parsing."""
    lines = (_APOSTROPHE.sub(_ASIDE, line.replace("\0", "")) for line in lines)
    for cells in _records(lines, delimiter, spaces, "'"):
        yield [cell.replace(_ASIDE, "'") for cell in cells]


def _with_end(lines):
    for line in lines:
        yield line.replace("\0", "") if "\0" in line else line
    yield _END


def _doubled(lines, quote):
    """Marks behind a backslash doubled instead, as csv.reader takes them: its own `escapechar` would eat the
    backslashes of paths and line breaks, too."""

    def double(match):
        return match[1] * 2 if match[1] == quote else match[0] if match[1] != "\\" else "\\"

    for line in lines:
        yield _ESCAPED.sub(double, line) if "\\" in line else line


def open_text(path, encoding):
    """The file as text, its line ends as they are. What the encoding cannot read becomes U+FFFD."""
    return open(path, encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline="")


def is_blank(cells):
    """Whether a record is no row: nothing stands in any cell."""
    return not any(cells) or not any(map(str.strip, cells))


def raw_records(path, dialect):
    """Every record of the file, also those above the column names and blank ones."""
    with open_text(text_path(path, dialect), dialect["encoding"]) as lines:
        yield from records(
            lines, dialect["delimiter"], dialect["spaces"], dialect.get("quote", '"'), dialect.get("escape", False)
        )


def rows(path, dialect):
    """(number, cells) of each data row, numbered from 1. Blank lines are not rows."""
    found = raw_records(path, dialect)
    header_line = dialect["header_line"]
    if header_line is not None:
        next(islice(found, header_line, None), None)
    number = 0
    for cells in found:
        if not is_blank(cells):
            number += 1
            yield number, cells


def count_rows(path, dialect):
    """How many data rows the file has: one pass."""
    return sum(1 for _ in rows(path, dialect))
