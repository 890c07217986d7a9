"""A row of cells made into the fields of a lead, checked and cleaned. Called once a row: a million times a file.

`Shaper.of(imported)(cells)` gives a Shaped; what makes the row unusable raises Invalid with a sentence, whose
`field` is the number of the cell's column (0 for the first), or None when it is about the whole row.
"""

import re
from dataclasses import dataclass
from functools import partial

from webapp.accounts.country import country_of
from webapp.core.errors import Invalid
from webapp.core.spreadsheets import from_cell
from webapp.leads import cleaning
from webapp.leads.countries import clean_country, code_of
from webapp.leads.names import calmed
from webapp.leads.phones import international

from .extras import PREFIX, Columns
from .numbers import money, whole_number
from .recognising import GALENA, program

# The columns of a lead that a file can fill, in the order of Shaped.values.
FIELDS = (
    "company", "first_name", "last_name", "title", "email", "phone", "website", "domain", "linkedin", "industry",
    "employees", "city", "region", "country", "source", "value",
)  # fmt: skip
SLOT = {field: slot for slot, field in enumerate(FIELDS)}
COMPANY, FIRST, LAST, EMAIL, WEBSITE, DOMAIN, PHONE, COUNTRY = map(
    SLOT.get, ("company", "first_name", "last_name", "email", "website", "domain", "phone", "country")
)
EMPTY = tuple(None if field == "employees" else 0 if field == "value" else "" for field in FIELDS)
LABELS = {
    "full_name": "Name", "first_name": "First name", "last_name": "Last name", "email": "E-mail", "company": "Company",
    "title": "Job title", "phone": "Phone", "website": "Website", "linkedin": "LinkedIn", "industry": "Industry",
    "employees": "Employees", "location": "Place", "city": "City", "region": "State or region", "country": "Country",
    "source": "Source", "value": "Value",
}  # fmt: skip
LONGEST = 255
NOBODY = "The row has no e-mail address, no name and no company. A lead needs one of them."
_FORMULA = re.compile(r'=\s*HYPERLINK\s*\(\s*"[^"]*"\s*[,;]\s*"((?:[^"]|"")*)"\s*\)\s*', re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"\s*')
_WHITE = re.compile(r"[\s\x00-\x1f\x7f\u200b\ufeff]+")
_INVALID_PHONE = "This is no valid phone number, so it is kept as it is written."


@dataclass(slots=True)
class Shaped:
    """`values` in the order of FIELDS; `left_out` are (column, label, text, why) of cells that no field can hold, and
    `doubts` (column, sentence) of those that are kept and worth a look.
    """

    values: list
    left_out: list
    extra: object = None  # an extras.Extra, when the row has something besides a lead's own fields
    doubts: tuple = ()


def tidy(text):
    """A cell's text on one line, without what spreadsheets put around it: =HYPERLINK("…","3M"), ="007", '+49."""
    if text[:1] == "=":
        if match := _FORMULA.fullmatch(text) or _TEXT_FORMULA.fullmatch(text):
            text = match[1].replace('""', '"')
    else:
        text = from_cell(text)
    return _WHITE.sub(" ", text).strip()


class Shaper:
    """Makes rows into leads by `mapping`, a list with a target (see extras.targets) or "" for each column.

    `extras` is the extras.Columns of what else the mapping has; `country` (ISO 3166) is where phone numbers are from
    when neither they nor their rows say; `decimal` is the file's decimal mark. `calm` mends names all in capitals;
    `exact` keeps phones, countries and names as they are written. `mark` is the target of the custom field that leads
    are told apart by: a row that has it needs nothing else.
    """

    def __init__(self, mapping, extras=None, *, country="", decimal="", calm=True, exact=False, mark=""):
        self.extras = extras if extras and extras.plan else None
        self.width, self.country, self.mark = len(mapping), country, mark
        cleaners = {**_CLEANERS, **{name: partial(read, decimal=decimal) for name, read in _NUMBERS.items()}}
        if exact:
            del cleaners["country"]
        self.plan = [
            (column, target, SLOT.get(target), cleaners.get(target))
            for column, target in enumerate(mapping)
            if target in SLOT
        ]
        self.name, self.place = _at(mapping, "full_name"), _at(mapping, "location")
        self.phone = None if exact else _at(mapping, "phone")
        self.calm, self.cleans_country = calm and not exact, not exact

    @classmethod
    def of(cls, imported):
        """The Shaper of an Import, as its mapping and options say. Our own export comes back as it went."""
        return cls(
            imported.mapping,
            Columns(imported),
            country=imported.options.get("country") or country_of(imported.workspace),
            decimal=imported.dialect.get("decimal") or "",
            calm=imported.options.get("clean_names", True),
            mark=imported.options.get("key", ""),
            exact=program(column["name"] for column in imported.columns) == GALENA,
        )

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
        if self.calm and (values[FIRST].isupper() or values[LAST].isupper()):
            values[FIRST], values[LAST] = calmed(values[FIRST], values[LAST])
        values[DOMAIN] = cleaning.domain_of(values[WEBSITE], values[EMAIL])
        doubts = self._phone(values) if self.phone is not None and values[PHONE] else ()
        shaped = Shaped(values, left_out, self.extras.read(cells, tidy, left_out) if self.extras else None, doubts)
        if not is_somebody(values) and not self._is_marked(shaped):
            raise Invalid(NOBODY)
        return shaped

    def _is_marked(self, shaped):
        """Whether the row has what leads are told apart by: that may find one."""
        return bool(shaped.extra) and any(self.mark == f"{PREFIX}{field.id}" for field in shaped.extra.values)

    def _phone(self, values):
        """Write the phone number as everywhere, when that can be told; the doubts about it."""
        region = code_of(values[COUNTRY]) or self.country
        if number := international(values[PHONE], region):
            values[PHONE] = number
        elif region or values[PHONE][0] == "+":
            return ((self.phone, _INVALID_PHONE),)
        return ()

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
            if field == "country" and part and self.cleans_country:
                part = clean_country(part)
            values[SLOT[field]] = values[SLOT[field]] or part
        if "\n" in text or "\r" in text:
            left_out.append((self.place, LABELS["location"], tidy(text), "only its city and region were kept"))


def is_somebody(values):
    """Whether a new lead can be made of `values`."""
    return bool(values[EMAIL] or values[COMPANY] or values[FIRST] or values[LAST])


def _at(mapping, target):
    return mapping.index(target) if target in mapping else None


def _limited(clean, target):
    def checked(text):
        value = clean(text)
        if len(value) > LONGEST:
            raise _too_long(target)
        return value

    return checked


_NUMBERS = {"employees": whole_number, "value": money}
_CLEANERS = {
    "email": cleaning.clean_email,
    "phone": _limited(cleaning.clean_phone, "phone"),
    "website": _limited(cleaning.clean_website, "website"),
    "linkedin": _limited(cleaning.clean_website, "linkedin"),
    "country": _limited(clean_country, "country"),
}


def _too_long(target, column=None):
    return Invalid(f"{LABELS[target]} is longer than {LONGEST} characters.", column)
