"""What the cells of a column say about it: an address, a profile, a place, or something else than its name does."""

import re

from webapp.core.text import fold

from .stages import stage_of

CONTENT = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),
    "linkedin": re.compile(r"(https?://)?([a-z]{2,3}\.)?linkedin\.com/\S+", re.IGNORECASE),
    "website": re.compile(r"(https?://\S+|www\.\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,12}/?)", re.IGNORECASE),
    "phone": re.compile(
        r"'?(p:)?(?=(?:\D*\d){7})(?!\d{4}-\d\d-\d\d)(\+|00|\(|\d{2,5}[ /-])[\d ()./+-]{6,24}(\s*(x|ext\.?)\s*\d+)?"
    ),
    "location": re.compile(r"[^\W\d][^,\d]{1,40}, ?[^\W\d][^,\d]{1,40}(, ?[^\W\d][^,\d]{1,40})?"),
}  # in the order they are looked for
_ENOUGH = 0.6  # of a column's filled cells must look like the field
_SALUTATION = re.compile(
    r"(mr|mrs|ms|miss|mx|dr|prof|herr|frau|hr|fr|m|mme|mlle|monsieur|madame|sr|sra|srta|don|dona)\.?( (dr|prof)\.?)*"
)
_ID = re.compile(r"00[0-9][A-Za-z0-9]{12,15}|[0-9a-f]{20,}|[0-9a-f]{8}-[0-9a-f-]{20,}")  # what programs call their rows
_MARK = re.compile(r"true|false|yes|no|ja|nein|oui|non|si|0|1|y|n|x", re.IGNORECASE)
_WORDS = ("first_name", "last_name", "full_name", "company", "title", "industry", "city", "region", "country", "owner")


def share(cells, test):
    return sum(1 for cell in cells if test(cell)) / len(cells)


def looks_like(field, cells):
    return bool(cells) and share(cells, CONTENT[field].fullmatch) >= _ENOUGH


def contradicted(field, cells):
    """Whether what stands in the column cannot be the field its name says (a "Mail" column of yes and no)."""
    if not cells:
        return False
    if field in _WORDS and share(cells, lambda cell: _is_no_word(field, cell)) > 0.5:
        return True
    return (test := _TESTS.get(field)) is not None and test(cells)


def _is_no_word(field, cell):
    """What no name of a person, a place or a trade is. A company may be called by a number, or by its address."""
    if _MARK.fullmatch(cell) or _ID.fullmatch(cell) or (field != "owner" and CONTENT["email"].fullmatch(cell)):
        return True
    return field != "company" and (cell.isdecimal() or "://" in cell)


def _digits(cell):
    return sum(map(str.isdigit, cell))


def _not_website(cells):
    return share(cells, lambda cell: "." in cell and "@" not in cell) < 0.2 or looks_like("linkedin", cells)


def _not_linkedin(cells):
    return share(cells, lambda cell: ("." in cell and "linkedin" not in cell.lower()) or "@" in cell) > 0.5


def _not_title(cells):
    return share(cells, lambda cell: _SALUTATION.fullmatch(fold(cell))) >= 0.5


_TESTS = {
    "email": lambda cells: share(cells, lambda cell: "@" in cell) < 0.2,
    "website": _not_website,
    "linkedin": _not_linkedin,
    "employees": lambda cells: share(cells, _digits) < 0.5,
    "value": lambda cells: share(cells, _digits) < 0.5,
    "phone": lambda cells: share(cells, lambda cell: _digits(cell) > 4) < 0.2,
    "title": _not_title,
    "stage": lambda cells: share(cells, stage_of) < 0.5,
    "source": lambda cells: share(cells, lambda cell: cell.isdecimal() or _ID.fullmatch(cell)) > 0.5,
    "tags": lambda cells: share(cells, _MARK.fullmatch) > 0.5,
    "note": lambda cells: share(cells, _MARK.fullmatch) > 0.5,
}
