"""What the first step takes: a file, or rows copied from a spreadsheet."""

from wtforms import FileField, TextAreaField

from webapp.core.errors import Invalid
from webapp.web.forms import BaseForm

SEVERAL = "Choose one of the two: the file, or the pasted rows."


class UploadForm(BaseForm):
    file = FileField("File")
    text = TextAreaField("Rows from a spreadsheet", render_kw={"rows": 5, "autocomplete": "off", "spellcheck": "false"})

    @property
    def is_pasted(self):
        """Whether rows were pasted. Raises Invalid when there is nothing to read, or too much."""
        pasted = bool((self.text.data or "").strip())
        if pasted and self.file.data:
            raise Invalid(SEVERAL, "text")
        if not pasted and not self.file.data:
            raise Invalid("Choose a file first, or paste rows below.", "file")
        return pasted
