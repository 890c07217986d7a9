"""What each column becomes, the field that is made for one, and how the file is read."""

from wtforms import FieldList, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.leads.custom_kinds import LABELS
from webapp.leads.field_models import CustomKind
from webapp.web.forms import BaseForm, one_line

from ..dialect import DELIMITERS, MOST_COLUMNS
from ..encoding import CHOICES, name_of
from ..notation import DATES, DECIMALS

UNDECIDED, CREATE, LEAVE = "", "new", "-"  # what a column's list offers besides the fields
KINDS = {kind.value: label for kind, label in LABELS.items() if kind is not CustomKind.CHOICE}  # but for one of options
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
        if self.skip.data in range(len(self.columns)):
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
    kind = SelectField(
        "Kind of the new field", choices=[SelectChoice(kind.value, label) for kind, label in LABELS.items()]
    )

    @classmethod
    def of(cls, number):
        return cls(prefix=f"new-{number}-")


class ReadingForm(BaseForm):
    """How the file is read, as it was detected or chosen. What a workbook has no choice of is left out."""

    shape = HiddenField()
    sheet = SelectField("Sheet")
    encoding = SelectField("Encoding")
    delimiter = SelectField("Columns are parted by")
    header_line = SelectField("Column names")
    decimal = SelectField("Numbers", choices=[SelectChoice(*one) for one in DECIMALS.items()])
    dates = SelectField("Dates", choices=[SelectChoice(*one) for one in DATES.items()])

    def __init__(self, imported, preview, **options):
        """`preview` is what uploading.preview() gave: one of its lines may hold the names of the columns."""
        dialect = imported.dialect
        header = dialect.get("header_line")
        self.shown = {name: dialect.get(name, default) for name, default in _USUAL.items()}
        self.shown["header_line"] = NO_NAMES if header is None else str(header)
        super().__init__(data=self.shown, **options)
        self.sheet.choices = [SelectChoice(name, name) for name in dialect.get("sheets", [])]
        self.encoding.choices = _with(CHOICES, dialect["encoding"], name_of(dialect["encoding"]))
        self.delimiter.choices = [SelectChoice(key, word.capitalize()) for key, word in DELIMITERS.items()]
        lines = sorted({one["line"] for one in preview} | ({header} if header is not None else set()))
        numbered = [SelectChoice(str(line), f"In line {line + 1}") for line in lines]
        self.header_line.choices = [*numbered, SelectChoice(NO_NAMES, "There are none")]
        for name in ("sheet",) if dialect.get("format", "text") == "text" else ("encoding", "delimiter"):
            delattr(self, name)

    @property
    def changed(self):
        """What read_again() takes of what was chosen: only what is not as it was."""
        chosen = {name: value for name, value in self.values().items() if name != "shape" and value != self.shown[name]}
        if "header_line" in chosen:
            chosen["header_line"] = None if chosen["header_line"] == NO_NAMES else int(chosen["header_line"])
        return chosen

    def chosen(self):
        """The fields that are choices."""
        return [field for field in self if field.name in _USUAL and len(field.choices) > 1]


_USUAL = {"sheet": "", "encoding": "utf-8", "delimiter": ",", "header_line": None, "decimal": ".", "dates": "ymd"}


def _with(names, chosen, name):
    """Choices of `names`, and of what is chosen now where that is none of them."""
    return [SelectChoice(*one) for one in {**({} if chosen in names else {chosen: name}), **names}.items()]
