"""Which column of a file becomes which field: by the column's name, else by what stands in it."""

import re

from webapp.core.text import fold
from webapp.leads.countries import is_country

from .evidence import CONTENT, contradicted, looks_like, share
from .headers import meaning, plain
from .recognising import own_names

# What a column can become, in the order the page offers it.
TARGETS = {
    "full_name": "Full name", "first_name": "First name", "last_name": "Last name", "email": "E-mail",
    "company": "Company", "title": "Job title", "phone": "Phone", "website": "Website", "linkedin": "LinkedIn",
    "industry": "Industry", "employees": "Employees", "location": "City, State", "city": "City",
    "region": "State or region", "country": "Country", "source": "Source", "value": "Value",
}  # fmt: skip
_ENOUGH = 0.6
_LEGAL = re.compile(
    r"\b(inc|llc|ltd|limited|corp|corporation|gmbh|ag|se|sa|sas|sarl|srl|bv|plc|kg|co|group|holdings?)\b\.?"
)
# Bare names that are first or last names, or companies, as the columns beside them say.
_BARE_NAMES = ("name", "nombre", "nom", "customer name", "client name")


def match(header, sample, named=None):
    """[(target or "", "name" | "content" | "")] for each column; no target twice. `named` are further names of columns,
    {as plain() leaves them: target}, which mean nothing else.
    """
    found = [("", "")] * len(header)
    own = _own(header, {**own_names(header), **(named or {})}, sample)
    rest = ["" if index in own else name for index, name in enumerate(header)]
    by_name = _by_name(rest, sample, set(own.values()))
    for index, field in {**by_name, **own}.items():
        if field:
            found[index] = (field, "name")
    for index, field in _by_content(len(header), sample, found, own).items():
        found[index] = (field, "content")
    return found


def _own(header, named, sample):
    """{column: target} of the first column with each of these names; "" where it must not be taken for a field."""
    chosen, nothing = {}, {}
    for index, name in enumerate(header):
        target = named.get(plain(name))
        if target == "":
            nothing[index] = ""
        elif target and not contradicted(target, cells_of(sample, index)):
            chosen.setdefault(target, index)
    return {**nothing, **{index: target for target, index in chosen.items()}}


def _by_name(header, sample, taken):
    """{column: field}: of several columns for a field the best known name, then the first one that is not empty."""
    best = {}
    for index, name in enumerate(header):
        field, rank = meaning(name) or ("", 0)
        cells = cells_of(sample, index)
        if not field or field in taken or contradicted(field, cells):
            continue
        if field == "stage" and not cells and plain(name) == "status":
            continue
        best.setdefault(field, []).append((not cells, rank, index))
    chosen = {min(found)[2]: field for field, found in best.items()}
    return _settle(chosen, header, sample)


def _settle(chosen, header, sample):
    """Full names and parts of names exclude each other, so do places and cities; a bare "Name" may be a company."""
    fields = {field: index for index, field in chosen.items()}
    if "full_name" in fields:
        chosen |= _settled_name(fields, header, sample)
        if not chosen[fields["full_name"]]:
            del chosen[fields["full_name"]]
    if "location" in fields and "city" in fields:
        del chosen[fields["location"]]
    return chosen


def _settled_name(fields, header, sample):
    """{column: what a column of full names is after all}, "" for nothing."""
    index = fields["full_name"]
    bare, cells = plain(header[index]) in _BARE_NAMES, cells_of(sample, index)
    if {"first_name", "last_name"} <= fields.keys():  # beside both, a lead's name is not a person's
        return {index: "company" if plain(header[index]) == "lead name" and "company" not in fields else ""}
    if bare and "last_name" in fields:
        return {index: "first_name"}
    if bare and "first_name" in fields:
        return {index: "" if _holds(sample, index, fields["first_name"]) else "last_name"}
    if bare and "company" not in fields and cells and share(cells, lambda cell: _LEGAL.search(fold(cell))) > 0.2:
        return {index: "company"}
    return {index: "full_name"}


def _holds(sample, whole, part):
    """Whether most cells of the column `whole` begin or end with what stands in the column `part`."""
    pairs = [(row[whole].strip(), row[part].strip()) for row in sample if max(whole, part) < len(row)]
    pairs = [pair for pair in pairs if all(pair)]
    return bool(pairs) and share(pairs, lambda pair: pair[0] != pair[1] and pair[1] in pair[0]) > 0.5


def _by_content(width, sample, found, own):
    """{column: field} for columns and fields that names left over."""
    taken = {field for field, _ in found}
    free = {index: cells_of(sample, index) for index in range(width) if not found[index][0] and index not in own}
    matched = {}
    for field in CONTENT:
        if field in taken or (field == "location" and taken & {"city", "region", "country"}):
            continue
        if (index := _first(free, matched, lambda cells, field=field: looks_like(field, cells))) is not None:
            matched[index] = field
    if not taken & {"country", "location"} and "location" not in matched.values():
        index = _first(free, matched, lambda cells: bool(cells) and share(cells, is_country) >= _ENOUGH)
        if index is not None:
            matched[index] = "country"
    return matched


def _first(free, matched, test):
    return next((index for index, cells in free.items() if index not in matched and test(cells)), None)


def cells_of(sample, index):
    """What stands in a column of the sample, without blanks."""
    return [cell for row in sample if index < len(row) and (cell := row[index].strip())]
