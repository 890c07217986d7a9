from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.web.forms import BaseForm, strip

from .audience import AudienceFields

TEXT = [Length(max=255, message="Keep this under 255 characters.")]
TOLD = ("name", *AudienceFields.AUDIENCE_TOLD, "sender_name", "reply_to", "rate_per_minute", "subject", "body")
RATES = NumberRange(1, 6000, message="Give a whole number from 1 to 6,000.")


def _number(text):
    return int(text) if text and str(text).isdecimal() and len(str(text)) < 10 else None


class WholeNumberField(IntegerField):
    """Text that is no number is no value, so the validators say in our words what to give."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class CampaignForm(AudienceFields, BaseForm):
    """A draft as it is typed. Almost anything may be kept; what starting needs is checked then."""

    campaign_id = HiddenField(filters=[_number])
    lead_id = HiddenField(filters=[_number])  # whom the preview is for
    show = HiddenField(filters=[_number])  # the same, by the buttons beside it
    name = StringField("Name", filters=[strip], validators=TEXT)
    sender_name = StringField("From", filters=[strip], validators=TEXT)
    reply_to = StringField("Replies go to", filters=[strip], validators=TEXT)
    rate_per_minute = WholeNumberField(
        "Mails a minute", validators=[InputRequired("Give a whole number from 1 to 6,000."), RATES]
    )
    subject = StringField("Subject", filters=[strip], validators=TEXT)
    body = TextAreaField(
        "Message", validators=[Optional(), Length(max=50_000, message="Keep it under 50,000 letters.")]
    )

    @classmethod
    def of(cls, campaign, step):
        """The form as a draft was kept."""
        return cls(
            None,
            campaign_id=campaign.id,
            **cls.audience_data(campaign.audience),
            **{name: getattr(campaign, name) for name in ("name", "sender_name", "reply_to", "rate_per_minute")},
            subject=step.subject,
            body=step.body,
        )

    def wrong(self, name, problems):
        """What to say at a field: its refusal, or those of `problems` that what was typed there has."""
        field = self[name]
        return field.errors or [str(problem) for problem in problems if problem.field == name and field.data]

    def marks(self, problems):
        """How many fields have something said at them."""
        return sum(bool(self.wrong(name, problems)) for name in TOLD)

    def told(self):
        """The fields that have a place for what is wrong with them."""
        return [self[name] for name in TOLD]

    def marked(self, name, problems, **attributes):
        """The control of a field, said to be wrong where it is, and described by the message beside it."""
        described = f"{attributes.pop('described', '')} {name}-problem".strip()
        if self.wrong(name, problems):
            attributes["aria-invalid"] = "true"
        return self[name](**attributes, **{"aria-describedby": described})

    def fields(self):
        """What save_draft() keeps."""
        kept = ("name", "sender_name", "reply_to", "rate_per_minute", "subject", "body")
        return {**{name: self[name].data or "" for name in kept}, "audience": self.audience()}
