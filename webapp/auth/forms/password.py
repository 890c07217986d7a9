from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import BaseForm


def new_password(label="New password"):
    """The field in which a password is chosen; passwords.check_strength() judges it."""
    return PasswordField(
        label,
        [InputRequired("Choose a password.")],
        description="8 characters or more. A few unrelated words are easy to remember and hard to guess.",
        render_kw={"autocomplete": "new-password"},
    )


class SetForm(BaseForm):
    password = new_password()


class ChangeForm(BaseForm):
    current = PasswordField(
        "Present password",
        [InputRequired("Enter the password you have now."), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    password = new_password()
