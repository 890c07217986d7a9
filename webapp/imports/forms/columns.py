"""What each column becomes, the field that is made for one, and how the file is read."""

from wtforms import FieldList, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.leads.custom_kinds import LABELS
from webapp.leads.field_models import CustomKind
from webapp.web.forms import BaseForm, one_line

from ..dialect import DELIMITERS, ENCODINGS, MOST_COLUMNS

UNDECIDED, CREATE, LEAVE = "", "new", "-"  # what a column's list offers besides the fields
NO_NAMES = "none"  # the file has no line with the names of its columns


class ColumnsForm(BaseForm):
    """Per column UNDECIDED, CREATE, LEAVE or a target; `shape` is of the columns that the person saw."""

    shape = HiddenField()
    create = IntegerField(validators=[Optional()])  # the column whose “Create field” was pressed
    skip = IntegerField(validators=[Optional()])  # the one whose “Skip column” was
    columns = FieldList(SelectField(choices=()), max_entries=MOST_COLUMNS)

    def __init__(self, targets):
        super().__init__()
        for column in self.columns:
            column.choices = [SelectChoice(value, value) for value in (UNDECIDED, CREATE, LEAVE, *targets)]
        if self.skip.data is not None and self.skip.data < len(self.columns):
            self.columns[self.skip.data].data = LEAVE

    @property
    def mapping(self):
        """As Import.mapping keeps it."""
        return ["" if value in (CREATE, LEAVE) else value for value in self.columns.data]

    @property
    def left(self):
        """The numbers of columns that the person left out on purpose."""
        return {number for number, value in enumerate(self.columns.data) if value == LEAVE}

    @property
    def made(self):
        """The numbers of columns that are to get a field of their own."""
        return [number for number, value in enumerate(self.columns.data) if value == CREATE]


class NewFieldForm(BaseForm):
    """The field that is made for one column. It stands within the form of all columns, so its names carry a number."""

    class Meta:
        csrf = False  # the form around it has the token

    name = StringField("Name of the new field", filters=[one_line])
    kind = SelectField("Kind of the new field", choices=[SelectChoice(kind.value, label) for kind, label in LABELS.items()])

    @classmethod
    def of(cls, number, **shown):
        return cls(prefix=f"new-{number}-", **shown)


class ReadingForm(BaseForm):
    """How the file is read, as it was detected or chosen."""

    sheet = SelectField("Sheet", validators=[Optional()])
    encoding = SelectField("Letters")
    delimiter = SelectField("Columns are parted by")
    header = SelectField("Column names")
    decimal = SelectField("Decimal mark", choices=[SelectChoice(".", "Point: 1,234.50"), SelectChoice(",", "Comma: 1.234,50")])
    dates = SelectField(
        "Dates",
        choices=[
            SelectChoice("ymd", "Year first: 2026-11-21"),
            SelectChoice("dmy", "Day first: 21.11.2026"),
            SelectChoice("mdy", "Month first: 11/21/2026"),
        ],
    )

    def __init__(self, imported, lines, **options):
        """`lines` is how many records may hold the names of the columns."""
        dialect = imported.dialect
        header = dialect.get("header_line")
        shown = {
            "sheet": dialect.get("sheet", ""), "encoding": dialect["encoding"], "delimiter": dialect["delimiter"],
            "header": NO_NAMES if header is None else str(header), "decimal": dialect.get("decimal", "."),
            "dates": dialect.get("dates", "ymd"),
        }  # fmt: skip
        super().__init__(data=shown, **options)
        self.sheet.choices = [SelectChoice(name, name) for name in dialect.get("sheets", [])]
        self.encoding.choices = _named(ENCODINGS, dialect["encoding"])
        self.delimiter.choices = _named({key: word.capitalize() for key, word in DELIMITERS.items()}, dialect["delimiter"])
        last = max(lines, (header or 0) + 1)
        numbered = [SelectChoice(str(line), f"In line {line + 1}") for line in range(last)]
        self.header.choices = [*numbered, SelectChoice(NO_NAMES, "There are none")]
        if dialect.get("format", "text") == "text":
            del self.sheet
        else:
            del self.encoding, self.delimiter
        self.shown = shown

    @property
    def changed(self):
        """What read_again() takes of what was chosen: only what is not as it was."""
        chosen = {name: value for name, value in self.values().items() if value != self.shown[name]}
        if "header" in chosen:
            header = chosen.pop("header")
            chosen["header_line"] = None if header == NO_NAMES else int(header)
        return chosen


def _named(names, chosen):
    """Choices with each word once: several encodings are called UTF-16."""
    words = {word: key for key, word in reversed(names.items())}
    if chosen in names:
        words[names[chosen]] = chosen
    return [SelectChoice(key, word) for word, key in reversed(words.items())]


KINDS = {kind.value: label for kind, label in LABELS.items()}
CHOICE = CustomKind.CHOICE.value
