from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import BaseForm, strip


class CodeForm(BaseForm):
    """A code from the device. Also of six digits and a space, as some apps show it."""

    code = StringField(
        "Code",
        [InputRequired("Type the six digits that your app shows."), Length(max=20)],
        filters=[strip],
        description="Six digits, from your authenticator app.",
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True},
    )
    next = HiddenField()


class RecoveryCodeForm(BaseForm):
    code = StringField(
        "Recovery code",
        [InputRequired("Type one of the codes that you kept when you set up two-factor."), Length(max=40)],
        filters=[strip],
        description="Twelve letters and digits. Each works once.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    next = HiddenField()


class ProofForm(BaseForm):
    """Asked for before what an open page alone must not be able to do."""

    proof = PasswordField(
        "Your password, or a code",
        [InputRequired("Type your password, or the code that your app shows now."), Length(max=1024)],
        render_kw={"autocomplete": "off"},
    )
