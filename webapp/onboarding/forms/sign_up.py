from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

from webapp.auth.forms.password import new_password
from webapp.web.forms import BaseForm, one_line, strip


class SignUpForm(BaseForm):
    full_name = StringField(
        "Full name",
        [DataRequired("Enter your name, as colleagues should see it."), Length(max=120)],
        filters=[one_line],
        render_kw={"autocomplete": "name", "autofocus": True},
    )
    email = EmailField(
        "E-mail",
        [
            DataRequired("Enter your e-mail address."),
            Length(max=254),
            Email("That is not an e-mail address. It looks like name@company.com.", allow_empty_local=False),
        ],
        filters=[strip],
        render_kw={"autocomplete": "username"},
    )
    password = new_password("Password")
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
