from webapp.web.forms import BaseForm

from . import fields


class ForgotForm(BaseForm):
    email = fields.email("E-mail", "Enter the e-mail address you sign in with.", autofocus=True)
