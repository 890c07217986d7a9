"""What members type about the suppression list."""

from wtforms import BooleanField, FileField, StringField, TextAreaField
from wtforms.validators import Length

from webapp.core.errors import Invalid
from webapp.web.forms import BaseForm, one_line


class AddForm(BaseForm):
    text = TextAreaField("Addresses and domains", render_kw={"rows": 6, "autocomplete": "off", "spellcheck": "false"})
    file = FileField("Or a file")
    source = StringField(
        "Why", filters=[one_line], validators=[Length(max=200, message="Keep this under 200 characters.")]
    )

    @property
    def is_pasted(self):
        """Whether addresses were typed. Raises Invalid when there is nothing to read, or both."""
        pasted = bool((self.text.data or "").strip())
        if pasted and self.file.data:
            raise Invalid("Choose one of the two: the file, or what you typed.", "text")
        if not pasted and not self.file.data:
            raise Invalid("Type an address or a domain first, or choose a file.", "text")
        return pasted


class ReleaseForm(BaseForm):
    confirmed = BooleanField("They asked us to write to them again")
