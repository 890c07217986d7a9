from wtforms import TextAreaField

from webapp.web.forms import BaseForm, strip

from ..assistant import LENGTH


class QuestionForm(BaseForm):
    """What a member asks the assistant."""

    text = TextAreaField(
        "Your question",
        filters=[strip],
        description="It reads leads, campaigns, to-dos and conversations as far as you see them. It changes nothing.",
        render_kw={
            "rows": 2,
            "maxlength": LENGTH,
            "placeholder": "How many leads in Germany replied this month?",
            "data-send": True,
        },
    )
