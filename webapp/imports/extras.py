"""What a row has besides a lead's own fields: custom fields, tags, a note, an owner, a stage.

Which columns they are, and what is read from a row. An import without such columns pays nothing for them: its rows have
no Extra. writing_extras.py writes them.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from webapp.core.errors import Invalid
from webapp.core.locales import DEFAULT
from webapp.core.spreadsheets import from_cell
from webapp.leads import tags
from webapp.leads.custom import cleaned, fields_of
from webapp.leads.field_models import CustomKind

from .headers import plain
from .matching import TARGETS
from .owners import Owners
from .stages import WHY as NO_STAGE
from .stages import stage_of

OTHERS = {"owner": "Owner", "stage": "Stage", "note": "Note", "tags": "Tags"}
# Locales that write numbers and dates as a dialect says.
DECIMALS = {".": DEFAULT, ",": "de"}
DATES = {"dmy": DEFAULT, "mdy": "en-US", "ymd": "ja"}
MONTHS = ("de", "fr", "es")
GROUPS = " ::: "  # what parts groups in Google Contacts, where its own begin with a star
OURS = frozenset(["* myContacts", "* Other Contacts"])  # those that tell nothing
PREFIX = "custom:"  # what a custom field's target begins with; its id follows


def targets(workspace):
    """{target: label} of what a column can become in this workspace."""
    return {**TARGETS, **OTHERS, **{f"{PREFIX}{one.id}": one.name for one in fields_of(workspace)}}


def headers(workspace):
    """{header as matching.plain() leaves it: target} of the workspace's own fields."""
    return {plain(one.name): f"{PREFIX}{one.id}" for one in fields_of(workspace) if plain(one.name)}


@dataclass(slots=True)
class Extra:
    """What a row has besides a lead's own fields."""

    values: dict = field(default_factory=dict)  # {Field: Value}
    names: list = field(default_factory=list)  # of tags
    note: str = ""
    owner: int | None = None  # the id of a user
    stage: object = None  # a Stage

    def __bool__(self):
        return bool(self.values or self.names or self.note or self.owner or self.stage)


class Columns:
    """The columns of `imported` that are not fields of every lead: `plan` is [(column, label, how it is read)]."""

    def __init__(self, imported):
        self.plan = []
        self.owners = Owners(imported.workspace_id) if "owner" in imported.mapping else None
        fields = {f"{PREFIX}{one.id}": one for one in fields_of(imported.workspace_id)}
        ways = {"owner": self._owner, "stage": self._stage, "note": self._note, "tags": self._tags}
        for column, target in enumerate(imported.mapping):
            if target in ways:
                self.plan.append((column, OTHERS[target], ways[target]))
            elif target in fields:
                self.plan.append((column, fields[target].name, partial(self._value, fields[target])))
            elif target.startswith(PREFIX):  # a run goes on; each lead is told what it misses
                self.plan.append((column, imported.columns[column]["name"], self._nowhere))
        self.numbers, self.dates = _locales(imported)

    def read(self, cells, tidy, left_out):
        """The Extra of a row, or None; what cannot be kept goes to `left_out` as (column, label, text, why)."""
        found = Extra()
        for column, label, take in self.plan:
            if column >= len(cells) or not (text := cells[column].strip()):
                continue
            if (not text.isprintable() or text[0] in "='") and take != self._note:
                text = tidy(text)
            if why := take(text, found):
                left_out.append((column, label, text, why))
        return found if found else None

    def _value(self, one, text, found):
        try:
            value = self._cleaned(one, text)
        except Invalid as error:
            return str(error)
        if value:
            found.values[one] = value
        return ""

    def _cleaned(self, one, text):
        """The Value of a cell. The names of months may be of any usual language, whatever the file's is."""
        if one.kind is not CustomKind.DATE:
            return cleaned(one, text, self.numbers)
        for locale in (self.dates, *MONTHS) if any(map(str.isalpha, text)) else ():
            with suppress(Invalid):
                return cleaned(one, text, locale)
        return cleaned(one, text, self.dates)

    def _nowhere(self, text, found):
        return "its field was deleted"

    def _owner(self, text, found):
        found.owner, why = self.owners.find(text)
        return why

    def _stage(self, text, found):
        found.stage = stage_of(text)
        return "" if found.stage else NO_STAGE

    def _note(self, text, found):
        found.note = from_cell(text).replace("\0", "")
        return ""

    def _tags(self, text, found):
        why = ""
        for name in tags.split(text.replace(GROUPS, ",")):
            if name in OURS:
                continue
            name = name.removeprefix("* ")
            if name[0] == name[-1] == '"':
                name = name.strip('"')
            try:
                found.names.append(tags.clean_name(name))
            except Invalid as error:
                why = why or str(error)
        return why


def _locales(imported):
    """(of numbers, of dates): locales that write them as the file does, those of the person where nobody knows."""
    decimal, dates = imported.dialect.get("decimal"), imported.dialect.get("dates")
    # A list parted by commas was written for programs, where a point is the decimal mark.
    by_person = imported.dialect.get("delimiter") != "," and imported.actor
    usual = imported.actor.locale if by_person else DEFAULT
    return DECIMALS.get(decimal, usual), DATES.get(dates, usual)
