"""What kind of file this is: encoding, delimiter, where the column names stand. Raises Invalid with what to do instead.

The delimiter is the one under which most records have the same width (a majority heuristic over records; the standard
library's Sniffer reads letters and is wrong far more often on real exports).
"""

import codecs
import io
import math
import re
from collections import Counter
from itertools import islice

from webapp.core.errors import Invalid

from .reading import is_blank, open_text, records

CHUNK = 1 << 20  # bytes; no line of a table is longer
SAMPLE_LETTERS = 256 * 1024
SAMPLE_ROWS = 500
MOST_COLUMNS = 500
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
ENCODINGS = {
    "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "cp1252": "Windows-1252", "latin-1": "Latin-1",
}  # fmt: skip
SAVE_AS_CSV = "Open it in your spreadsheet program, choose “Save as” or “Download”, pick CSV, and upload that."
LONG_LINE = "A line of this file is longer than 1 MB, so it is not a table. Export the list as CSV again."
NOT_TEXT = (
    (b"%PDF", "This is a PDF, not a table. Export the list as CSV from the program it comes from, and upload that."),
    (b"PK\x03\x04", f"This is a spreadsheet or a ZIP archive (such as XLSX). Galena reads CSV files. {SAVE_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"This is an old Office file (such as XLS). Galena reads CSV files. {SAVE_AS_CSV}"),
    (b"\x1f\x8b", "This file is compressed with gzip. Unpack it and upload the CSV file inside."),
    (b"Rar!", "This is a RAR archive. Unpack it and upload the CSV file inside."),
    (b"7z\xbc\xaf", "This is a 7z archive. Unpack it and upload the CSV file inside."),
    (b"\x89PNG", "This is a picture, not a table. Upload a CSV file."),
    (b"\xff\xd8\xff", "This is a picture, not a table. Upload a CSV file."),
    (b"GIF8", "This is a picture, not a table. Upload a CSV file."),
    (b"SQLite format 3\0", "This is a database, not a table as text. Export the list as CSV and upload that."),
    (b"{\\rtf", "This is a text document (RTF), not a table. Export the list as CSV and upload that."),
    (b"BEGIN:VCARD", "These are contacts as vCards. Export them as CSV and upload that."),
)
_PROGRAM = re.compile(rb"\s*(<!doctype html|<html|<\?xml|\{\s*\"|\[\s*\{)", re.IGNORECASE)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f\ufffd]")
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_LIKE_DATA = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+|[+(]?\d[\d ().,/:-]{4,}")


def detect(path):
    """(dialect, header, sample): see reading.py; the column names or []; the first rows, at most SAMPLE_ROWS."""
    with open(path, "rb") as file:
        head = file.read(64 * 1024)
    _check_it_is_text(head)
    encoding = _encoding(path, head)
    text = _sample(path, encoding)
    _check_it_reads_as_text(text)
    delimiter = _delimiter(text)
    spaces = f'{delimiter} "' in text
    found = list(islice(records(io.StringIO(text, newline=""), delimiter, spaces), SAMPLE_ROWS))
    header_line = _header_line(found)
    header = [] if header_line is None else [cell.strip() for cell in found[header_line]]
    sample = [cells for cells in found[0 if header_line is None else header_line + 1 :] if not is_blank(cells)]
    dialect = {"encoding": encoding, "delimiter": delimiter, "header_line": header_line, "spaces": spaces}
    if not sample:
        raise Invalid(_without_rows(header), "file")
    return dialect, header, sample


def describe(dialect):
    """For people: "UTF-8, comma separated"."""
    return f"{ENCODINGS[dialect['encoding']]}, {DELIMITERS[dialect['delimiter']]} separated"


def _without_rows(header):
    if any(header):
        return "This file has column names but no rows below them. Add the rows, or export the list again."
    return "This file is empty. Export the list again and upload the new file."


def _check_it_is_text(head):
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xfe\xff"):
        raise Invalid(_without_rows([]), "file")
    for mark, sentence in NOT_TEXT:
        if head.startswith(mark):
            raise Invalid(sentence, "file")
    if _PROGRAM.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Invalid("This is a web page or program data (HTML, XML or JSON), not a table. Upload a CSV file.", "file")


def _check_it_reads_as_text(text):
    if len(_CONTROL.findall(text)) > 0.02 * len(text) + 2:
        raise Invalid("This file is not text, so there is no table to read in it. Export the list as CSV.", "file")


def _encoding(path, head):
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return encoding
    start = head[:4096]
    if len(start) > 3 and start[1::2].count(0) > 0.35 * len(start) / 2 and start[::2].count(0) < len(start) / 20:
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > 0.35 * len(start) / 2 and start[1::2].count(0) < len(start) / 20:
        return "utf-16-be"
    return _one_byte_encoding(path)


def _one_byte_encoding(path):
    """UTF-8 if the whole file is (or nearly: one broken letter must not spoil the others), else Windows-1252."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    good = bad = 0
    undefined = False
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            if len(chunk) == CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                raise Invalid(LONG_LINE, "file")
            if chunk.isascii():
                continue
            text = decode(chunk)
            broken = text.count("\ufffd")
            bad += broken
            good += len(text) - len(text.encode("ascii", "ignore")) - broken
            undefined = undefined or bool(_UNDEFINED_IN_CP1252.search(chunk))
    if bad * 10 <= good:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def _sample(path, encoding):
    """The first lines of the file, whole ones, without NULs."""
    with open_text(path, encoding) as file:
        text = file.read(SAMPLE_LETTERS)
        if len(text) == SAMPLE_LETTERS:
            text += file.readline(CHUNK)
    return text.replace("\0", "")


def _delimiter(text):
    first = text.lstrip().split("\n", 1)[0].strip().strip('"').lower()
    if len(first) == 5 and first.startswith("sep=") and first[4] in DELIMITERS:
        return first[4]
    scores = {delimiter: _evenness(text, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=scores.get)
    return best if scores[best] > 0 else ","


def _evenness(text, delimiter):
    """How much `text` looks like a table under `delimiter`: most records equally wide, and wide."""
    found = islice(records(io.StringIO(text, newline=""), delimiter), SAMPLE_ROWS)
    widths = Counter(len(cells) for cells in found if not is_blank(cells))
    if not widths:
        return 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (count / widths.total()) ** 2 * math.log2(width)


def _header_line(found):
    """The first record about as wide and as full as the rows below it; None when it looks like a row itself."""
    filled = [sum(1 for cell in cells if cell.strip()) for cells in found]
    usual = sorted(count for count in filled if count)
    if not usual:
        return None
    full = 0.6 * usual[3 * (len(usual) - 1) // 4]
    wide = Counter(len(cells) for cells, count in zip(found, filled, strict=True) if count).most_common(1)[0][0] / 2
    likely = (at for at, cells in enumerate(found) if filled[at] >= full and len(cells) > wide)
    at = next(likely, filled.index(usual[-1]))
    if any(_LIKE_DATA.fullmatch(cell.strip()) for cell in found[at]) and len(found[at]) <= MOST_COLUMNS:
        return None if at == 0 else at - 1 if filled[at - 1] else None
    return at
