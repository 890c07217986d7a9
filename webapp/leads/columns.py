"""The columns of the table: how each is headed, sorted and drawn, and what its cells show beside what a Row has."""

from typing import NamedTuple

from . import custom
from .criteria import CUSTOM, SHOWN
from .field_models import CustomKind
from .listing import custom_values
from .ordering import ORDERS

KINDS = (
    {"next": "step"} | dict.fromkeys(("employees", "score"), "number") | dict.fromkeys(("website", "linkedin"), "url")
)
TIMES = {
    "created": "created_at",
    "moved": "stage_changed_at",
    "contacted": "contacted_at",
    "replied": "replied_at",
    "converted": "converted_at",
    "lost": "lost_at",
}
OWN = {CustomKind.NUMBER: "number", CustomKind.URL: "url"}


class Column(NamedTuple):
    """`kind` says how a cell is drawn; `reads` is the name of what it shows of a Row, "" for what stands in Beside."""

    name: str
    label: str
    kind: str = "text"
    reads: str = ""
    sorts: bool = False

    @property
    def is_number(self):
        return self.kind in ("number", "money")


class Beside(NamedTuple):
    """What a row shows that is not its lead's own: a center's name, the next step, values of custom fields."""

    center: str = ""
    step: tuple | None = None
    own: tuple = ()  # (name of the column, text)


def all_columns(member):
    """Every Column there is, by name: the workspace's own fields come last."""
    found = {name: _column(name, field.label) for name, field in SHOWN.items() if name != "name"}
    for field in custom.fields_of(member.workspace):
        name = CUSTOM + field.slug
        found[name] = Column(name, field.name, OWN.get(field.kind, "text"), sorts=True)
    return found


def columns_of(member, names):
    """The Columns by these names; those of fields that are gone are left out."""
    if any(name.startswith(CUSTOM) for name in names):
        known = all_columns(member)
        return tuple(known[name] for name in names if name in known)
    return tuple(_column(name, SHOWN[name].label) for name in names)


def _column(name, label):
    special = name in ("company", "stage", "owner", "center", "tag", "due", "touch", "email", "phone")
    kind = name if special else "time" if name in TIMES else "money" if name == "value" else KINDS.get(name, "text")
    reads = TIMES.get(name) or {"next": "next_kind"}.get(name, name)
    return Column(name, label, kind, reads, name in ORDERS)


def beside(member, rows, columns, *, centers, steps):
    """A Beside for each of `rows`. `centers` are names by id, `steps` next steps by the lead's id."""
    own = custom_values(member, rows, [column.name for column in columns if column.name.startswith(CUSTOM)])
    return tuple(
        Beside(centers.get(row.center_id, ""), steps.get(row.id), tuple(sorted(own[row.id].items()))) for row in rows
    )
