from wtforms import BooleanField, FileField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from webapp.accounts.models import Theme
from webapp.core.locales import LOCALES
from webapp.web.forms import BaseForm, TimeZoneField

from . import fields

THEMES = ((Theme.LIGHT, "Light"), (Theme.DARK, "Dark"), (Theme.SYSTEM, "Same as device"))


class NameForm(BaseForm):
    full_name = fields.full_name()


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


class DigestForm(BaseForm):
    wanted = BooleanField(
        "Mail me what is due today",
        description="At about 7:00 in your time zone, on days when a to-do of yours is due or overdue.",
        render_kw={"role": "switch"},
    )


class EmailForm(BaseForm):
    email = fields.email(
        "New address",
        "Enter the new address.",
        description="It changes once you open the link we send there.",
        autocomplete="off",
    )
