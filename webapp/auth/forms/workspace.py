from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from webapp.core.countries import COUNTRIES
from webapp.core.currencies import CURRENCIES
from webapp.web.forms import BaseForm, TimeZoneField, one_line, strip

CURRENCY_CHOICES = [SelectChoice(code, f"{name} ({code})") for code, name in CURRENCIES.items()]

COUNTRY_CHOICES = [SelectChoice("", "Where the time zone is"), *(SelectChoice(*one) for one in COUNTRIES.items())]


class NewWorkspaceForm(BaseForm):
    name = StringField(
        "Workspace name",
        [DataRequired("Name the workspace, for example after your company."), Length(max=80)],
        filters=[one_line],
        description="Usually your company or team.",
        render_kw={"autocomplete": "organization", "autofocus": True},
    )
    time_zone = TimeZoneField(description="Type a city to find it.")


class WorkspaceForm(BaseForm):
    name = StringField(
        "Name",
        [DataRequired("Name the workspace, for example after your company."), Length(max=80)],
        filters=[one_line],
        description="In the menu, in invitations, and at the foot of your mails.",
        render_kw={"autocomplete": "organization"},
    )
    initials = StringField(
        "Letters on the logo",
        [Length(max=2, message="Use one or two letters.")],
        filters=[one_line],
        description="One or two. Empty shows Galena’s own mark.",
        render_kw={"autocomplete": "off", "maxlength": 2},
    )
    slug = StringField(
        "Slug",
        [DataRequired("Give a slug, such as halden-studio.")],
        filters=[strip],
        description="What commands and addresses call this workspace. Small letters, digits and hyphens.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    time_zone = TimeZoneField(description="For what concerns everybody. Each person has their own in their profile.")
    currency = SelectField(
        "Currency",
        choices=CURRENCY_CHOICES,
        description="Of the values of leads. Changing it converts nothing.",
    )
    country = SelectField(
        "Country",
        choices=COUNTRY_CHOICES,
        description="Telephone numbers without a country code are taken to be from here.",
    )
    postal_address = TextAreaField(
        "Postal address",
        [Length(max=500, message="Keep it under 501 characters.")],
        filters=[strip],
        description="At the foot of every campaign mail. Many countries ask for it.",
        render_kw={"rows": 3, "autocomplete": "street-address"},
    )


class TwoFactorForm(BaseForm):
    required = BooleanField("Require two-factor sign-in of everybody")


class TransferForm(BaseForm):
    """`people` are (id, name) pairs."""

    user_id = SelectField("New owner", coerce=int)
    proof = PasswordField(
        "Your password",
        [InputRequired("Type it to confirm."), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )

    def __init__(self, people=(), **options):
        super().__init__(**options)
        self.user_id.choices = [SelectChoice(str(key), name) for key, name in people]


class TransferByNameForm(TransferForm):
    """For an account without a password."""

    proof = StringField(
        "Workspace name", [InputRequired("Type it to confirm.")], filters=[one_line], render_kw={"autocomplete": "off"}
    )


class DeleteForm(BaseForm):
    typed_name = StringField("Workspace name", filters=[one_line], render_kw={"autocomplete": "off"})
