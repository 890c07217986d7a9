"""Where uploaded files are kept: under DATA_DIR/uploads, under names that say nothing, never written to again."""

import errno
import os
import secrets
import shutil

from webapp import config
from webapp.core.errors import Invalid

from .workbooks import SENTENCES, sheet_path


def new_path():
    """A name that is free."""
    uploads = config.current().uploads
    uploads.mkdir(parents=True, exist_ok=True)
    return uploads / f"{secrets.token_hex(16)}.csv"


def keep(stream, path):
    """Write `stream` (binary) to `path`."""
    try:
        with open(path, "xb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Invalid(SENTENCES["disk"], "file") from error


def path_of(imported):
    """Where the uploaded file is kept."""
    return config.current().data_dir / imported.path


def link(source, target):
    """The same file under a second name; a copy where the disk knows no such thing. No upload is ever written to."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def remove(path):
    """Delete an upload, and the sheet that was made of it."""
    path.unlink(missing_ok=True)
    sheet_path(path).unlink(missing_ok=True)
