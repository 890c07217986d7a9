"""Files for tests, and the short way from a file to a finished import."""

import io
from pathlib import Path

from webapp.imports import running
from webapp.imports.models import Import
from webapp.imports.starting import keep_choices, start_import
from webapp.imports.uploading import upload

DATA = Path(__file__).parent / "files"


def table(*lines, end="\n"):
    return (end.join(lines) + end).encode()


def imported_from(member, source, name="list.csv"):
    """The Import of `source`: bytes, or a file of tests/imports/files."""
    if isinstance(source, Path):
        name, source = source.name, source.read_bytes()
    return upload(member, name, io.BytesIO(source))


def run(imported, *, start=True, mapping=None, policy="fill", center_id=None):
    """Start `imported` as its own matching says, run it, and return it as it then is."""
    if start:
        mapping = imported.mapping if mapping is None else mapping
        choices = {"mapping": mapping, "policy": policy, "consent": True, "without_email": True}
        keep_choices(imported, **choices, center_id=center_id)
        start_import(imported)
    running.run_import(imported.id)
    return Import.get_by_id(imported.id)
