"""The fields of the editor that say who gets a campaign."""

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from webapp.leads.models import Stage
from webapp.web.forms import strip

from ..audience import KINDS

MOST_DAYS = 365
DAYS = f"Give a whole number of days, up to {MOST_DAYS}."
LONGEST = 20_000  # letters of a filter's query: conditions.WRITTEN and what stands around them


def _row(text):
    """The id in the value of an option, or None."""
    return int(text) if text and str(text).isdecimal() and len(str(text)) < 10 else None


class DaysField(IntegerField):
    """Text that is no number is no value, and DAYS says what to give."""

    def process_formdata(self, valuelist):
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            self.process_errors = [DAYS]
            return
        self.data = self.data or 0


class AudienceFields:
    """A part of CampaignForm. AUDIENCE are its fields, AUDIENCE_TOLD those with a place for what is wrong with them.
    The views to choose from stand in the template, as they are the member's; LIMITS are columns of a Campaign.
    """

    AUDIENCE = ("kind", "stage", "q", "view", "query")
    AUDIENCE_TOLD = ("q", "view", "quiet_days")
    LIMITS = ("quiet_days", "leaves_out_busy", "keeps_adding")

    kind = RadioField("Who gets it", choices=[SelectChoice(*kind) for kind in KINDS.items()], default="all")
    stage = SelectField("Stage", choices=[SelectChoice(stage.value, stage.label) for stage in Stage], default="new")
    q = StringField("Search", filters=[strip], validators=[Length(max=255, message="Keep this under 255 characters.")])
    view = HiddenField(filters=[_row])
    query = HiddenField(filters=[strip], validators=[Length(max=LONGEST, message="This filter asks for too much.")])
    quiet_days = DaysField(
        "Leave out who got a mail within", default=0, validators=[Optional(), NumberRange(0, MOST_DAYS, DAYS)]
    )
    leaves_out_busy = BooleanField("Leave out whom another campaign is writing to")
    keeps_adding = BooleanField("Keep adding leads that come to this audience later")

    @classmethod
    def audience_data(cls, audience):
        """The fields' values for what a campaign keeps as its `audience`."""
        is_view = audience.get("kind") == "view"  # it has the query of its own
        names = [name for name in cls.AUDIENCE if name in audience and not (is_view and name == "query")]
        said = {name: audience[name] for name in names}
        return {**said, "stage": said.get("stage") or "new"}  # as a browser sends it: a list has no empty choice

    def audience(self):
        """What a campaign keeps as its `audience`."""
        said = {"kind": self.kind.data, "stage": self.stage.data, "q": self.q.data or ""}
        if self.kind.data == "view":
            said["view"] = self.view.data
        if self.query.data:  # stays at hand while another kind is tried
            said["query"] = self.query.data
        return said

    def limits(self):
        """Whom to leave out of the audience, and whether it grows, as columns of a Campaign."""
        picked = self.kind.data == "picked"
        return {
            "quiet_days": self.quiet_days.data or 0,
            "leaves_out_busy": self.leaves_out_busy.data,
            "keeps_adding": self.keeps_adding.data and not picked,
        }
