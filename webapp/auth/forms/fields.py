"""Fields that several forms have: who somebody is, where they read mail, and what they choose to prove it with."""

import re

from wtforms import EmailField, PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, StopValidation

from webapp.web.forms import one_line, strip

SEPARATORS = re.compile(r"[\s,;]+")


def full_name(**attributes):
    return StringField(
        "Full name",
        [DataRequired("Enter your name, as colleagues should see it."), Length(max=120)],
        filters=[one_line],
        render_kw={"autocomplete": "name", **attributes},
    )


def email(label, missing, *, description="", **attributes):
    """`missing` is the sentence for an empty field."""
    shape = Email("That is not an e-mail address. It looks like name@company.com.", allow_empty_local=False)
    return EmailField(
        label,
        [DataRequired(missing), Length(max=254), shape],
        filters=[strip],
        description=description,
        render_kw={"autocomplete": "username", **attributes},
    )


def new_password(label="New password"):
    """The field in which a password is chosen; passwords.check_strength() judges it."""
    return PasswordField(
        label,
        [InputRequired("Choose a password.")],
        description="8 characters or more. A few unrelated words are easy to remember and hard to guess.",
        render_kw={"autocomplete": "new-password"},
    )


class AddressesField(TextAreaField):
    """E-mail addresses, several at once; split() gives them one by one, as they were typed. `missing` is the sentence
    when there is none.
    """

    def __init__(self, missing, *, longest, rows, **options):
        self.missing = missing
        super().__init__(
            "E-mail addresses",
            [Length(max=longest, message="That is too much at once. Invite some now and the others after.")],
            filters=[strip],
            description="One on each line, or separated by commas.",
            render_kw={"autocapitalize": "none", "spellcheck": "false", "rows": rows},
            **options,
        )

    def split(self):
        return [address for address in SEPARATORS.split(self.data or "") if address]

    def pre_validate(self, form):
        if not self.split():
            raise StopValidation(self.missing)
