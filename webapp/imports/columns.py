"""The columns of a file as people see them: a name, a few samples, and the field that each was matched to."""

from webapp.core.errors import Invalid

from .dialect import MOST_COLUMNS
from .matching import cells_of, match
from .proposing import propose_field
from .shaping import tidy

SAMPLES = 3
SAMPLE_LETTERS = 80
ADDED = ("Row", "Reason")  # the columns that a file of rejected rows has behind those of the file


def describe_columns(header, sample, named=None, known=None):
    """[{"name", "samples", "field", "by", "kind", "options"}, …]: the file's columns in their order, for matching and
    showing. "field" is the target found for one ("" for none), "by" how: "name", "content" or "memory"; "kind" and
    "options" are of the field that could be made for it. A last column without a name and without cells is none.

    `named` are further names of columns, see matching.match(); `known` the targets that a file with these columns got
    the last time, one for each name in `header`: see shapes.py.
    """
    names = column_names(header, sample)
    if len(names) > MOST_COLUMNS:
        raise Invalid(
            f"This file has {len(names):,} columns; Galena reads up to {MOST_COLUMNS}. "
            "Delete the columns you do not need and upload it again.",
            "file",
        )
    fields = [(target, "memory") for target in known] if known else match(names, sample, named)
    return [_described(names[index], index, cells_of(sample, index), *found) for index, found in enumerate(fields)]


def column_names(header, sample):
    """A name or "" for each column, also for those beyond the header that have cells."""
    names = [*header, *[""] * (max(len(header), max(map(len, sample))) - len(header))]
    while len(names) > 1 and not names[-1] and not cells_of(sample, len(names) - 1):
        names.pop()
    return names


def _described(name, index, cells, field, by):
    shown = column_name(name, index)
    proposed = propose_field(shown, cells)
    return {
        "name": shown,
        "samples": _samples(cells),
        "field": field,
        "by": by,
        "kind": proposed.kind.value,
        "options": proposed.options,
    }


def column_name(name, index):
    """What a column is called, also one without a name."""
    return _short(name) or f"Column {index + 1}"


def _samples(cells):
    return [_short(tidy(cell)) for cell in list(dict.fromkeys(cells))[:SAMPLES]]


def _short(text):
    text = " ".join(text[: SAMPLE_LETTERS * 4].split())
    return text if len(text) <= SAMPLE_LETTERS else f"{text[: SAMPLE_LETTERS - 1]}…"
