"""The campaign editor: one form for all that is written, of which each save keeps what was changed."""

import json
from datetime import datetime
from hashlib import blake2b

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)  # fmt: skip
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from webapp.leads.models import Stage
from webapp.web.forms import BaseForm, strip
from webapp.web.ids import LARGEST

from ..models import StepKind, WhoseZone
from .audience import AudienceFields

TEXT = [Length(max=255, message="Keep this under 255 characters.")]
TOLD = (
    "name", *AudienceFields.AUDIENCE_TOLD, "sender_name", "reply_to", "rate_per_minute", "days", "closes", "starts_at",
    "subject", "preheader", "body",
)  # fmt: skip
RATES = NumberRange(1, 6000, message="Give a whole number from 1 to 6,000.")
SIMPLE = (
    "name", "sender_name", "reply_to", "rate_per_minute", "stop_on_reply", "stop_company", "track_opens",
    "track_clicks", *AudienceFields.LIMITS, "opens", "closes", "whose_zone",
)  # fmt: skip
WEEK = (("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun"))
LONGEST_WAIT = 365


def _number(text):
    number = int(text) if text and str(text).isdecimal() and len(str(text)) < 11 else None
    return number if number and number <= LARGEST else None


class WholeNumberField(IntegerField):
    """Text that is no number is no value, so the validators say in our words what to give."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class TimeOfDayField(SelectField):
    """Minutes of a day, by half hours; one between them that a campaign has already may stay."""

    def __init__(self, label, **options):
        super().__init__(label, coerce=int, choices=[], **options)

    def process(self, formdata, data=None, extra_filters=None):
        times = set(range(0, 1441, 30)) | ({data} if isinstance(data, int) else set())
        self.choices = [SelectChoice(minute, f"{minute // 60}:{minute % 60:02}") for minute in sorted(times)]
        super().process(formdata, data, extra_filters=extra_filters)


class MomentField(StringField):
    """A local date and time as browsers write it; the data are a naive datetime or None."""

    def _value(self):
        return self.data.strftime("%Y-%m-%dT%H:%M") if self.data else (self.raw_data or [""])[0]

    def process_formdata(self, valuelist):
        self.data, text = None, (valuelist or [""])[0].strip()
        if not text:
            return
        try:
            self.data = datetime.strptime(text[:16], "%Y-%m-%dT%H:%M")
        except ValueError:
            raise ValidationError("Give a day and a time.") from None


class CampaignForm(AudienceFields, BaseForm):
    """A campaign at a version of a step, as it is typed. Almost anything may be kept; what starting needs is checked
    then. `seen` are digests of what the page showed, by which a save tells what was changed on it.
    """

    campaign_id = HiddenField(filters=[_number])
    step_id = HiddenField(filters=[_number])
    letter = HiddenField(default="A", filters=[lambda text: text if text in tuple("ABCDE") else "A"])
    seen = HiddenField()
    lead_id = HiddenField(filters=[_number])  # whom the preview is for
    show = HiddenField(filters=[_number])  # the same, by the buttons beside it
    name = StringField("Name", filters=[strip], validators=TEXT)
    sender_name = StringField("From", filters=[strip], validators=TEXT)
    reply_to = StringField("Replies go to", filters=[strip], validators=TEXT)
    rate_per_minute = WholeNumberField(
        "Mails a minute", validators=[InputRequired("Give a whole number from 1 to 6,000."), RATES], default=60
    )
    mailboxes = SelectMultipleField("Mailboxes", coerce=lambda text: _number(text) or 0, validate_choice=False)
    stop_on_reply = BooleanField("Stop when the lead replies", default=True)
    stop_company = BooleanField("Stop for everyone at a company when one replies")
    stop_stages = SelectMultipleField(
        "Stop in these stages",
        choices=[SelectChoice(stage.value, stage.label) for stage in Stage],
        default=["converted", "lost"],
    )
    track_opens = BooleanField("Track opens")
    track_clicks = BooleanField("Track clicks")
    days = SelectMultipleField("Days", choices=[SelectChoice(*day) for day in WEEK], default=[day for day, _ in WEEK])
    opens = TimeOfDayField("Earliest", default=0)
    closes = TimeOfDayField("Latest", default=1440)
    whose_zone = SelectField(
        "Whose time",
        choices=[
            SelectChoice(WhoseZone.WORKSPACE.value, "The workspace’s time"),
            SelectChoice(WhoseZone.LEAD.value, "The lead’s time"),
        ],
        default=WhoseZone.WORKSPACE.value,
    )
    starts_at = MomentField("Not before")
    subject = StringField("Subject", filters=[strip], validators=TEXT)
    preheader = StringField("Preview", filters=[strip], validators=TEXT)
    in_thread = BooleanField("Same thread", default=True)
    body = TextAreaField(
        "Message", validators=[Optional(), Length(max=50_000, message="Keep it under 50,000 letters.")]
    )

    @classmethod
    def of(cls, campaign, step, text, *, mailboxes, starts_at):
        """The form as a campaign was kept, at a Text of `step`. `starts_at` is local."""
        return cls(
            None,
            campaign_id=campaign.id,
            step_id=step.id,
            letter=text.letter,
            **cls.audience_data(campaign.audience),
            **{name: getattr(campaign, name) for name in SIMPLE if name != "whose_zone"},
            whose_zone=campaign.whose_zone.value,
            days=list(campaign.days),
            stop_stages=[stage for stage in campaign.stop_stages.split(",") if stage],
            mailboxes=mailboxes,
            starts_at=starts_at,
            subject=text.subject,
            preheader=text.preheader,
            body=text.body,
            in_thread=step.in_thread,
        )

    def showing(self, steps, step=None):
        """The form, which takes as seen what it has now and the waits of `steps`; `step` is whose text it shows."""
        shown = self._digests()
        if step is None or step.position == 1 or step.kind is not StepKind.EMAIL:
            del shown["in_thread"]  # there is no box for it
        waits = {f"wait_{step.id}": [step.wait_days, step.working_days] for step in steps if step.position > 1}
        self.seen.data = json.dumps({**shown, **{name: _digest(wait) for name, wait in waits.items()}})
        return self

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

    def changes(self, waits, *, everything=False):
        """What was changed since the page was shown, as save_draft() takes it; `waits` as read_waits() returns them.

        Of a form that does not say what it showed, all that it sends; `everything`: also what was left as it was.
        """
        seen, digests, made = self._seen(), self._digests(), {}

        def changed(name):
            return bool(self[name].raw_data or name in seen) and (everything or seen.get(name) != digests[name])

        made = {name: value for name, value in self._values().items() if changed(name)}
        if everything or any(map(changed, self.AUDIENCE)):
            made["audience"] = self.audience()
        waits = {key: wait for key, wait in waits.items() if seen.get(f"wait_{key}") != _digest(list(wait))}
        return made | ({"waits": waits} if waits else {})

    def _seen(self):
        try:
            seen = json.loads(self.seen.data or "{}")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}

    def _values(self):
        return {
            **{name: self[name].data for name in SIMPLE},
            **self.limits(),
            "whose_zone": WhoseZone(self.whose_zone.data),
            **{name: self[name].data or "" for name in ("name", "sender_name", "reply_to")},
            **{name: (self[name].data or "").replace("\r\n", "\n") for name in ("subject", "preheader", "body")},
            "in_thread": self.in_thread.data,
            "days": "".join(sorted(set(self.days.data or []))),
            "stop_stages": ",".join(stage.value for stage in Stage if stage.value in (self.stop_stages.data or [])),
            "mailboxes": sorted(filter(None, self.mailboxes.data or [])),
            "starts_at": self.starts_at.data,
        }

    def _digests(self):
        values = self._values() | {name: self[name].data for name in self.AUDIENCE}
        return {name: _digest(value) for name, value in values.items()}


def _digest(value):
    text = value.strip() if isinstance(value, str) else repr(value)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def read_waits(given):
    """({step id: (days, working days only)}, sentence or "") of the fields wait_7 and working_7 of a form."""
    waits = {}
    for name, text in given.items():
        key = _number(name.removeprefix("wait_")) if name.startswith("wait_") else None
        if key is None:
            continue
        if not (text.strip().isdecimal() and len(text.strip()) < 5 and int(text) <= LONGEST_WAIT):
            return {}, f"A wait is a number of days up to {LONGEST_WAIT}."
        waits[key] = (int(text), given.get(f"working_{key}") is not None)
    return waits, ""
