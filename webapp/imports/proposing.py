"""Which field of its own a workspace could make for a column that none fits."""

import re
from collections import Counter
from typing import NamedTuple

from webapp.core import typed
from webapp.core.text import fold
from webapp.leads.custom_fields import NAME_LENGTH, OPTION_LENGTH
from webapp.leads.custom_kinds import WORDS
from webapp.leads.field_models import CustomKind

from .evidence import share

READ = 200  # cells of a column
LONG = 500  # letters of a cell that is a text and nothing else
NEARLY_ALL = 0.95
MOST_CHOICES = 12
REPEATED = 3  # times that each choice stands there, on average
_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?([T ].*)?|\d\d?[./-]\d\d?[./-]\d{2,4}|\d\d?\.? \w+\.? \d{4}|\w+\.? \d\d?, \d{4}")
_ID = re.compile(r"[+-]?(0\d.*|\d{13,})")  # digits that are no amount: a postal code, the number of a row
_PARTS = re.compile(r"[_\s]+")
_YES_NO = frozenset(word for words in WORDS.values() for word in words)


class Proposal(NamedTuple):
    """A custom field for a column; `options` are those of a choice, the most frequent first."""

    name: str
    kind: CustomKind
    options: list


def propose_field(name, cells):
    """The Proposal for a column by its name and what stands in it, `cells` without blanks."""
    cells, name = cells[:READ], _for_people(name)
    if any(len(cell) > LONG for cell in cells):
        return Proposal(name, CustomKind.TEXT, [])
    for kind, test in _TESTS:
        if cells and test(cells):
            return Proposal(name, kind, [])
    options = _choices(cells)
    return Proposal(name, CustomKind.CHOICE if options else CustomKind.TEXT, options)


def proposed_for(column):
    """The Proposal for a column of an import, as describe_columns() saw what stands in it."""
    kind, options = column.get("kind", CustomKind.TEXT), column.get("options", [])
    return Proposal(_for_people(column["name"]), CustomKind(kind), options)


def _for_people(name):
    name = _PARTS.sub(" ", name).strip()[:NAME_LENGTH].strip()
    return name[:1].upper() + name[1:]


def _choices(cells):
    """What is chosen from when few texts stand there again and again, else nothing."""
    counts = Counter(" ".join(cell.split()) for cell in cells)
    few = 1 < len(counts) <= MOST_CHOICES and len(cells) >= REPEATED * len(counts)
    short = all(len(text) <= OPTION_LENGTH and "@" not in text for text in counts)
    if not few or not short or len({fold(text) for text in counts}) < len(counts):
        return []
    return [text for text, _ in counts.most_common()]


def _are_numbers(cells):
    return share(cells, lambda cell: typed.number(cell) is not None and not _ID.fullmatch(cell)) >= NEARLY_ALL


def _are_dates(cells):
    return share(cells, lambda cell: _DATE.fullmatch(cell) and typed.date(cell)) >= NEARLY_ALL


_TESTS = (
    (CustomKind.YES_NO, lambda cells: all(fold(cell) in _YES_NO for cell in cells)),
    (CustomKind.DATE, _are_dates),
    (CustomKind.NUMBER, _are_numbers),
    (CustomKind.URL, lambda cells: share(cells, _URL.fullmatch) >= NEARLY_ALL),
)  # in the order they are asked
