"""The columns of an import as a person sees them: what each becomes, how that came about, which ones need somebody."""

import json
import zlib
from typing import NamedTuple

from .extras import PREFIX

BY = {"name": "By name", "content": "By content", "last": "From your last import"}


class Told(NamedTuple):
    """How a column came to its field: a state of the design, an icon and words."""

    state: str
    icon: str
    words: str


class Column(NamedTuple):
    """A column of the file. `chosen` is its target or ""; `kind` and `options` are of the field it could get."""

    number: int
    name: str
    samples: list
    chosen: str
    is_open: bool  # nobody has said what becomes of it
    is_twice: bool  # another column becomes the same
    is_made: bool  # a field for it is being made
    is_left: bool  # left out on purpose
    told: Told
    kind: str
    options: list


def matched(imported, *, making=()):
    """The Columns of `imported`; `making` are the numbers of those for which a field is being made."""
    return [
        _column(
            number, column, target, twice=bool(target) and imported.mapping.count(target) > 1, made=number in making
        )
        for number, (column, target) in enumerate(zip(imported.columns, imported.mapping, strict=True))
    ]


def _column(number, column, target, *, twice, made):
    decided = column["field"] or column["by"] or column.get("left") or not column["samples"]
    is_open = not target and not decided and not made
    told = _told(column, target, is_open=is_open, twice=twice, made=made)
    is_left = not target and not is_open and not made
    kind, options = column.get("kind", "text"), column.get("options", [])
    shown = (number, column["name"], column["samples"], target, is_open, twice, made)
    return Column(*shown, is_left, told, kind, options)


def _told(column, target, *, is_open, twice, made):
    if twice:
        return Told("warn", "circle-alert", "Chosen twice")
    if made:
        return Told("warn", "circle-alert", "Not created yet")
    if is_open:
        return Told("warn", "circle-alert", "No field like this yet")
    if not target:
        by_person = column["field"] or column.get("left")
        words = "Left out by you" if by_person else "Not imported" if column["samples"] else "Empty"
        return Told("idle", "circle-minus", words)
    if target == column["field"]:
        return Told("ok", "circle-check", column.get("found") or BY.get(column["by"], "Matched"))
    return Told("ok", "circle-check", "New field" if _is_made(column, target) else "Chosen by you")


def _is_made(column, target):
    return target.startswith(PREFIX) and column.get("made") == target


def shape_of(imported):
    """A short text that changes with the columns of the file as it is read: a form says which ones it is about."""
    names = [column["name"] for column in imported.columns]
    read = [imported.dialect.get(name) for name in ("sheet", "header_line", "delimiter")]
    return f"{zlib.crc32(json.dumps([names, read]).encode()):08x}"
