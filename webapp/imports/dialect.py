"""What kind of file this is: encoding, delimiter, where the column names stand, how numbers and dates are written.

Raises Invalid with what to do instead, when it is no table.
"""

import codecs
import io
import re
from itertools import islice

from webapp.core.errors import Invalid

from .encoding import CHUNK, chosen_encoding, encoding_of, name_of
from .notation import DATES, DECIMALS, notation
from .reading import is_blank, open_text, raw_records, records
from .tabular import DELIMITERS, MOST_COLUMNS, SAMPLE_ROWS, header_of, is_sep_line, marks_of
from .workbooks import FORMATS

__all__ = ["DELIMITERS", "MOST_COLUMNS", "describe", "detect", "refuse"]

SAMPLE_LETTERS = 256 * 1024
BLANK_LINES = 20  # so many blank lines in a row are kept in the sample
MOST_BLANK_LINES = 1_000_000  # and so many are passed over to find a table below them
NOT_TEXT = (
    (b"%PDF", "This is a PDF, not a table. Export the list as CSV from the program it comes from, and upload that."),
    (b"\x1f\x8b", "This file is compressed with gzip. Unpack it and upload the CSV file inside."),
    (b"BZh", "This file is compressed with bzip2. Unpack it and upload the CSV file inside."),
    (b"\xfd7zXZ", "This file is compressed with xz. Unpack it and upload the CSV file inside."),
    (b"\x28\xb5\x2f\xfd", "This file is compressed with zstd. Unpack it and upload the CSV file inside."),
    (b"Rar!", "This is a RAR archive. Unpack it and upload the CSV file inside."),
    (b"7z\xbc\xaf", "This is a 7z archive. Unpack it and upload the CSV file inside."),
    (b"\x89PNG", "This is a picture, not a table. Upload a CSV file or a workbook."),
    (b"\xff\xd8\xff", "This is a picture, not a table. Upload a CSV file or a workbook."),
    (b"GIF8", "This is a picture, not a table. Upload a CSV file or a workbook."),
    (b"SQLite format 3\0", "This is a database, not a table as text. Export the list as CSV and upload that."),
    (b"PAR1", "This is a Parquet file. Export the list as CSV and upload that."),
    (b"{\\rtf", "This is a text document (RTF), not a table. Export the list as CSV and upload that."),
    (b"BEGIN:VCARD", "These are contacts as vCards. Export them as CSV and upload that."),
)
_PROGRAM = re.compile(rb"\s*(<!doctype html|<html|<\?xml|<table|\{\s*\"|\[\s*\{)", re.IGNORECASE)
_BLANK = " \t\r\n,;|"
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f\ufffd]")


def detect(path, told=None, **chosen):
    """(dialect, header, sample) of the text at `path`: see reading.py; the column names or []; the first rows.

    Of a workbook, `path` is the CSV of its sheet, and `told` the {"format", "sheet", "sheets"} that read_sheet() gave.
    `chosen` holds what a person decided: of "encoding", "delimiter", "header_line", "decimal" and "dates" any.
    Raises Invalid, on the field of a choice that cannot be or on "file".
    """
    _check(chosen)
    if told:
        chosen = {**chosen, "encoding": "utf-8", "delimiter": ","}
    if "encoding" in chosen:
        encoding = chosen_encoding(path, chosen["encoding"])
    else:
        refuse(path)
        encoding = encoding_of(path)
    text = _sample(path, encoding)
    _check_it_reads_as_text(text, chosen)
    if not text.strip(_BLANK):
        raise Invalid(_without_rows([]), "file")
    delimiter, spaces, quote, escape = marks = marks_of(text, chosen.get("delimiter"))
    dialect = {"format": "text", "encoding": encoding, "delimiter": delimiter, "header_line": None, "spaces": spaces}
    dialect |= ({"quote": quote} if quote != '"' else {}) | ({"escape": True} if escape else {})
    dialect["header_line"] = _header_line(path, dialect, text, marks, chosen)
    header = [] if dialect["header_line"] is None else _names(path, dialect)
    sample = _first_rows(path, dialect)
    if not sample:
        raise Invalid(_without_rows(header), "header_line" if chosen.get("header_line") is not None else "file")
    dialect |= told or {}
    decimal, dates = notation(dialect, header, sample)
    dialect |= {"decimal": chosen.get("decimal") or decimal, "dates": chosen.get("dates") or dates}
    return dialect, header, sample


def describe(dialect):
    """For people: "UTF-8, comma separated", or "Excel, sheet “Leads”"."""
    if (kind := dialect.get("format", "text")) != "text":
        return f"{FORMATS[kind]}, sheet “{dialect['sheet']}”"
    return f"{name_of(dialect['encoding'])}, {DELIMITERS[dialect['delimiter']]} separated"


def refuse(path):
    """Raises Invalid when the file is plainly something else than a table as text."""
    with open(path, "rb") as file:
        head = file.read(64 * 1024)
        more = file.read(1)
    if not more and not head.strip(b"\0\r\n\t \xef\xbb\xbf\xfe\xff"):
        raise Invalid(_without_rows([]), "file")
    for mark, sentence in NOT_TEXT:
        if head.startswith(mark):
            raise Invalid(sentence, "file")
    if _PROGRAM.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Invalid("This is a web page or program data (HTML, XML or JSON), not a table. Upload a CSV file.", "file")


def _check(chosen):
    for field, known in (("delimiter", DELIMITERS), ("decimal", DECIMALS), ("dates", DATES)):
        if chosen.get(field) and chosen[field] not in known:
            raise Invalid("Choose one from the list.", field)


def _without_rows(header):
    if any(header):
        return "This file has column names but no rows below them. Add the rows, or export the list again."
    return "This file is empty. Export the list again and upload the new file."


def _check_it_reads_as_text(text, chosen):
    if len(_CONTROL.findall(text)) > 0.02 * len(text) + 2:
        if "encoding" in chosen:
            name = name_of(chosen["encoding"])
            raise Invalid(f"Read as {name}, this file is not text. Choose another encoding.", "encoding")
        raise Invalid("This file is not text, so there is no table to read in it. Export the list as CSV.", "file")


def _sample(path, encoding):
    """The first lines of the file, whole ones, without NULs and without what is more than a few blank lines."""
    lines, letters, blank = [], 0, 0
    with open_text(path, encoding) as file:
        while letters < SAMPLE_LETTERS and blank < MOST_BLANK_LINES and (line := file.readline(CHUNK)):
            line = line.replace("\0", "")
            blank = 0 if line.strip(_BLANK) else blank + 1
            if blank <= BLANK_LINES:
                lines.append(line)
                letters += len(line)
    return "".join(lines)


def _header_line(path, dialect, text, marks, chosen):
    """The number of the record with the column names, or None; counted in the file, not in its sample."""
    if "header_line" in chosen:
        return _chosen_line(path, dialect, chosen["header_line"])
    found = islice(records(io.StringIO(text, newline=""), *marks), SAMPLE_ROWS)
    found = [[] if at < 2 and is_sep_line(cells, marks.delimiter) else cells for at, cells in enumerate(found)]
    at = header_of(found)
    if at is None:
        return None
    filled = sum(1 for cells in found[: at + 1] if not is_blank(cells))
    filled += any(is_sep_line(cells, marks.delimiter) for cells in islice(raw_records(path, dialect), 2))
    numbers = (number for number, cells in enumerate(raw_records(path, dialect)) if not is_blank(cells))
    return next(islice(numbers, filled - 1, None), None)


def _chosen_line(path, dialect, line):
    if line is None:
        return None
    cells = (
        next(islice(raw_records(path, dialect), line, None), [])
        if type(line) is int and 0 <= line < 2 * MOST_BLANK_LINES
        else []
    )
    if is_blank(cells):
        raise Invalid("Choose one of the lines shown, or that the file has no column names.", "header_line")
    return line


def _names(path, dialect):
    return [cell.strip() for cell in next(islice(raw_records(path, dialect), dialect["header_line"], None))]


def _first_rows(path, dialect):
    """The rows that columns are told by: SAMPLE_ROWS, or fewer long ones."""
    found, letters, blank = [], 0, 0
    header_line = dialect["header_line"]
    for cells in islice(raw_records(path, dialect), 0 if header_line is None else header_line + 1, None):
        blank = blank + 1 if is_blank(cells) else 0
        if not blank:
            found.append(cells)
            letters += sum(map(len, cells))
        if len(found) == SAMPLE_ROWS or letters > SAMPLE_LETTERS or blank > MOST_BLANK_LINES:
            break
    return found
