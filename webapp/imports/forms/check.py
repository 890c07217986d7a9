"""Mending a cell, and starting what was checked."""

from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.web.forms import BaseForm, strip
from webapp.web.ids import LARGEST

_KEPT = NumberRange(0, LARGEST)  # what a database keeps


class FixForm(BaseForm):
    """A cell's new text. `shape` is of the columns that the person saw; `was` what all cells alike say now."""

    shape = HiddenField()
    number = IntegerField(validators=[Optional(), _KEPT])
    column = IntegerField(validators=[InputRequired(), _KEPT])
    text = StringField(filters=[strip])
    was = StringField()


class StartForm(BaseForm):
    """`version` is of the import that the person saw checked."""

    version = IntegerField(validators=[InputRequired(), _KEPT])
