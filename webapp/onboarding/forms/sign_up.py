from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from webapp.auth.forms import fields
from webapp.web.forms import BaseForm, one_line


class SignUpForm(BaseForm):
    full_name = fields.full_name(autofocus=True)
    email = fields.email("E-mail", "Enter your e-mail address.")
    password = fields.new_password("Password")
    workspace_name = StringField(
        "Workspace name",
        [DataRequired("Name the workspace, for example after your company."), Length(max=80)],
        filters=[one_line],
        description="Usually your company or team.",
        render_kw={"autocomplete": "organization"},
    )
    time_zone = HiddenField(render_kw={"data-time-zone": True})


class ConfirmForm(BaseForm):
    """In another browser than the one that signed up."""

    password = PasswordField(
        "Password",
        [InputRequired("Enter the password you chose when you signed up."), Length(max=1024)],
        description="The one you chose when you signed up: this is another browser.",
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
