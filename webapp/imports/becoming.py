"""What the check shows of a row: which of its cells are kept otherwise than the file says, and as what."""

from typing import NamedTuple

from webapp.leads.field_models import CustomKind

from .extras import PREFIX
from .shaping import FIRST, LAST, SLOT

PLACE = [SLOT[field] for field in ("city", "region", "country")]
KINDS = {
    "email": "e-mail", "phone": "phone", "website": "website", "linkedin": "website", "country": "country",
    "employees": "number", "value": "number", "first_name": "name", "last_name": "name", "full_name": "name",
    "location": "place",
}  # fmt: skip
OF_CUSTOM = {CustomKind.NUMBER: "number", CustomKind.DATE: "date", CustomKind.URL: "website"}
OTHER = "text"


class Cleaned(NamedTuple):
    """A cell whose kept value is not what the file says. `kind` is one of those in KINDS, "date" or "text"."""

    kind: str
    text: str
    value: str


def becomes(mapping, cells, shaped):
    """{column: Cleaned} of the cells whose kept value differs from what the file says beyond outer blanks.

    What stands for nothing ("n/a") becomes ""; what could not be used is not told here: it is a problem of its row.
    """
    found, unused = {}, {column for column, *_ in shaped.left_out}
    own = {f"{PREFIX}{one.id}": (one, value) for one, value in shaped.extra.values.items()} if shaped.extra else {}
    for column, target in enumerate(mapping[: len(cells)]):
        if not target or not (text := cells[column].strip()):
            continue
        if target in own:
            field, value = own[target]
            kind, value = OF_CUSTOM.get(field.kind, OTHER), value.text
        else:
            kind, value = KINDS.get(target, OTHER), _kept(target, shaped.values, mapping)
        if value != text and (value or (target in SLOT and column not in unused)):
            found[column] = Cleaned(kind, text, value)
    return found


def _kept(target, values, mapping):
    """What a field of every lead is kept as; "" for nothing, and for what several columns make together."""
    if target in SLOT:
        value = values[SLOT[target]]
        return "" if value is None else str(value)
    if target == "full_name" and not {"first_name", "last_name"} & set(mapping):
        return f"{values[FIRST]} {values[LAST]}".strip()
    if target == "location" and not {"city", "region", "country"} & set(mapping):
        return ", ".join(part for slot in PLACE if (part := values[slot]))
    return ""
