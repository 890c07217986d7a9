"""Cells of a CSV file that no spreadsheet runs as a formula, and back."""

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_cell(value):
    """`value` as a cell: a text that would begin a formula gets an apostrophe, and so does one that has one there."""
    return f"'{value}" if isinstance(value, str) and value.lstrip("'").startswith(RISKY) else value


def from_cell(text):
    """What as_cell() made of `text`, undone."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(RISKY) else text
