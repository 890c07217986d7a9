"""The columns of a file as people see them: a name, a few samples, and the field that each was matched to."""

from webapp.core.errors import Invalid

from .dialect import MOST_COLUMNS
from .matching import cells_of, match
from .shaping import tidy

SAMPLES = 3
SAMPLE_LETTERS = 80


def describe_columns(header, sample, named=None):
    """The file's columns for matching and showing. A last column without a name and without cells is none."""
    width = max(len(header), max(map(len, sample)))
    names = [*header, *[""] * (width - len(header))]
    while len(names) > 1 and not names[-1] and not cells_of(sample, len(names) - 1):
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise Invalid(
            f"This file has {len(names):,} columns; Galena reads up to {MOST_COLUMNS}. "
            "Delete the columns you do not need and upload it again.",
            "file",
        )
    fields = match(names, sample, named)
    return [
        {
            "name": _short(name) or f"Column {index + 1}",
            "samples": _samples(cells_of(sample, index)),
            "field": field,
            "by": by,
        }
        for index, (name, (field, by)) in enumerate(zip(names, fields, strict=True))
    ]


def _samples(cells):
    return [_short(tidy(cell)) for cell in list(dict.fromkeys(cells))[:SAMPLES]]


def _short(text):
    text = " ".join(text[: SAMPLE_LETTERS * 4].split())
    return text if len(text) <= SAMPLE_LETTERS else f"{text[: SAMPLE_LETTERS - 1]}…"
