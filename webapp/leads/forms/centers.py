from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from webapp.accounts.centers import NAME_LENGTH
from webapp.accounts.models import Assignment
from webapp.web.forms import BaseForm

from .lead import WholeNumberField


class CenterNameForm(BaseForm):
    name = StringField("Name", [Length(max=NAME_LENGTH, message=f"Keep it under {NAME_LENGTH + 1} characters.")])


WAYS = {
    Assignment.NONE: ("By hand", "Leads wait until somebody assigns them."),
    Assignment.ROUND_ROBIN: (
        "Round robin",
        "A lead that comes in without an owner goes to the member whose turn it is.",
    ),
    Assignment.CAPACITY: (
        "By capacity",
        "A lead that comes in without an owner goes to the member with the most room left.",
    ),
}


class AssignmentForm(BaseForm):
    ways = [SelectChoice(way.value, name) for way, (name, _) in WAYS.items()]
    assignment = RadioField("How leads find their owner", choices=ways, coerce=Assignment)


class CapacityForm(BaseForm):
    """How many open leads a person takes in a center; empty for no limit."""

    capacity = WholeNumberField("Capacity", render_kw={"inputmode": "numeric", "autocomplete": "off", "type": "text"})


class JoinForm(CapacityForm):
    """Puts somebody into a center. `people` are (id, name) pairs."""

    user = SelectField("Member", coerce=int)

    def __init__(self, people, **options):
        super().__init__(**options)
        self.user.choices = [SelectChoice(str(key), name) for key, name in people]
