"""Which column of a file becomes which field: by the column's name, else by what stands in it."""

import re

from webapp.core.text import fold
from webapp.leads.countries import CODES, NAMES

from .synonyms import RANKED

# What a column can become, in the order the page offers it.
TARGETS = {
    "full_name": "Full name", "first_name": "First name", "last_name": "Last name", "email": "E-mail",
    "company": "Company", "title": "Job title", "phone": "Phone", "website": "Website", "linkedin": "LinkedIn",
    "industry": "Industry", "employees": "Employees", "location": "City, State", "city": "City",
    "region": "State or region", "country": "Country", "source": "Source", "value": "Value",
}  # fmt: skip
_PUNCTUATION = re.compile(r"[^0-9a-z#]+")
_NUMBERED = re.compile(r" ?\b[1-9]\b")
_CONTENT = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),
    "linkedin": re.compile(r"(https?://)?([a-z]{2,3}\.)?linkedin\.com/\S+", re.IGNORECASE),
    "website": re.compile(r"(https?://\S+|www\.\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,12}/?)", re.IGNORECASE),
    "phone": re.compile(r"'?(?=(?:\D*\d){7})(\+|00|\(|\d{2,5}[ /-])[\d ()./+-]{6,24}(\s*(x|ext\.?)\s*\d+)?"),
    "location": re.compile(r"[^\W\d][^,\d]{1,40}, ?[^\W\d][^,\d]{1,40}(, ?[^\W\d][^,\d]{1,40})?"),
}  # in the order they are looked for
_LEGAL = re.compile(
    r"\b(inc|llc|ltd|limited|corp|corporation|gmbh|ag|se|sa|sas|sarl|srl|bv|plc|kg|co|group|holdings?)\b\.?"
)
_ENOUGH = 0.6  # of a column's filled cells must look like the field


def plain(header):
    """A column's name made comparable: "E-Mail (Work)" becomes "e mail work"."""
    return _PUNCTUATION.sub(" ", fold(header).replace("#", " no of ")).strip()


def match(header, sample, named=None):
    """[(field or "", "name" | "content" | "")] for each column; no field twice. `named` are further names of columns,
    {as plain() leaves them: target}, which mean nothing else.
    """
    found = [("", "")] * len(header)
    own = _own(header, named or {})
    for index, field in _by_name(["" if index in own else name for index, name in enumerate(header)], sample).items():
        found[index] = (field, "name")
    for index, field in own.items():
        found[index] = (field, "name")
    for index, field in _by_content(header, sample, found).items():
        found[index] = (field, "content")
    return found


def _own(header, named):
    """{column: target} of the first column with each of these names."""
    chosen = {}
    for index, name in enumerate(header):
        if target := named.get(plain(name)):
            chosen.setdefault(target, index)
    return {index: target for target, index in chosen.items()}


def _by_name(header, sample):
    """{column: field}: of several columns for a field the best known name, then the first one that is not empty."""
    best = {}
    for index, name in enumerate(header):
        words = plain(name)
        field, rank = RANKED.get(words) or RANKED.get(_NUMBERED.sub("", words).strip()) or (None, 0)
        if field and _contradicted(field, cells_of(sample, index)):
            field = None
        if field:
            empty = not any(cells_of(sample, index))
            best.setdefault(field, []).append((empty, rank, index))
    chosen = {min(found)[2]: field for field, found in best.items()}
    return _settle(chosen, header, sample)


def _settle(chosen, header, sample):
    """Full names and parts of names exclude each other, so do places and cities; a bare "Name" may be a company."""
    fields = {field: index for index, field in chosen.items()}
    if "full_name" in fields and {"first_name", "last_name"} <= fields.keys():
        del chosen[fields.pop("full_name")]
    elif "full_name" in fields and "last_name" in fields and plain(header[fields["full_name"]]) in ("name", "nombre"):
        chosen[fields.pop("full_name")] = "first_name"
    if "location" in fields and "city" in fields:
        del chosen[fields.pop("location")]
    if (
        "full_name" in fields
        and "company" not in fields
        and plain(header[fields["full_name"]]) in ("name", "customer name")
    ):
        cells = cells_of(sample, fields["full_name"])
        if _share(cells, lambda cell: _LEGAL.search(fold(cell))) > 0.2:
            chosen[fields.pop("full_name")] = "company"
    return chosen


def _contradicted(field, cells):
    """Whether what stands in the column cannot be the field its name says (a "Mail" column of yes and no)."""
    if not cells:
        return False
    if field == "email":
        return _share(cells, lambda cell: "@" in cell) < 0.2
    if field == "website":
        return _share(cells, lambda cell: "." in cell and "@" not in cell) < 0.2 or _looks_like("linkedin", cells)
    if field in ("employees", "value"):
        return _share(cells, lambda cell: any(map(str.isdigit, cell))) < 0.5
    if field == "phone":
        return _share(cells, lambda cell: sum(map(str.isdigit, cell)) > 4) < 0.2
    return False


def _by_content(header, sample, found):
    """{column: field} for columns and fields that names left over."""
    taken = {field for field, _ in found}
    matched = {}
    for field in _CONTENT:
        if field in taken or (field == "location" and taken & {"city", "region", "country"}):
            continue
        for index in range(len(header)):
            if not found[index][0] and index not in matched and _looks_like(field, cells_of(sample, index)):
                matched[index] = field
                break
    if not taken & {"country", "location"} and "location" not in matched.values():
        for index in range(len(header)):
            cells = cells_of(sample, index)
            if not found[index][0] and index not in matched and cells and _share(cells, _is_country) >= _ENOUGH:
                matched[index] = "country"
                break
    return matched


def _is_country(cell):
    folded = fold(cell)
    return folded in NAMES or (len(folded) == 2 and folded in CODES and cell.isupper())


def _looks_like(field, cells):
    return bool(cells) and _share(cells, _CONTENT[field].fullmatch) >= _ENOUGH


def _share(cells, test):
    return sum(1 for cell in cells if test(cell)) / len(cells)


def cells_of(sample, index):
    """What stands in a column of the sample, without blanks."""
    return [cell for row in sample if index < len(row) and (cell := row[index].strip())]
