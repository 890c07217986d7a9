"""What is written on a lead's timeline, and why a lead is lost."""

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from webapp.web.forms import BaseForm, one_line

from ..models import ActivityKind, Stage
from ..notes import SUBJECT_LENGTH, Outcome
from ..pipeline import LOST_REASONS, REASON_LENGTH
from .lead import STAGES

OUTCOMES = [SelectChoice(outcome.value, outcome.label) for outcome in Outcome]
WAYS = [SelectChoice("", "Written by us"), SelectChoice("yes", "Received")]


class _EntryForm(BaseForm):
    """`seen` is the version that an edit began with (notes.version())."""

    text = TextAreaField("Text")
    seen = HiddenField()


class NoteForm(_EntryForm):
    pinned = BooleanField("Pin to top")


class CallForm(_EntryForm):
    outcome = SelectField("Outcome", choices=OUTCOMES)


class MailForm(_EntryForm):
    received = SelectField("Direction", choices=WAYS, coerce=bool, validate_choice=False)
    long = Length(max=SUBJECT_LENGTH, message=f"Keep it under {SUBJECT_LENGTH + 1} characters.")
    subject = StringField("Subject", [long], filters=[one_line])


FORMS = {ActivityKind.NOTE: NoteForm, ActivityKind.CALL: CallForm, ActivityKind.WRITTEN: MailForm}


class LostForm(BaseForm):
    """Why a lead is lost: one of the usual reasons, one's own words, or both. `was` is the stage it was seen in."""

    why = RadioField(
        "Why is it lost?", choices=[SelectChoice(reason, reason) for reason in LOST_REASONS], validate_choice=False
    )
    long = Length(max=REASON_LENGTH, message=f"Keep it under {REASON_LENGTH + 1} characters.")
    other = StringField("In your own words", [long], filters=[one_line])
    was = SelectField("Stage before", choices=STAGES, coerce=Stage)

    @property
    def reason(self):
        usual = self.why.data if self.why.data in LOST_REASONS else ""
        return ": ".join(filter(None, (usual, self.other.data)))

    def show(self, reason):
        """Fill in what is known of it."""
        usual = next((usual for usual in LOST_REASONS if reason == usual or reason.startswith(f"{usual}: ")), "")
        self.why.data, self.other.data = usual, reason.removeprefix(usual).removeprefix(": ")
