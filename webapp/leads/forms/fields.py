"""Forms of custom fields and tags: their definitions, and what is typed into them."""

from functools import lru_cache

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextInput

from webapp.web.forms import BaseForm, one_line, strip
from webapp.web.locale import spoken

from ..custom import shown
from ..custom_kinds import LABELS, LENGTH
from ..field_models import CustomKind
from .lead import LeadForm

_BARE = {"autocomplete": "off"}


class NameForm(BaseForm):
    name = StringField("Name", filters=[one_line], render_kw=_BARE)


class FieldForm(NameForm):
    """A new custom field."""

    kind = SelectField("Kind", choices=[SelectChoice(kind.value, label) for kind, label in LABELS.items()])
    options = TextAreaField(
        "Options", filters=[strip], description="For a choice: each on a line of its own.", render_kw={"rows": 4}
    )

    @property
    def lines(self):
        return (self.options.data or "").splitlines()


class OptionsForm(BaseForm):
    """The options of a choice, a line each, and those that the form showed at first."""

    options = TextAreaField("Options", filters=[strip], description="Each on a line of its own.")
    seen = TextAreaField("Options before")

    @property
    def lines(self):
        return (self.options.data or "").splitlines()

    @property
    def tidy(self):
        return [" ".join(line.split()) for line in self.lines if line.strip()]

    @property
    def before(self):
        return (self.seen.data or "").splitlines()


class _DateInput(TextInput):
    input_type = "date"


class _Typed(StringField):
    """Text that a verb reads: a refusal is said by it. Filled with what is kept, it shows that as people write it."""

    def __init__(self, label, field, **options):
        self.custom = field
        super().__init__(label, **options)

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        kept = self.data or ""
        return shown(self.custom, kept, spoken()) if self.custom.kind is CustomKind.NUMBER else kept


def _field(field):
    """The WTForms field into which one types what a lead has in a Field."""
    if field.kind in (CustomKind.CHOICE, CustomKind.YES_NO):
        options = field.options if field.kind is CustomKind.CHOICE else ("yes", "no")
        words = [SelectChoice(option, shown(field, option)) for option in options]
        # an option that is gone meanwhile is refused by the verb, which says which there are
        return SelectField(field.name, choices=[SelectChoice("", "–"), *words], validate_choice=False)
    if field.kind is CustomKind.DATE:
        return _Typed(field.name, field, widget=_DateInput(), render_kw=_BARE)
    attributes = {"inputmode": "decimal"} if field.kind is CustomKind.NUMBER else {"maxlength": LENGTH * 2}
    return _Typed(field.name, field, filters=[strip], render_kw={**_BARE, **attributes})


@lru_cache(maxsize=256)
def value_form(field):
    """The class of the form of one Field; its input is named as in every form."""
    return type("ValueForm", (BaseForm,), {field.input: _field(field)})


@lru_cache(maxsize=64)
def new_lead_form(fields):
    """The class of the New lead form of a workspace with these Fields."""
    tags = StringField("Tags", filters=[one_line], description="Several are parted by commas.", render_kw=_BARE)
    return type("NewLeadForm", (LeadForm,), {**{field.input: _field(field) for field in fields}, "tags": tags})
