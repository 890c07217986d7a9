from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from webapp.accounts.models import Reach, Role
from webapp.web.forms import BaseForm

ROLES = [SelectChoice(role.value, role.name.capitalize()) for role in Role]
REACHES = {
    Reach.ALL: "All leads",
    Reach.CENTERS: "Leads of their centers, and their own",
    Reach.OWN: "Only their own leads",
}


class RoleForm(BaseForm):
    role = SelectField("Role", choices=ROLES, coerce=Role)


class ReachForm(BaseForm):
    reach = RadioField(
        "Which leads they see",
        choices=[SelectChoice(reach.value, text) for reach, text in REACHES.items()],
        coerce=Reach,
    )


class RemoveForm(BaseForm):
    """`people` are (id, name) pairs of those who may get the leads."""

    heir = SelectField("Hand their leads to", coerce=lambda value: int(value) if value else None)

    def __init__(self, people=(), **options):
        super().__init__(**options)
        self.heir.choices = [SelectChoice("", "Nobody")] + [SelectChoice(str(key), name) for key, name in people]
