from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from webapp.accounts.models import Reach, Role
from webapp.web.forms import BaseForm

from . import fields
from .members import REACHES


class InviteForm(BaseForm):
    """`roles` and `reaches` are those that the member may give, `centers` (id, name) pairs."""

    addresses = fields.AddressesField("Enter at least one e-mail address.", longest=10_000, rows=3)
    role = SelectField("They join as", coerce=Role, default=Role.MEMBER)
    reach = SelectField("They see", coerce=Reach)
    center = SelectField("Center", coerce=lambda value: int(value) if value else None)

    def __init__(self, roles, reaches, centers, **options):
        super().__init__(**options)
        self.role.choices = [SelectChoice(role.value, role.name.capitalize()) for role in roles]
        self.reach.choices = [SelectChoice(reach.value, REACHES[reach]) for reach in reaches]
        self.center.choices = [SelectChoice("", "None")] + [SelectChoice(str(key), name) for key, name in centers]

    def place(self):
        return {"role": self.role.data, "reach": self.reach.data, "center_id": self.center.data}


class JoinForm(BaseForm):
    full_name = fields.full_name(autofocus=True)
    password = fields.new_password("Password")
    time_zone = HiddenField(render_kw={"data-time-zone": True})
