"""Two leads side by side: what each has in every field, and which of two values is the better one to keep."""

from dataclasses import dataclass
from typing import NamedTuple

from . import custom, tags
from .custom_kinds import shown
from .duplicates import mailbox_of
from .fields import FIELDS
from .models import Stage

PROGRESS = (Stage.LOST, Stage.NEW, Stage.CONTACTED, Stage.REPLIED, Stage.CONVERTED)  # the later, the further
EMPTY = ("", None, 0)


@dataclass(frozen=True)
class Sheet:
    """All that a member may choose of a lead: {name: value as it is kept} and the same in words, by field."""

    lead: object
    values: dict
    texts: dict
    custom: dict  # {name: custom_kinds.Field} of the fields of its workspace
    tags: tuple  # of tags.Named

    @property
    def known(self):
        """Everything in it as JSON can hold it, to see whether anything changed."""
        return {**self.values, "tags": sorted(tag.id for tag in self.tags)}


class Row(NamedTuple):
    """One field of two leads. `better` is the side that is taken unless a member says otherwise."""

    name: str
    label: str
    keep: object
    other: object
    keep_text: str
    other_text: str
    better: str

    @property
    def same(self):
        return self.keep == self.other


def sheet_of(lead, locale="en"):
    """The Sheet of a lead. Three queries at most."""
    values = {name: lead.__data__[name] for name in FIELDS}
    texts = {name: "" if value in EMPTY else _written(value) for name, value in values.items()}
    texts["owner"] = lead.owner.full_name if lead.owner_id else ""
    texts["center"] = lead.center.name if lead.center_id else ""
    values |= {"stage": lead.stage.value, "lost_reason": lead.lost_reason}
    texts |= {"stage": lead.stage.label, "lost_reason": lead.lost_reason}
    fields = {}
    for field, text in custom.facts_of(lead):
        fields[field.input] = field
        values[field.input], texts[field.input] = text, shown(field, text, locale)
    return Sheet(lead, values, texts, fields, tags.tags_on(lead))


def _written(value):
    return f"{value:,}" if isinstance(value, int) else value


def rows_of(keep, other):
    """The Rows of two Sheets, in the order of their pages."""
    labels = {name: field.label for name, field in FIELDS.items()} | {"stage": "Stage"}
    labels |= {name: field.name for name, field in keep.custom.items()}
    return tuple(
        Row(
            name,
            label,
            keep.values[name],
            other.values.get(name, ""),
            keep.texts[name],
            other.texts.get(name, ""),
            _better(name, keep, other),
        )
        for name, label in labels.items()
    )


def _better(name, keep, other):
    """Filled over empty, then the lead that was touched later; of two stages the one further on, and of two ways to
    write a mailbox the plain one.
    """
    mine, theirs = keep.values[name], other.values.get(name, "")
    if name == "stage":
        return "other" if PROGRESS.index(theirs) > PROGRESS.index(mine) else "keep"
    if mine in EMPTY or theirs in EMPTY:
        return "other" if mine in EMPTY and theirs not in EMPTY else "keep"
    if name == "email" and mailbox_of(mine) == mailbox_of(theirs):
        return "keep" if mine == mailbox_of(mine) or theirs != mailbox_of(theirs) else "other"
    return "other" if other.lead.touched_at > keep.lead.touched_at else "keep"
