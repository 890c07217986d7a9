from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from webapp.web.forms import BaseForm, one_line


class ViewForm(BaseForm):
    """A view's name, and who sees it."""

    name = StringField("Name", filters=[one_line], render_kw={"autocomplete": "off", "maxlength": "60"})
    seen = RadioField(
        "Who sees it",
        choices=[SelectChoice("me", "Only me"), SelectChoice("all", "Everybody in the workspace")],
        default="me",
    )


class PlainForm(BaseForm):
    """Only the proof that the page was ours."""
