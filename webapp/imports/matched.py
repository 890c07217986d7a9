"""The columns of an import as a person sees them: what each becomes, how that came about, which ones need somebody."""

import json
import zlib
from typing import NamedTuple

from .extras import PREFIX
from .owners import people_found
from .proposing import Proposal, proposed_for

BY = {"name": "By name", "content": "By content", "memory": "As last time"}


class Told(NamedTuple):
    """How a column came to its field: a state of the design, an icon and words."""

    state: str
    icon: str
    words: str


class Column(NamedTuple):
    """A column of the file. `chosen` is its target or "", `proposed` a Proposal, the field that it could get."""

    number: int
    name: str
    samples: list
    chosen: str
    is_open: bool  # nobody has said what becomes of it
    is_twice: bool  # another column becomes the same
    is_made: bool  # a field for it is being made
    is_left: bool  # left out on purpose
    told: Told
    proposed: Proposal


def matched(imported, *, making=()):
    """The Columns of `imported`; `making` are the numbers of those for which a field is being made."""
    found = people_found(imported)
    return [
        _column(number, column, target, imported.mapping.count(target) > 1, number in making, found)
        for number, (column, target) in enumerate(zip(imported.columns, imported.mapping, strict=True))
    ]


def _column(number, column, target, is_repeated, is_made, found):
    is_twice = bool(target) and is_repeated
    decided = column["field"] or column["by"] or column.get("left") or not column["samples"]
    is_open = not target and not decided and not is_made
    if is_twice or is_made or is_open:
        words = "Chosen twice" if is_twice else "Not created yet" if is_made else "No field like this yet"
        told = Told("warn", "circle-alert", words)
    else:
        told = _settled(column, target, found)
    return Column(
        number=number,
        name=column["name"],
        samples=column["samples"],
        chosen=target,
        is_open=is_open,
        is_twice=is_twice,
        is_made=is_made,
        is_left=not (target or is_open or is_made),
        told=told,
        proposed=proposed_for(column),
    )


def _settled(column, target, found):
    """What is told of a column that needs nobody any more."""
    if not target:
        by_person = column.get("left") or (column["field"] and column["by"] != "memory")
        words = "Left out by you" if by_person else "Not imported" if column["samples"] else "Empty"
        return Told("idle", "circle-minus", words)
    if target == "owner" and found:
        return Told("ok", "circle-check", found)
    if target == column["field"]:
        return Told("ok", "circle-check", BY.get(column["by"], "Matched"))
    is_new = target.startswith(PREFIX) and column.get("made") == target
    return Told("ok", "circle-check", "New field" if is_new else "Chosen by you")


def shape_of(imported):
    """A short text that changes with the columns of the file as it is read: a form says which ones it is about."""
    names = [column["name"] for column in imported.columns]
    read = [imported.dialect.get(name) for name in ("sheet", "header_line", "delimiter")]
    return f"{zlib.crc32(json.dumps([names, read]).encode()):08x}"
