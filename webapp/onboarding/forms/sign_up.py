from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

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
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password.")],
        description="8 characters or more. A few unrelated words are easy to remember and hard to guess.",
        render_kw={"autocomplete": "new-password"},
    )
    workspace_name = StringField(
        "Workspace name",
        [DataRequired("Name the workspace, for example after your company."), Length(max=80)],
        filters=[one_line],
        description="Usually your company or team.",
        render_kw={"autocomplete": "organization"},
    )
    time_zone = HiddenField(render_kw={"data-time-zone": True})
