from wtforms import (
    EmailField,
    IntegerField,
    SelectField,
    StringField,
    TelField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from webapp.web.forms import BaseForm, strip

from ..fields import FIELDS, TEXT_LENGTH
from ..models import Stage

STAGES = [SelectChoice(stage.value, stage.label) for stage in Stage]
_GROUPING = str.maketrans("", "", "\u00a0\u202f\u2009 ,'’_")  # what separates thousands


class WholeNumberField(IntegerField):
    """A whole number as people write it: "64,000" and "64 000" are 64000."""

    def process_formdata(self, valuelist):
        text = valuelist[0].strip().translate(_GROUPING) if valuelist else ""
        if not text:
            self.data = None
        elif text.isascii() and text.lstrip("-").isdigit() and len(text) < 20:
            self.data = int(text)
        else:
            self.data = None
            raise ValueError("Write a whole number, such as 64,000.")

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data:,}"


KINDS = {"text": StringField, "email": EmailField, "tel": TelField, "url": URLField}


def _field(name):
    field = FIELDS[name]
    if field.kind == "choice":
        return SelectField(field.label, coerce=lambda value: int(value) if value else None)
    if field.kind == "number":
        return WholeNumberField(field.label, render_kw={"inputmode": "numeric", "autocomplete": "off", "type": "text"})
    long = Length(max=TEXT_LENGTH, message=f"Keep it under {TEXT_LENGTH + 1} characters.")
    return KINDS[field.kind](field.label, [long], filters=[strip], render_kw={"autocomplete": "off"})


class _LeadFields(BaseForm):
    """A field for each of fields.FIELDS; rules that go beyond its shape stand there.

    Owners and centers are (id, name) pairs.
    """

    def __init__(self, *args, owners=(), centers=(), **options):
        super().__init__(*args, **options)
        for name, nothing, pairs in (("owner", "Nobody", owners), ("center", "No center", centers)):
            if name in self:
                chosen = [SelectChoice(str(key), label) for key, label in pairs]
                self[name].choices = [SelectChoice("", nothing), *chosen]


LeadForm = type("LeadForm", (_LeadFields,), {name: _field(name) for name in FIELDS})
EDITS = {name: type("EditForm", (_LeadFields,), {name: _field(name)}) for name in FIELDS}


class MoveForm(BaseForm):
    """A lead's new stage, and the stage it had where the button was pressed."""

    stage = SelectField("Stage", choices=STAGES, coerce=Stage)
    was = SelectField("Stage before", choices=STAGES, coerce=Stage)
