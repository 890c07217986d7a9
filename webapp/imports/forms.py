from wtforms import BooleanField, FieldList, FileField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from webapp.web.forms import BaseForm

from .dialect import MOST_COLUMNS
from .models import Policy

POLICIES = (
    (Policy.FILL.value, "Fill empty fields only", "Nothing you have is overwritten."),
    (Policy.UPDATE.value, "Update with the file", "The file wins, where it has something. Blank cells change nothing."),
    (Policy.SKIP.value, "Skip the row", "We list skipped rows for you."),
)


class UploadForm(BaseForm):
    file = FileField("File", validators=[InputRequired("Choose a file first.")])


class MatchForm(BaseForm):
    """What each column becomes, and what a row does to a lead that is here already."""

    columns = FieldList(SelectField(choices=()), max_entries=MOST_COLUMNS)
    policy = RadioField(
        "If a lead is already here", choices=[SelectChoice(value, title) for value, title, _ in POLICIES]
    )
    consent = BooleanField("I have a legitimate interest or consent for this list, and can show where it came from.")
    without_email = BooleanField("Import them without an address")
    center = SelectField("Center of new leads", coerce=lambda value: int(value) if value else None)

    def __init__(self, centers, targets, **options):
        super().__init__(**options)
        fields = [SelectChoice("", "Do not import"), *(SelectChoice(*target) for target in targets.items())]
        for column in self.columns:
            column.choices = fields
        choices = [SelectChoice(str(key), name) for key, name in centers]
        self.center.choices = [SelectChoice("", "No center"), *choices]

    @classmethod
    def of(cls, imported, centers, targets):
        """The form as it was left; `centers` are the (id, name) pairs to choose from, `targets` {field: label}."""
        options = imported.options
        return cls(
            centers,
            targets,
            data={
                "columns": imported.mapping,
                "policy": options.get("policy", Policy.FILL.value),
                "consent": bool(options.get("basis")),
                "without_email": options.get("without_email", False),
                "center": options.get("center_id"),
            },
        )

    def options_chosen(self):
        """What keep_options() takes."""
        return {
            "policy": self.policy.data,
            "basis": "interest" if self.consent.data else "",
            "without_email": self.without_email.data,
            "center_id": self.center.data,
        }
