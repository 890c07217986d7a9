"""How leads become recipients of a campaign: waiting to be written to, or left out with the reason."""

from peewee import Case, Value, fn

from webapp.leads.models import Lead
from webapp.mail.models import Suppression

from .claiming import NO_ADDRESS, SUPPRESSED
from .models import Recipient, RecipientState

COLUMNS = (
    Recipient.workspace, Recipient.campaign, Recipient.lead, Recipient.state, Recipient.reason, Recipient.position,
    Recipient.changed_at,
)  # fmt: skip
_NOBODY = Lead.email == ""
_SUPPRESSED = fn.EXISTS(
    Suppression.select(Value(1)).where(Suppression.workspace == Lead.workspace, Suppression.email == Lead.email)
)


def as_recipients(campaign, moment):
    """What recipients are made of, in the order of COLUMNS, as columns of a query of leads."""
    reason = Case(None, [(_NOBODY, NO_ADDRESS), (_SUPPRESSED, SUPPRESSED)], "")
    state = Case(None, [(_NOBODY | _SUPPRESSED, RecipientState.SKIPPED.value)], RecipientState.QUEUED.value)
    changed_at = Value(Recipient.changed_at.db_value(moment), converter=False)
    return Value(campaign.workspace_id), Value(campaign.id), Lead.id, state, reason, Value(1), changed_at


def leave_out(campaign):
    """Of recipients that were added before the start, leave out whom no mail may go to as it starts."""
    for reason, condition in ((NO_ADDRESS, _NOBODY), (SUPPRESSED, ~_NOBODY & _SUPPRESSED)):
        ours = Recipient.select(Recipient.id).join(Lead).where(Recipient.campaign == campaign.id, condition)
        Recipient.update(state=RecipientState.SKIPPED, reason=reason).where(Recipient.id.in_(ours)).execute()
