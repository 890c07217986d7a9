from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from webapp.web.forms import BaseForm, one_line


def _printable(text):
    return text.replace("\0", "").replace("\r\n", "\n") if isinstance(text, str) else ""


class SnippetForm(BaseForm):
    """A piece of text and its name."""

    name = StringField(
        "Name", filters=[one_line], validators=[Length(max=60, message="Keep the name under 60 letters.")]
    )
    body = TextAreaField(
        "Text",
        filters=[_printable],
        validators=[Length(max=10_000, message="Keep it under 10,000 letters.")],
        description="May hold fields such as {{first_name|there}} and conditions.",
        render_kw={"rows": 8},
    )
