from wtforms import EmailField
from wtforms.validators import Email, InputRequired, Length

from webapp.web.forms import BaseForm, strip


class ForgotForm(BaseForm):
    email = EmailField(
        "E-mail",
        [
            InputRequired("Enter the e-mail address you sign in with."),
            Length(max=254),
            Email("That is not an e-mail address. It looks like name@company.com.", allow_empty_local=False),
        ],
        filters=[strip],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
