"""What the cells of a column say about it: an address, a profile, a place, or something else than its name does."""

import re

from webapp.core.text import fold
from webapp.leads.countries import is_country

from .stages import stage_of

CONTENT = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),
    "linkedin": re.compile(r"(https?://)?([a-z]{2,3}\.)?linkedin\.com/\S+", re.IGNORECASE),
    "website": re.compile(r"(https?://\S+|www\.\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,12}/?)", re.IGNORECASE),
    "phone": re.compile(
        r"'?(p:)?(?=(?:\D*\d){7})(?!\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([T ]|$))"  # no date
        r"(\+|00|\(|\d{2,5}[ /-])[\d ()./+-]{6,24}(\s*(x|ext\.?)\s*\d+)?"
    ),
    "location": re.compile(r"[^\W\d][^,\d]{1,40}, ?[^\W\d][^,\d]{1,40}(, ?[^\W\d][^,\d]{1,40})?"),
}  # in the order they are looked for
_STATE_NAMES = """
    alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois
    |indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri
    |montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma
    |oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington
    |west virginia|wisconsin|wyoming|district of columbia|alberta|british columbia|manitoba|new brunswick|nova scotia
    |ontario|quebec|saskatchewan"""
_STATES = frozenset(name.strip() for name in _STATE_NAMES.split("|"))
_CODES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
)
_STATE_CODES = frozenset(f"{_CODES} PA RI SC SD TN TX UT VT VA WA WV WI WY DC AB BC MB NB NS ON QC SK".split())
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
    """Whether most of `cells` have the form of the field; of places, some must also end with one that is known."""
    if not cells or share(cells, CONTENT[field].fullmatch) < _ENOUGH:
        return False
    return field != "location" or share(cells, _ends_somewhere) >= 0.3


def _ends_somewhere(cell):
    """ "Oslo, Norway", "Austin, TX" and "Austin, Texas", but neither "Flantz, Markus" nor "Partner, VIP"."""
    last = cell.rpartition(",")[2].strip()
    return is_country(last) or fold(last) in _STATES or last in _STATE_CODES


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
