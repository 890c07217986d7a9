from wtforms import BooleanField, FieldList, FileField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from webapp.web.forms import BaseForm

from .dialect import MOST_COLUMNS
from .matching import TARGETS
from .models import Policy

POLICIES = (
    (Policy.FILL.value, "Fill empty fields only", "Nothing you have is overwritten."),
    (Policy.UPDATE.value, "Update with the file", "The file wins, where it has something. Blank cells change nothing."),
    (Policy.SKIP.value, "Skip the row", "We list skipped rows for you."),
)
FIELDS = [SelectChoice("", "Do not import"), *(SelectChoice(target, label) for target, label in TARGETS.items())]


class UploadForm(BaseForm):
    file = FileField("File", validators=[InputRequired("Choose a file first.")])


class MatchForm(BaseForm):
    """What each column becomes, and what a row does to a lead that is here already."""

    columns = FieldList(SelectField(choices=FIELDS), max_entries=MOST_COLUMNS)
    policy = RadioField(
        "If a lead is already here", choices=[SelectChoice(value, title) for value, title, _ in POLICIES]
    )
    consent = BooleanField("I have a legitimate interest or consent for this list, and can show where it came from.")
    without_email = BooleanField("Import them without an address")

    @classmethod
    def of(cls, imported):
        """The form as it was left."""
        options = imported.options
        return cls(
            data={
                "columns": imported.mapping,
                "policy": options.get("policy", Policy.FILL.value),
                "consent": options.get("consent", False),
                "without_email": options.get("without_email", False),
            }
        )

    def choices_made(self):
        """What keep_choices() takes."""
        return {
            "mapping": self.columns.data,
            "policy": self.policy.data,
            "consent": self.consent.data,
            "without_email": self.without_email.data,
        }
