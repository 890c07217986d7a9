from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import BaseForm

from .fields import new_password


class SetForm(BaseForm):
    password = new_password()


class ChangeForm(BaseForm):
    current = PasswordField(
        "Present password",
        [InputRequired("Enter the password you have now."), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    password = new_password()
