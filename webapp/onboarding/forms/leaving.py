from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, InputRequired, Length

from webapp.web.forms import BaseForm, strip


class LeaveForm(BaseForm):
    email = EmailField(
        "Your address",
        [DataRequired("Type the address of this account."), Length(max=254)],
        filters=[strip],
        description="Type it, so that nobody does this by mistake.",
        render_kw={"autocomplete": "off"},
    )


class LeaveWithProofForm(LeaveForm):
    proof = PasswordField(
        "Password",
        [InputRequired("Enter your password or a two-factor code."), Length(max=1024)],
        description="Or a code of your two-factor app.",
        render_kw={"autocomplete": "current-password"},
    )
