from wtforms import BooleanField, EmailField, HiddenField, PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from webapp.accounts.models import Theme
from webapp.web.forms import BaseForm, strip


class SignInForm(BaseForm):
    email = EmailField(
        "E-mail",
        [InputRequired("Enter your e-mail address."), Length(max=254)],
        filters=[strip],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Enter your password."), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    remembered = BooleanField("Keep me signed in on this device")
    next = HiddenField()


class ThemeForm(BaseForm):
    theme = RadioField(
        "Theme", choices=[SelectChoice(theme.value, theme.name.title()) for theme in Theme], coerce=Theme
    )
