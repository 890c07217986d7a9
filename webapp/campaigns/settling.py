"""What the end of a delivery means for its recipient, the campaign's counters, the lead and its timeline. Each once."""

from collections import Counter, defaultdict, namedtuple

from db import db, execute_many
from webapp.core.clock import now
from webapp.leads import timeline
from webapp.leads.models import ActivityKind
from webapp.leads.pipeline import mark_contacted

from . import ledger
from .events import tell
from .ledger import db_time
from .lines import lines_of
from .models import Campaign, CampaignState, DeliveryState, Recipient, RecipientState

ENDS = {
    DeliveryState.REFUSED: RecipientState.REFUSED,
    DeliveryState.FAILED: RecipientState.FAILED,
    DeliveryState.UNKNOWN: RecipientState.UNKNOWN,
}
CUT_SHORT = "The campaign was stopped"
Ended = namedtuple(
    "Ended", "id campaign_id delivery_id lead_id subject state moment position zone reached_at replied_at"
)
_ENDED = (
    "SELECT r.id, d.campaign_id, d.id, d.lead_id, d.subject, d.state, d.changed_at, r.position, r.zone, r.reached_at, "
    "r.replied_at FROM recipient r JOIN delivery d ON d.recipient_id = r.id "
    "JOIN step s ON s.id = d.step_id AND s.position = r.position "
    "WHERE {} AND r.state = 'sending' AND d.state IN ('accepted', 'refused', 'failed', 'unknown')"
)
_NEXT = (
    "UPDATE recipient SET position = ?, due_at = ?, reached_at = COALESCE(reached_at, ?) "
    "WHERE id = ? AND state = 'queued'"
)


def settle(lease):
    """Draw the consequences of all deliveries of a mailbox that ended."""
    _settle("r.mailbox_id = ?", lease.mailbox_id)


def settle_recipient(recipient_id):
    """Draw the consequence of what one recipient got."""
    _settle("r.id = ?", recipient_id)


def _settle(where, value):
    with db.atomic():
        rows = [Ended(*row) for row in ledger.sql(_ENDED.format(where), value).fetchall()]
        by_campaign = defaultdict(list)
        for row in rows:
            by_campaign[row.campaign_id].append(row)
        for campaign_id in sorted(by_campaign):
            _settle_campaign(campaign_id, by_campaign[campaign_id])


def _settle_campaign(campaign_id, rows):
    ledger.hold(campaign_id)
    campaign = Campaign.get_by_id(campaign_id)
    for end, state in ENDS.items():
        ids = [row.id for row in rows if row.state == end.value]
        if ids:
            ledger.move(campaign_id, ids, RecipientState.SENDING, state)
    arrived = [row for row in rows if row.state == DeliveryState.ACCEPTED.value]
    if arrived:
        _settle_arrived(campaign, arrived)


def _settle_arrived(campaign, rows):
    """They go on to their next step, or are through."""
    line = lines_of(campaign.workspace_id, [campaign])[campaign.id]
    after = {row.id: _whither(campaign, row, line) for row in rows}
    moved = set()
    for state in set(after.values()):
        ids = [row.id for row in rows if after[row.id] is state]
        reason = CUT_SHORT if state is RecipientState.STOPPED else ""
        reached = state is not RecipientState.QUEUED
        moved |= ledger.move(campaign.id, ids, RecipientState.SENDING, state, reason=reason, reached=reached)
    rows = [row for row in rows if row.id in moved]
    going_on = [row for row in rows if after[row.id] is RecipientState.QUEUED]
    execute_many(_NEXT, [_next_step(row, line) for row in going_on])
    first = sum(row.reached_at is None for row in rows)
    ledger.count(campaign.id, **Counter(mails=len(rows), reached=first))
    _tell_leads(campaign, rows, now())


def _whither(campaign, row, line):
    more = line.after(row.position) is not None
    if row.replied_at is not None and (campaign.stop_on_reply or not more):
        return RecipientState.REPLIED
    if not more:
        return RecipientState.SENT
    return RecipientState.STOPPED if campaign.state is CampaignState.STOPPED else RecipientState.QUEUED


def _next_step(row, line):
    step = line.after(row.position)
    due_at = line.due(step, Recipient.due_at.python_value(row.moment), row.zone)
    return step.position, db_time(due_at), row.moment, row.id


def _tell_leads(campaign, rows, moment):
    rows = [row for row in rows if row.lead_id is not None]
    if not rows:
        return
    mark_contacted(campaign.workspace_id, [row.lead_id for row in rows], moment=moment)
    about = {"campaign_id": campaign.id, "campaign": campaign.name}
    entries = [(row.lead_id, {**about, "delivery_id": row.delivery_id, "subject": row.subject}) for row in rows]
    timeline.record_each(campaign.workspace_id, entries, ActivityKind.EMAIL, moment=moment)


def end_behind(campaign_id, last):
    """Whoever waits for a step behind the position `last`, which is the last one now, is through. In the caller's
    transaction.
    """
    behind = Recipient.select(Recipient.id).where(Recipient.campaign == campaign_id, Recipient.position > last)
    for before in (RecipientState.QUEUED, RecipientState.PAUSED):
        for replied, after in ((True, RecipientState.REPLIED), (False, RecipientState.SENT)):
            theirs = behind.where(Recipient.state == before, Recipient.replied_at.is_null(not replied))
            ledger.move(campaign_id, [recipient_id for (recipient_id,) in theirs.tuples()], before, after)


def complete(campaign_id):
    """The campaign is completed if nobody is left to write to and nobody may come; returns whether it is."""
    unfinished = Recipient.select().where(
        Recipient.campaign == campaign_id,
        Recipient.state.in_([RecipientState.QUEUED, RecipientState.SENDING]),
    )
    if unfinished.exists():
        return False
    sends = (Campaign.state == CampaignState.SENDING) & (Campaign.keeps_adding == False)  # noqa: E712  SQL
    ended = {"state": CampaignState.COMPLETED, "finished_at": now(), "next_send_at": None}
    with db.atomic() as transaction:
        completed = bool(Campaign.update(ended).where(Campaign.id == campaign_id, sends).execute())
        if completed and unfinished.exists():  # somebody added leads while its row was not ours yet
            transaction.rollback()
            return False
        if completed:
            tell(campaign_id, "completed")
    return completed
