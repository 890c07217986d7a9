"""The fields of the editor that say who gets a campaign."""

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from webapp.leads.models import Stage
from webapp.web.forms import strip

from ..audience import KINDS


class AudienceFields:
    """A part of CampaignForm. AUDIENCE are its fields, AUDIENCE_TOLD those with a place for what is wrong with them."""

    AUDIENCE = ("kind", "stage", "q")
    AUDIENCE_TOLD = ("q",)

    kind = RadioField("Who gets it", choices=[SelectChoice(*kind) for kind in KINDS.items()], default="all")
    stage = SelectField("Stage", choices=[SelectChoice(stage.value, stage.label) for stage in Stage], default="new")
    q = StringField("Search", filters=[strip], validators=[Length(max=255, message="Keep this under 255 characters.")])

    @staticmethod
    def audience_data(audience):
        """The fields' values for what a campaign keeps as its `audience`."""
        return dict(audience)

    def audience(self):
        """What a campaign keeps as its `audience`."""
        return {"kind": self.kind.data, "stage": self.stage.data, "q": self.q.data or ""}
