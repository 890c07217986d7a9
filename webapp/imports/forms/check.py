"""Mending a cell, and starting what was checked."""

from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Optional

from webapp.web.forms import BaseForm, strip


class FixForm(BaseForm):
    """A cell's new text. `shape` is of the columns that the person saw; `was` what all cells alike say now."""

    shape = HiddenField()
    number = IntegerField(validators=[Optional()])
    column = IntegerField(validators=[InputRequired()])
    text = StringField(filters=[strip])
    was = StringField()


class StartForm(BaseForm):
    """`version` is of the import that the person saw checked."""

    version = IntegerField(validators=[InputRequired()])
