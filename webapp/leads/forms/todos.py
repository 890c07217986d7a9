from wtforms import DateField, SelectField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from webapp.web.forms import BaseForm, one_line

from ..models import TodoKind
from ..todos import TITLE_LENGTH

KINDS = {
    TodoKind.TASK: ("To-do", "square-check"),
    TodoKind.CALL: ("Call", "phone"),
    TodoKind.EMAIL: ("E-mail", "mail"),
    TodoKind.MEETING: ("Meeting", "users"),
    TodoKind.LINKEDIN: ("LinkedIn", "link"),
}  # what each is called, and its icon


class _Day(DateField):
    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write a date such as 2026-11-28.") from None


class _Time(TimeField):
    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write a time such as 14:30.") from None


class TodoForm(BaseForm):
    """`people` are (id, name) pairs of who may get it. What is left out of a form that was sent stays as it is."""

    long = Length(max=TITLE_LENGTH, message=f"Keep it under {TITLE_LENGTH + 1} characters.")
    title = StringField("What has to be done?", [long], filters=[one_line], render_kw={"autocomplete": "off"})
    kind = SelectField("Kind", choices=[SelectChoice(kind.value, name) for kind, (name, _) in KINDS.items()])
    day = _Day("Due", [Optional()])
    time = _Time("Time", [Optional()], description="Without one it is due when the day ends.")
    assignee = SelectField("Assigned to", coerce=lambda value: int(value) if value else None)

    def __init__(self, people, **options):
        super().__init__(**options)
        self.assignee.choices = [SelectChoice("", "Nobody"), *(SelectChoice(str(key), name) for key, name in people)]


class UntilForm(BaseForm):
    """How long a to-do is put off; `day` counts when no button names it."""

    until = StringField("Until")
    day = _Day("Until", [Optional()])
