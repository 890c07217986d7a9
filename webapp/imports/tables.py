"""Any file that imports can read, for lists that are no leads: read once, and not kept."""

import os
from contextlib import contextmanager

from .keeping import keep, new_path, remove
from .reading import raw_records
from .uploading import look
from .workbooks import sheet_path


@contextmanager
def records_of(stream):
    """All records of the file in `stream` (binary), column names and lines above them, too: an iterable of lists of
    texts. Raises Invalid with what to do, on field "file".
    """
    path = new_path()
    try:
        keep(stream, path)
        (dialect, _, _), sheet = look(path, {})
        if sheet:
            os.replace(sheet, sheet_path(path))
        yield raw_records(path, dialect)
    finally:
        remove(path)
