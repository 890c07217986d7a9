from wtforms import EmailField, FileField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length

from webapp.accounts.models import Theme
from webapp.core.locales import LOCALES
from webapp.web.forms import BaseForm, TimeZoneField, one_line, strip

THEMES = ((Theme.LIGHT, "Light"), (Theme.DARK, "Dark"), (Theme.SYSTEM, "Same as device"))


class NameForm(BaseForm):
    full_name = StringField(
        "Full name",
        [DataRequired("Enter your name, as colleagues should see it."), Length(max=120)],
        filters=[one_line],
        render_kw={"autocomplete": "name"},
    )


class PictureForm(BaseForm):
    picture = FileField("Picture", description="PNG, JPEG, WebP or GIF, up to 5 MB. We keep a small square of it.")


class PreferencesForm(BaseForm):
    theme = RadioField("Theme", choices=[SelectChoice(theme.value, label) for theme, label in THEMES], coerce=Theme)
    time_zone = TimeZoneField(description="Type a city to search. Times are shown in it.")
    locale = SelectField(
        "Language of dates and numbers",
        choices=[SelectChoice(key, label) for key, label in LOCALES.items()],
        description="Sentences stay English. When you type a number, 64,000 and 64 000 are both understood.",
        render_kw={"autocomplete": "off"},
    )


class EmailForm(BaseForm):
    email = EmailField(
        "New address",
        [
            DataRequired("Enter the new address."),
            Length(max=254),
            Email("That is not an e-mail address. It looks like name@company.com.", allow_empty_local=False),
        ],
        filters=[strip],
        description="It changes once you open the link we send there.",
        render_kw={"autocomplete": "off"},
    )
