"""Taking a file in: kept under DATA_DIR/uploads, looked at, matched. One that cannot be read leaves nothing behind."""

import errno
import secrets
import shutil

from webapp import config
from webapp.core.errors import Invalid

from .columns import column_names, describe_columns
from .dialect import detect
from .extras import headers
from .models import Import
from .reading import count_rows
from .shapes import recalled

COUNTED = 8_000_000  # bytes up to which rows are counted at once; a larger file is estimated here, counted by the job


def upload(member, filename, stream):
    """Keep the file in `stream` (binary) and return its Import, matched and waiting. Raises Invalid with what to do."""
    uploads = config.current().uploads
    uploads.mkdir(parents=True, exist_ok=True)
    path = uploads / f"{secrets.token_hex(16)}.csv"
    try:
        _keep(stream, path)
        return _taken_in(member, filename, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _keep(stream, path):
    try:
        with open(path, "xb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Invalid(
            "The server's disk is full, so the file was not kept. Make room there and try again.", "file"
        ) from error


def _taken_in(member, filename, path):
    dialect, header, sample = detect(path)
    size = path.stat().st_size
    names = column_names(header, sample)
    columns = describe_columns(names, sample, headers(member.workspace), recalled(member.workspace, names))
    estimated = size > COUNTED
    return Import.create(
        workspace=member.workspace,
        actor=member.user_id,
        filename=shown_name(filename),
        path=str(path.relative_to(config.current().data_dir)),
        size=size,
        dialect={**dialect, "estimated": estimated},
        columns=columns,
        mapping=[column["field"] for column in columns],
        rows=_estimate(size, sample) if estimated else count_rows(path, dialect),
    )


def shown_name(filename):
    """The file's own name, without a folder, at most 255 letters."""
    name = (filename or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    return name[-255:] or "list.csv"


def _estimate(size, sample):
    """How many rows a large file has, from the length of its first ones."""
    letters = sum(len(cell) + 1 for cells in sample for cell in cells)
    return max(len(sample), round(size * len(sample) / letters))


def remove_file(imported):
    """Delete the file of one import. One that is gone already stays so."""
    if imported.path:
        (config.current().data_dir / imported.path).unlink(missing_ok=True)


def remove_files(workspace_id):
    """Delete the files that were uploaded to the workspace. Those that are gone already stay so."""
    folder = config.current().data_dir
    for imported in Import.select(Import.path).where(Import.workspace == workspace_id, Import.path != ""):
        (folder / imported.path).unlink(missing_ok=True)
