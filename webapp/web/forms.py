"""The base of every form. Forms shape input; rules that need data live in verbs."""

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from webapp.core.zones import zones


def strip(text):
    """A filter for text fields: outer white space and NUL, which Postgres cannot keep, are never meant."""
    return text.replace("\0", "").strip() if isinstance(text, str) else text


def one_line(text):
    """A filter for names: strip(), and any run of white space is one space."""
    return " ".join(text.replace("\0", "").split()) if isinstance(text, str) else text


class _Suggesting(TextInput):
    """A text input with a list of its field's `suggestions`, which the browser searches as one types."""

    def __call__(self, field, **attributes):
        name = f"{field.id}-list"
        options = Markup("").join(Markup("<option>{}</option>").format(text) for text in field.suggestions())
        return super().__call__(field, list=name, **attributes) + Markup('<datalist id="{}">{}</datalist>').format(
            name, options
        )


class TimeZoneField(StringField):
    """A time zone, found by typing a part of its name; the one it was given may stay."""

    widget = _Suggesting()
    suggestions = staticmethod(zones)

    def __init__(self, label="Time zone", validators=None, **options):
        attributes = {"autocomplete": "off", "spellcheck": "false", "data-time-zone": True}
        super().__init__(label, validators, filters=[one_line], render_kw=attributes, **options)

    def pre_validate(self, form):
        if self.data not in zones() and self.data != self.object_data:
            raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.")


class BaseForm(FlaskForm):
    def values(self):
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "submit")}

    def reject(self, error):
        """Show a domain rule's refusal at the field it concerns, or above the form."""
        field = self._fields.get(getattr(error, "field", None))
        if field is not None:
            field.errors = [*field.errors, str(error)]
        else:
            self.form_errors = [*self.form_errors, str(error)]
