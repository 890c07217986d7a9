import re

from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from webapp.accounts.models import Reach, Role
from webapp.web.forms import BaseForm, one_line, strip

from .members import REACHES


class InviteForm(BaseForm):
    """`roles` and `reaches` are those that the member may give, `centers` (id, name) pairs."""

    addresses = TextAreaField(
        "E-mail addresses",
        [Length(max=10_000, message="That is too much at once. Invite some now and the others after.")],
        filters=[strip],
        description="One on each line, or separated by commas.",
        render_kw={"rows": 3, "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    role = SelectField("They join as", coerce=Role, default=Role.MEMBER)
    reach = SelectField("They see", coerce=Reach)
    center = SelectField("Center", coerce=lambda value: int(value) if value else None)

    def __init__(self, roles, reaches, centers, **options):
        super().__init__(**options)
        self.role.choices = [SelectChoice(role.value, role.name.capitalize()) for role in roles]
        self.reach.choices = [SelectChoice(reach.value, REACHES[reach]) for reach in reaches]
        self.center.choices = [SelectChoice("", "None")] + [SelectChoice(str(key), name) for key, name in centers]

    def split(self):
        """The addresses as they were typed, one by one."""
        return [address for address in re.split(r"[\s,;]+", self.addresses.data or "") if address]

    def place(self):
        return {"role": self.role.data, "reach": self.reach.data, "center_id": self.center.data}


class JoinForm(BaseForm):
    full_name = StringField(
        "Full name",
        [DataRequired("Enter your name, as colleagues should see it."), Length(max=120)],
        filters=[one_line],
        render_kw={"autocomplete": "name", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password.")],
        description="8 characters or more. A few unrelated words are easy to remember and hard to guess.",
        render_kw={"autocomplete": "new-password"},
    )
    time_zone = HiddenField(render_kw={"data-time-zone": True})
