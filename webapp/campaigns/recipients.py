"""How leads become recipients of a campaign: waiting to be written to, or left out with the reason.

Each way is one statement, whatever the number of leads, over the query by which the audience was counted.
"""

from functools import partial

from peewee import Case, Select, Value

from webapp.accounts.models import Reach
from webapp.leads.models import Lead
from webapp.leads.queries import visible

from . import audience, reasons
from .models import Recipient, RecipientState

COLUMNS = (
    Recipient.workspace, Recipient.campaign, Recipient.lead, Recipient.state, Recipient.reason, Recipient.position,
    Recipient.changed_at,
)  # fmt: skip


def write_down(campaign, actor, moment):
    """Make recipients of the audience that `actor` sees, or look again at those that were added one by one; returns
    (recipients, skipped of them).
    """
    if campaign.audience.get("kind") == audience.PICKED:
        _leave_out(campaign, actor, moment)
    else:
        insert(campaign, partial(audience.of, actor, campaign.whom), moment).execute()
    written = Recipient.select().where(Recipient.campaign == campaign.id)
    return written.count(), written.where(Recipient.state == RecipientState.SKIPPED).count()


def insert(campaign, people, moment, *, welcome=False, most=None):
    """The statement that makes recipients of the leads of `people` (a function of columns), in the order of their ids;
    with `welcome` only of those that nothing keeps from a mail.
    """
    judged = reasons.judged(people, campaign.whom, campaign.workspace_id, moment)
    found = judged.cte("judged", materialized=True)  # else SQLite works each reason out three times
    state = Case(None, [(found.c.reason == "", RecipientState.QUEUED.value)], RecipientState.SKIPPED.value)
    changed_at = Value(Recipient.changed_at.db_value(moment), converter=False)
    columns = [Value(campaign.workspace_id), Value(campaign.id), found.c.lead_id, state, found.c.reason, Value(1)]
    rows = Select([found], [*columns, changed_at]).order_by(found.c.lead_id).limit(most).with_cte(found)
    if welcome:
        rows = rows.where(found.c.reason == "")
    return Recipient.insert_from(rows, COLUMNS)


def _leave_out(campaign, actor, moment):
    """Of recipients that were added before the start, leave out whom no mail may go to as it starts."""
    judged = audience.judged(actor, campaign.whom, moment).alias("judged")
    ours = (Recipient.campaign == campaign.id) & (Recipient.state == RecipientState.QUEUED)
    skipped = {"state": RecipientState.SKIPPED, "changed_at": moment}
    left_out = ours & (Recipient.lead == judged.c.lead_id) & (judged.c.reason != "")
    Recipient.update(reason=judged.c.reason, **skipped).from_(judged).where(left_out).execute()
    gone = Lead.select(Lead.id).where(Lead.workspace == campaign.workspace_id, Lead.deleted_at.is_null(False))
    deleted = Recipient.lead.is_null() | Recipient.lead.in_(gone)
    Recipient.update(reason=reasons.DELETED, **skipped).where(ours, deleted).execute()
    if actor.reach is not Reach.ALL:
        seen = visible(actor, Lead.id)
        Recipient.update(reason=reasons.OUTSIDE, **skipped).where(ours, Recipient.lead.not_in(seen)).execute()


def unwelcome(campaign, recipient_ids, moment):
    """{id: reason} of those among these recipients that a first mail may not go to any more: they were suppressed,
    or another campaign has written to them since this one wrote them down.
    """
    reason = reasons.reason_at_claim(campaign.whom, moment)
    people = (
        Lead.select(Recipient.id, reason)
        .join(Recipient, on=Recipient.lead == Lead.id)
        .where(Recipient.id.in_(recipient_ids))
    )
    return {recipient_id: said for recipient_id, said in people.tuples() if said}
