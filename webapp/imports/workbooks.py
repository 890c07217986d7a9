"""Workbooks (Excel, OpenDocument): a sheet is turned once into UTF-8 CSV beside the upload. All else reads text.

The reading is done by sheets.py in a process of its own, with limits on memory, time and what it writes.
"""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from threading import Lock

from webapp.core.errors import Invalid

MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")  # how a ZIP and an old Office file begin
FORMATS = {"xlsx": "Excel", "xls": "Excel", "ods": "OpenDocument"}
SECONDS = 120  # on the clock; sheets.py has a limit of its own on what it computes
SAVE_AS_CSV = "Open it in your spreadsheet program, choose “Save as” or “Download”, pick CSV, and upload that."
SENTENCES = {
    "password": "This workbook is protected by a password. Save it without the password and upload it again.",
    "corrupt": f"This looks like a workbook, but it is damaged and cannot be opened. {SAVE_AS_CSV}",
    "bomb": f"This workbook unpacks to far more than a list of people needs, so it was not opened. {SAVE_AS_CSV}",
    "large": f"This workbook is too large to be opened here. {SAVE_AS_CSV}",
    "empty": "This workbook is empty. Export the list again and upload the new file.",
    "sheet": "This workbook has no such sheet. Choose one from the list.",
    "numbers": "This is a file of Apple Numbers. Choose “Export to” and CSV or Excel there, and upload that.",
    "document": f"This is a document of an Office program, not a workbook. {SAVE_AS_CSV}",
    "zip": "This is a ZIP archive. Unpack it and upload the file inside.",
    "disk": "The server's disk is full, so the file was not kept. Make room there and try again.",
    "busy": "Other workbooks are being opened just now. Try again in a minute.",
}
_ONE_AT_A_TIME = Lock()  # so that several uploads together take no more memory than one


def is_workbook(head):
    """Whether a file that begins with these bytes may be a workbook."""
    return head.startswith(MARKS)


def sheet_path(path):
    """Where the chosen sheet of the workbook at `path` stands as CSV."""
    return Path(f"{path}.sheet.csv")


def text_path(path, dialect):
    """The file with the rows: the upload itself, or the sheet that was made of it."""
    return path if dialect.get("format", "text") == "text" else sheet_path(path)


def read_sheet(path, sheet=None):
    """Turn `sheet` of the workbook at `path` (default: the first that looks like a table) into CSV.

    ({"format", "sheet", "sheets"}, the Path of the CSV). It stands beside the upload under a name of its own; the
    caller moves it to sheet_path(path), or deletes it. Raises Invalid on field "file", or "sheet" if there is none.
    """
    target = Path(f"{path}.{secrets.token_hex(4)}.sheet.csv")
    try:
        told = _run(path, target, sheet)
        if why := told.get("error"):
            raise Invalid(SENTENCES[why], "sheet" if why == "sheet" else "file")
        return told, target
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _run(path, target, sheet):
    """What sheets.py says of the file; a process that ended by a limit says nothing."""
    if not _ONE_AT_A_TIME.acquire(timeout=SECONDS):
        return {"error": "busy"}
    program = Path(__file__).with_name("sheets.py")
    command = [sys.executable, "-P", str(program), os.path.abspath(path), os.path.abspath(target)]
    try:
        done = subprocess.run(
            command if sheet is None else [*command, sheet],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env={name: value for name, value in os.environ.items() if name.startswith("LD_")},  # no secrets
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"error": "large"}
    finally:
        _ONE_AT_A_TIME.release()
