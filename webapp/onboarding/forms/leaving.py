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
        [InputRequired("Enter your password, or a code if you sign in with one."), Length(max=1024)],
        description="If you sign in with two-factor codes, one of those will do.",
        render_kw={"autocomplete": "current-password"},
    )
