"""A program of its own: one sheet of a workbook (XLSX, XLSB, XLS, ODS) becomes UTF-8 CSV. Started by workbooks.py.

    python sheets.py SOURCE TARGET [SHEET]

It prints one line of JSON: {"format", "sheet", "sheets"}, or {"error": why}, a key of workbooks.SENTENCES. It imports
nothing of Galena, because it lives for one file only: a reader of workbooks holds a whole sheet in memory (100 bytes a
cell), and a hostile file can make it hold or compute without end. Its limits are set here, and its death harms nobody.
"""

import csv
import json
import os
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal

MEMORY = 2 << 30  # bytes of address space; 1,000,000 rows of 12 columns take 1.2 GB
SECONDS = 60  # of computing; those rows take 16
WRITTEN = 1 << 30  # bytes of CSV
ENTRIES = 10_000  # files inside the ZIP
UNPACKED = 4 << 30  # bytes inside the ZIP
RATIO = 100  # unpacked size over packed size: sheets have 5 to 20, those full of one value 60
SMALL = 64 << 20  # unpacked bytes up to which any ratio does no harm
OLE = b"\xd0\xcf\x11\xe0"
ERRORS = {"#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
LOOKED_AT = 50  # rows of a sheet with which a table is told from a cover page


class Refused(Exception):
    """The file is not read; the message is a key of workbooks.SENTENCES."""


def main(source, target, wanted=None):
    """Write the sheet `wanted` (default: the first that looks like a table) of `source` to `target`; {…} as above."""
    import python_calamine as calamine  # heavy: loaded after the limits are set

    kind = kind_of(source)
    try:
        with calamine.CalamineWorkbook.from_path(source) as workbook:
            names, chosen = _read(workbook, calamine, target, wanted)
    except calamine.PasswordError as error:
        raise Refused("password") from error
    except calamine.CalamineError as error:
        raise Refused("password" if "password" in str(error).lower() else "corrupt") from error
    return {"format": kind, "sheet": chosen, "sheets": names}


def kind_of(source):
    """ "xlsx", "ods" or "xls". Checks a ZIP by its table of contents, before anything in it is unpacked."""
    with open(source, "rb") as file:
        if file.read(4) == OLE:
            return _ole_kind(file)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            mimetype = _small(archive, "mimetype")
            manifest = _small(archive, "META-INF/manifest.xml")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Refused("corrupt") from error
    _check_sizes(entries, os.path.getsize(source))
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries) or b":encryption-data" in manifest:
        raise Refused("password")
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    if b"opendocument.spreadsheet" in mimetype:
        return "ods"
    if "Index/Document.iwa" in names or any(name.endswith((".iwa", "Index.zip")) for name in names):
        raise Refused("numbers")
    if any(name.startswith(("word/", "ppt/")) for name in names) or b"opendocument" in mimetype:
        raise Refused("document")
    raise Refused("zip")


def _small(archive, name):
    """What stands in an entry of the ZIP, unless it is missing, locked or larger than such an entry is."""
    entry = archive.NameToInfo.get(name)
    return archive.read(entry) if entry and entry.file_size < 1 << 20 and not entry.flag_bits & 1 else b""


def _check_sizes(entries, packed):
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED or (unpacked > SMALL and unpacked > RATIO * packed):
        raise Refused("bomb")


def _ole_kind(file):
    """An old Office file names its parts in UTF-16: Excel's own is "Workbook" or "Book"."""
    head = file.read(8 << 20)
    if "EncryptedPackage".encode("utf-16-le") in head:
        raise Refused("password")
    if any(name.encode("utf-16-le") in head for name in ("WordDocument", "PowerPoint Document", "__substg1.0_")):
        raise Refused("document")
    return "xls"


def _read(workbook, calamine, target, wanted):
    """(names of the sheets in which something stands, name of the one written to `target`): `wanted`, or the first that
    is a table and is shown, else the first in which something stands. One at a time is held in memory."""
    names, visible, chosen, broken = [], [], None, False
    for about in workbook.sheets_metadata:
        if about.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = workbook.get_sheet_by_name(about.name)
        except calamine.CalamineError:
            broken = True  # but it does not spoil the others
            continue
        if not sheet.height:
            continue
        names.append(about.name)
        shown = about.visible is calamine.SheetVisibleEnum.Visible
        visible += [about.name] if shown else []
        if chosen is None and (about.name == wanted if wanted is not None else shown and _is_table(sheet)):
            chosen = about.name
            write(sheet, target)
        del sheet
    if not names:
        raise Refused("corrupt" if broken else "empty")
    if chosen is None and wanted is not None:
        raise Refused("sheet")
    if chosen is None:
        chosen = (visible or names)[0]
        write(workbook.get_sheet_by_name(chosen), target)
    return names, chosen


def _is_table(sheet):
    """Whether at least two rows have two cells, or one of them holds an e-mail address: no cover page, no list of
    choices."""
    wide = 0
    for row in sheet.to_python(nrows=LOOKED_AT):
        cells = [cell for cell in map(text_of, row) if cell.strip()]
        wide += len(cells) > 1 or any("@" in cell for cell in cells)
        if wide > 1:
            return True
    return False


def write(sheet, target):
    """The rows of `sheet` in which something stands, as CSV."""
    with open(target, "w", encoding="utf-8", errors="replace", newline="") as file:
        out = csv.writer(file)
        for row in sheet.iter_rows():
            cells = [cell if type(cell) is str and cell[:1] != "#" else text_of(cell) for cell in row]
            if any(cells):
                out.writerow(cells)


def text_of(cell):
    """A cell as text: whole numbers without a point, dates and times as ISO 8601, yes and no, errors as nothing."""
    if isinstance(cell, str):
        return "" if cell in ERRORS else cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        # Excel counts days in floating point, so a moment is off by microseconds.
        cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        return cell.isoformat(" ") if cell.time() != time.min else cell.date().isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _number(cell):
    """With the 15 digits that Excel shows, never with an exponent."""
    if cell != cell or cell in (float("inf"), float("-inf")):
        return ""
    if cell.is_integer():
        return str(int(cell))
    text = f"{cell:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def set_limits():
    """Bound what this process may use. On a small machine memory is bounded by half of what there is."""
    import resource  # heavy: only where there are limits to set

    memory = min(MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system that knows no such limit, or has set a lower one
            resource.setrlimit(limit, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # should the machine run out of memory, it is this process that goes


if __name__ == "__main__":
    set_limits()
    try:
        told = main(*sys.argv[1:])
    except Refused as refused:
        told = {"error": str(refused)}
    except MemoryError:
        told = {"error": "large"}
    except OSError as error:
        told = {"error": "disk" if error.errno == 28 else "large" if error.errno == 27 else "corrupt"}
    except BaseException:  # a panic of the reader derives from this
        told = {"error": "corrupt"}
    print(json.dumps(told))
