"""One version of a step goes on alone: the better one, when its report says so."""

from db import db
from webapp.core.errors import Invalid, NotFound

from .events import tell
from .models import Step
from .writing_models import StepVersion

OWN = "A"  # the letter of a step's own texts


def use_only(campaign, position, letter, *, actor):
    """From now on every recipient gets version `letter` of the step; the others are off, not deleted.

    Who has got another one already keeps to what they got. Raises NotFound for a step and Invalid for a version that
    is not there.
    """
    with db.atomic():
        step = Step.get_or_none(Step.campaign == campaign.id, Step.position == position)
        if step is None:
            raise NotFound("This campaign has no such step.")
        ours = StepVersion.step == step.id
        if letter != OWN and not StepVersion.select().where(ours, StepVersion.letter == letter).exists():
            raise Invalid(f"Step {position} has no version {letter[:1]}.")
        Step.update(is_on=letter == OWN).where(Step.id == step.id).execute()
        StepVersion.update(is_on=StepVersion.letter == letter).where(ours).execute()
        tell(campaign.id, "version", actor=actor, step=position, letter=letter)
