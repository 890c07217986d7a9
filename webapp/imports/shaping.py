"""A row of cells made into the fields of a lead, checked and cleaned. Called once a row: a million times a file.

`Shaper.of(imported)(cells)` gives a Shaped; what makes the row unusable raises Invalid with a sentence, whose
`field` is the number of the cell's column (0 for the first), or None when it is about the whole row.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from webapp.core.errors import Invalid
from webapp.core.spreadsheets import from_cell
from webapp.leads import cleaning

from .extras import Columns

# The columns of a lead that a file can fill, in the order of Shaped.values.
FIELDS = (
    "company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
    "employees", "city", "region", "country", "source", "value",
)  # fmt: skip
SLOT = {field: slot for slot, field in enumerate(FIELDS)}
COMPANY, FIRST, LAST, EMAIL, WEBSITE, DOMAIN = map(
    SLOT.get, ("company", "first_name", "last_name", "email", "website", "domain")
)
EMPTY = tuple(None if field == "employees" else 0 if field == "value" else "" for field in FIELDS)
LABELS = {
    "full_name": "Name", "first_name": "First name", "last_name": "Last name", "email": "E-mail", "company": "Company",
    "title": "Job title", "phone": "Phone", "website": "Website", "linkedin": "LinkedIn", "industry": "Industry",
    "employees": "Employees", "location": "Place", "city": "City", "region": "State or region", "country": "Country",
    "source": "Source", "value": "Value",
}  # fmt: skip
LONGEST = 255
_FORMULA = re.compile(r'=\s*HYPERLINK\s*\(\s*"[^"]*"\s*[,;]\s*"((?:[^"]|"")*)"\s*\)\s*', re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"\s*')
_WHITE = re.compile(r"[\s\x00-\x1f\x7f\u200b\ufeff]+")
_NUMBER = re.compile(r"[^\d.,-]*(-?\d[\d.,' \u00a0\u202f]*)\s*([km]|mio|mn)?\b.*", re.IGNORECASE | re.DOTALL)
_SCALES = {"k": 1000, "m": 1_000_000, "mio": 1_000_000, "mn": 1_000_000}


@dataclass(slots=True)
class Shaped:
    """`values` in the order of FIELDS; `left_out` are (column, label, text, why) of cells that no field can hold."""

    values: list
    left_out: list
    extra: object = None  # an extras.Extra, when the row has something besides a lead's own fields


def tidy(text):
    """A cell's text on one line, without what spreadsheets put around it: =HYPERLINK("…","3M"), ="007", '+49."""
    if text[:1] == "=":
        if match := _FORMULA.fullmatch(text) or _TEXT_FORMULA.fullmatch(text):
            text = match[1].replace('""', '"')
    else:
        text = from_cell(text)
    return _WHITE.sub(" ", text).strip()


class Shaper:
    """Makes rows into leads by `mapping`, a list with a target (see matching.TARGETS) or "" for each column.

    `extras` is the extras.Columns of what else the mapping has.
    """

    def __init__(self, mapping, extras=None):
        self.extras = extras if extras and extras.plan else None
        self.width = len(mapping)
        self.plan = [
            (column, target, SLOT.get(target), _CLEANERS.get(target))
            for column, target in enumerate(mapping)
            if target in SLOT
        ]
        self.name = mapping.index("full_name") if "full_name" in mapping else None
        self.place = mapping.index("location") if "location" in mapping else None

    @classmethod
    def of(cls, imported):
        """The Shaper of an Import, as its mapping and options say."""
        return cls(imported.mapping, Columns(imported))

    def __call__(self, cells):
        values, left_out, count = list(EMPTY), [], len(cells)
        for column, target, slot, clean in self.plan:
            if column < count and (text := cells[column].strip()):
                if not text.isprintable() or text[0] in "='":
                    text = tidy(text)
                if clean:
                    try:
                        values[slot] = clean(text)
                    except Invalid as error:
                        if target == "email":
                            raise Invalid(str(error), column) from None
                        left_out.append((column, LABELS[target], text, str(error)))
                else:
                    if len(text) > LONGEST:
                        raise _too_long(target, column)
                    values[slot] = text
        if self.name is not None and self.name < count and cells[self.name]:
            self._name(values, tidy(cells[self.name].strip()))
        if self.place is not None and self.place < count and cells[self.place]:
            self._place(values, left_out, cells[self.place].strip())
        if count > self.width:
            beyond = enumerate(cells[self.width :], self.width)
            left_out += [(column, "", text, "no column") for column, cell in beyond if (text := cell.strip())]
        values[DOMAIN] = cleaning.domain_of(values[WEBSITE], values[EMAIL])
        if not (values[EMAIL] or values[COMPANY] or values[FIRST] or values[LAST]):
            raise Invalid("The row has no e-mail address, no name and no company. A lead needs one of them.")
        return Shaped(values, left_out, self.extras.read(cells, tidy, left_out) if self.extras else None)

    def _name(self, values, text):
        """A full name fills what columns of their own left empty."""
        first, last = cleaning.split_name(text)
        if not values[FIRST] and not values[LAST]:
            values[FIRST], values[LAST] = first, last
        if len(values[FIRST]) > LONGEST or len(values[LAST]) > LONGEST:
            raise _too_long("full_name", self.name)

    def _place(self, values, left_out, text):
        for field, part in zip(("city", "region", "country"), cleaning.split_location(text), strict=True):
            part = tidy(part)
            if len(part) > LONGEST:
                raise _too_long("location", self.place)
            values[SLOT[field]] = values[SLOT[field]] or part
        if "\n" in text or "\r" in text:
            left_out.append((self.place, LABELS["location"], tidy(text), "only its city and region were kept"))


def whole_number(text, most=2_000_000_000):
    """The number in "1,200", "1.200", "€ 64k", "51-200" (the lower bound). Raises Invalid."""
    match = _NUMBER.fullmatch(text)
    digits = match and re.sub(r"[ '\u00a0\u202f]", "", match[1]).rstrip(".,-")
    if not digits or "-" in digits[1:]:
        raise Invalid("not a number")
    digits = re.sub(r"[.,](?=\d{3}(?:[.,]|$))", "", digits).replace(",", ".")
    try:
        number = round(float(digits) * _SCALES.get((match[2] or "").lower(), 1))
    except ValueError:
        raise Invalid("not a number") from None
    if not 0 <= number <= most:
        raise Invalid(f"not between 0 and {most:,}")
    return number


def money(text):
    """The same for a lead's value."""
    return whole_number(text, most=10**15)


def _limited(clean, target):
    def checked(text):
        value = clean(text)
        if len(value) > LONGEST:
            raise _too_long(target)
        return value

    return checked


_CLEANERS = {
    "email": cleaning.clean_email,
    "phone": _limited(cleaning.clean_phone, "phone"),
    "website": _limited(cleaning.clean_website, "website"),
    "linkedin": _limited(cleaning.clean_website, "linkedin"),
    "employees": whole_number,
    "value": money,
}


def _too_long(target, column=None):
    return Invalid(f"{LABELS[target]} is longer than {LONGEST} characters.", column)


class Cleaned(NamedTuple):
    """A cell whose kept value is not what the file says."""

    kind: str
    text: str
    value: str


def becomes(mapping, cells, shaped):
    """{column: Cleaned} of the cells whose kept value differs from what the file says beyond outer blanks."""
    found = {}
    for column, target in enumerate(mapping[: len(cells)]):
        if target in SLOT and (text := cells[column].strip()):
            value = shaped.values[SLOT[target]]
            if value not in (None, "") and str(value) != text:
                found[column] = Cleaned(target, text, str(value))
    return found
