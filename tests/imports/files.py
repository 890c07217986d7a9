"""Files for tests, and the short way from a file to a finished import."""

import io
from pathlib import Path

from webapp.imports import running
from webapp.imports.models import Import
from webapp.imports.starting import keep_columns, keep_options, start_import
from webapp.imports.uploading import upload

DATA = Path(__file__).parent / "files"


def table(*lines, end="\n"):
    return (end.join(lines) + end).encode()


def imported_from(member, source, name="list.csv"):
    """The Import of `source`: bytes, or a file of tests/imports/files."""
    if isinstance(source, Path):
        name, source = source.name, source.read_bytes()
    return upload(member, name, io.BytesIO(source))


def run(imported, *, start=True, mapping=None, **options):
    """Start `imported` as its own matching says, run it, and return it as it then is."""
    if start:
        chosen(imported, mapping=mapping, **options)
        start_import(imported)
    running.run_import(imported.id)
    return Import.get_by_id(imported.id)


def chosen(imported, *, mapping=None, **options):
    """Keep the columns and options of `imported`, with all that a start asks for; returns it."""
    keep_columns(imported, imported.mapping if mapping is None else mapping)
    keep_options(imported, **{"basis": "interest", "without_email": True, **options})
    return imported
