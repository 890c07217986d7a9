from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from webapp.accounts.models import Role
from webapp.auth.forms.fields import AddressesField
from webapp.core.currencies import CURRENCIES
from webapp.web.forms import BaseForm, TimeZoneField, one_line

SOURCES = (("file", "Upload a CSV"), ("sample", "Use sample leads"))


class WorkspaceStepForm(BaseForm):
    name = StringField(
        "Workspace name",
        [DataRequired("Name the workspace, for example after your company."), Length(max=80)],
        filters=[one_line],
        description="Usually your company or team.",
        render_kw={"autocomplete": "organization"},
    )
    time_zone = TimeZoneField(description="Type a city to find it.")
    currency = SelectField(
        "Currency", choices=[SelectChoice(code, f"{name} ({code})") for code, name in CURRENCIES.items()]
    )


class LeadsStepForm(BaseForm):
    kind = RadioField("Where do the leads come from?", choices=[SelectChoice(*source) for source in SOURCES])


class TeamStepForm(BaseForm):
    """`roles` are those that the person may give."""

    LETTERS = 2000  # what a session's cookie can hold of it

    addresses = AddressesField("Type an address, or skip this step.", longest=LETTERS, rows=4)
    role = SelectField("They join as", coerce=Role, default=Role.MEMBER)

    def __init__(self, roles, **kwargs):
        super().__init__(**kwargs)
        self.role.choices = [SelectChoice(role, role.value.capitalize()) for role in roles]

    def kept(self):
        """What a person typed so far, for a session to keep."""
        return {"addresses": (self.addresses.data or "")[: self.LETTERS], "role": self.role.data}
