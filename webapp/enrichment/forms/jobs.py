"""What a job looks for, where, and what it may write over; and the names that people paste."""

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.web.forms import BaseForm, one_line

from ..fields import FIELDS
from ..models import EnrichmentJob, Policy
from ..quality import STAGES

POLICIES = {
    Policy.FILL: "Fill what is empty",
    Policy.REFRESH: "Also renew what an enrichment wrote",
    Policy.OVERWRITE: "Also write over what an import wrote",
}
MOST = EnrichmentJob.name.max_length


class TicksField(SelectMultipleField):
    """Check boxes, each with its name."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


class OptionsForm(BaseForm):
    """`stages` are the WaterfallStages that can work here."""

    name = StringField(
        "Name",
        [Length(max=MOST, message=f"Keep it under {MOST + 1} characters.")],
        filters=[one_line],
        render_kw={"autocomplete": "off", "maxlength": MOST},
    )
    policy = RadioField(
        "In leads",
        choices=[SelectChoice(policy.value, label) for policy, label in POLICIES.items()],
        default=Policy.FILL.value,
        description="What somebody typed is never written over: it waits for your word under To decide.",
    )
    stages = TicksField("Look in")
    fields = TicksField("Look for", choices=[SelectChoice(name, field.label) for name, field in FIELDS.items()])
    refreshes = BooleanField("Look up again what is known and not old")

    def __init__(self, stages, **options):
        super().__init__(**options)
        self.stages.choices = [SelectChoice(stage.value, STAGES[stage]) for stage in stages]
        if not self.is_submitted() and self.stages.data is None:
            self.stages.data, self.fields.data = [stage.value for stage in stages], list(FIELDS)

    def options(self):
        """What jobs.new_job() and change_job() take."""
        chosen = {name: self[name].data for name in ("policy", "stages", "fields", "refreshes")}
        return {"name": self.name.data or "", **chosen}


class NewForm(OptionsForm):
    names = TextAreaField(
        "Companies",
        description="A name or a website on each line, up to 10,000. Both, with a comma between, is surest.",
        render_kw={"rows": 10, "autocomplete": "off", "spellcheck": "false", "autofocus": True},
    )
    anyway = BooleanField("Leave out the lines that name no company")
