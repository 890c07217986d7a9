"""The form of a score rule, beside the inputs of its condition, which filters have, too."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from webapp.web.forms import BaseForm

from ..list_models import ScoreKind
from .lead import WholeNumberField

LABELS = {ScoreKind.FIT: "Fit", ScoreKind.ENGAGEMENT: "Engagement"}
ABOUT = {ScoreKind.FIT: "How well a lead suits you.", ScoreKind.ENGAGEMENT: "How much is going on with it."}
_POINTS = {"type": "number", "min": "-100", "max": "100", "step": "1", "autocomplete": "off"}


class RuleForm(BaseForm):
    kind = RadioField(
        "Kind", choices=[SelectChoice(kind.value, label) for kind, label in LABELS.items()], default=ScoreKind.FIT
    )
    points = WholeNumberField("Points", description="From −100 to 100.", render_kw=_POINTS)
