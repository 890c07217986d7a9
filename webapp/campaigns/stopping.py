"""The rules by which a sequence ends for somebody before its last step.

They are looked at when a step is claimed, again in the statement that lets a mail leave, and by a sweep of what lately
happened to leads.
"""

from datetime import UTC, datetime, timedelta

from peewee import fn

from db import db
from webapp.core.clock import now
from webapp.core.prepared import PreparedWrite
from webapp.core.rows import by_id
from webapp.leads.models import Lead, Stage
from webapp.mail.models import Suppression

from . import ledger
from .models import Campaign, CampaignState, Recipient, RecipientState
from .reasons import DELETED, NO_ADDRESS, SUPPRESSED

COMPANY = "Somebody at the same company replied"
LOOK_BACK = timedelta(days=1)
NEWEST = 500  # suppressed addresses that one sweep looks at
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
WAITS = (RecipientState.QUEUED, RecipientState.SENDING, RecipientState.PAUSED)
_GOT_IT = (RecipientState.SENT, RecipientState.REFUSED, RecipientState.FAILED, RecipientState.STOPPED)
_COMPANY = (
    "EXISTS (SELECT 1 FROM lead o WHERE o.workspace_id = l.workspace_id AND o.deleted_at IS NULL AND {} "
    "AND o.id <> l.id AND (o.replied_at > ? OR (o.stage = 'replied' AND o.stage_changed_at > ?)))"
)
_SAME = (
    "l.domain <> '' AND o.domain <> '' AND o.domain = l.domain",
    "l.domain = '' AND l.company_key <> '' AND o.company_key = l.company_key",
)


def stages_of(campaign):
    """The stages that end it for a lead, as the database keeps them."""
    return [stage for stage in campaign.stop_stages.split(",") if stage in set(Stage)]


def guard(campaign):
    """(SQL, values) for ledger.advance(): what must not hold of a delivery's lead when it leaves."""
    since, rules, values = ledger.db_time(campaign.started_at or _LONG_AGO), [], []
    if stages := stages_of(campaign):
        rules.append(f"(l.stage IN ({', '.join('?' * len(stages))}) AND l.stage_changed_at > ?)")
        values += [*stages, since]
    if campaign.stop_on_reply:
        rules.append(
            "EXISTS (SELECT 1 FROM recipient r WHERE r.id = delivery.recipient_id AND (r.replied_at IS NOT NULL OR "
            "l.replied_at > r.reached_at OR (l.stage = 'replied' AND l.stage_changed_at > r.reached_at)))"
        )
    if campaign.stop_company:
        rules += [_COMPANY.format(same) for same in _SAME]
        values += [since] * 4
    if not rules:
        return "", ()
    sql = " AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.id = delivery.lead_id AND ({}))"
    return sql.format(" OR ".join(rules)), tuple(values)


def why(campaign, person, *, needs_address=True):
    """(state, reason) in which the sequence ends for `person`, or None. `person` has recipient_id, lead_id, email,
    deleted_at, stage, stage_changed_at, lead_replied_at, replied_at and reached_at.
    """
    left_out = RecipientState.SKIPPED if person.reached_at is None else RecipientState.STOPPED
    if person.lead_id is None or person.deleted_at is not None:
        return left_out, DELETED
    if campaign.stop_on_reply and _has_replied(person):
        return RecipientState.REPLIED, ""
    if person.stage in stages_of(campaign) and person.stage_changed_at > (campaign.started_at or _LONG_AGO):
        return RecipientState.STOPPED, f"Moved to {Stage(person.stage).label}"
    if needs_address and not person.email:
        return left_out, NO_ADDRESS
    return None


def _has_replied(person):
    reached = person.reached_at
    if person.replied_at is not None:
        return True
    if reached is None:
        return False
    moved = person.stage == Stage.REPLIED and person.stage_changed_at > reached
    return moved or (person.lead_replied_at is not None and person.lead_replied_at > reached)


def with_reply_at_company(campaign, lead_ids):
    """The ids of those of these leads at whose company somebody replied since the campaign started."""
    found, since = set(), ledger.db_time(campaign.started_at or _LONG_AGO)
    for start in range(0, len(lead_ids) if campaign.stop_company else 0, 500):
        some = lead_ids[start : start + 500]
        marks = ", ".join("?" * len(some))
        either = " OR ".join(_COMPANY.format(same) for same in _SAME)
        query = f"SELECT l.id FROM lead l WHERE l.id IN ({marks}) AND ({either})"
        found.update(row[0] for row in ledger.sql(query, *some, *[since] * 4).fetchall())
    return found


# ------------------------------------------------------------------- verbs


def replied(recipient, *, moment=None):
    """This recipient answered: their sequence ends, and that of others at their company where the campaign says so.

    May be called any number of times.
    """
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        campaign = by_id(Campaign, recipient.campaign_id)
        _note_reply(recipient=recipient.id, moment=Recipient.replied_at.db_value(moment or now()))
        state = by_id(Recipient, recipient.id).state
        if (campaign.stop_on_reply and state in WAITS) or state in (*_GOT_IT, RecipientState.UNKNOWN):
            ledger.end(campaign.id, [(recipient.id, state)], RecipientState.REPLIED)
        if campaign.stop_company and recipient.lead_id:
            _stop_company(campaign, Lead.get_by_id(recipient.lead_id))


@PreparedWrite
def _note_reply(*, recipient, moment):
    """The first one counts."""
    first = fn.COALESCE(Recipient.replied_at, moment)
    return Recipient.update(replied_at=first).where(Recipient.id == recipient)


def _stop_company(campaign, lead):
    same = (Lead.domain == lead.domain) if lead.domain else (Lead.company_key == lead.company_key)
    if not (lead.domain or lead.company_key):
        return
    theirs = Lead.of(campaign.workspace_id).select(Lead.id).where(same, Lead.id != lead.id, Lead.deleted_at.is_null())
    query = Recipient.select(Recipient.id, Recipient.state)
    query = query.where(Recipient.campaign == campaign.id, Recipient.lead.in_(theirs), Recipient.state.in_(WAITS))
    ledger.end(campaign.id, list(query.tuples()), RecipientState.STOPPED, COMPANY)


def bounced(recipient, reason):
    """A mail to this recipient came back: nothing more is sent to them. May be called any number of times."""
    with db.atomic():
        ledger.hold(recipient.campaign_id)
        state = Recipient.get_by_id(recipient.id).state
        if state in (*WAITS, RecipientState.SENT, RecipientState.UNKNOWN):
            ledger.end(recipient.campaign_id, [(recipient.id, state)], RecipientState.BOUNCED, reason)


# ------------------------------------------------------------------- sweep

_PERSON = (
    Recipient.id.alias("recipient_id"), Recipient.state.alias("state"), Recipient.campaign.alias("campaign_id"),
    Recipient.reached_at, Recipient.replied_at, Lead.id.alias("lead_id"), Lead.email, Lead.deleted_at, Lead.stage,
    Lead.stage_changed_at, Lead.replied_at.alias("lead_replied_at"),
)  # fmt: skip


def sweep():
    """End sequences of leads to whom something happened lately. What it misses is seen when their next step is due."""
    since = now() - LOOK_BACK
    begun = Campaign.select(Campaign.workspace).where(Campaign.state != CampaignState.DRAFT).distinct()
    for (workspace_id,) in begun.tuples():
        for stage in (Stage.REPLIED, Stage.CONVERTED, Stage.LOST):
            _sweep((Lead.stage == stage) & (Lead.touched_at > since) & Lead.deleted_at.is_null(), workspace_id)
        _sweep(Lead.deleted_at > since, workspace_id)
        _sweep_suppressed(workspace_id, since)


def _people(workspace_id, condition):
    query = Recipient.select(*_PERSON).join(Lead).switch(Recipient).join(Campaign)
    query = query.where(Lead.workspace == workspace_id, condition, Campaign.state != CampaignState.DRAFT)
    states = (*WAITS, RecipientState.SENT)
    return query.where(Recipient.state.in_(states)).order_by(Recipient.campaign, Recipient.id).namedtuples()


def _sweep(condition, workspace_id):
    campaigns = {}
    for person in list(_people(workspace_id, condition)):
        campaign = campaigns.get(person.campaign_id) or Campaign.get_by_id(person.campaign_id)
        campaigns[campaign.id] = campaign
        ends = why(campaign, person)
        if ends is None or (person.state is RecipientState.SENT and ends[0] is not RecipientState.REPLIED):
            continue
        if ends[0] is RecipientState.REPLIED:
            replied(Recipient.get_by_id(person.recipient_id))
        else:
            with db.atomic():
                ledger.end(campaign.id, [(person.recipient_id, person.state)], *ends)


def _sweep_suppressed(workspace_id, since):
    """Domains and hashes are seen when the next step is due."""
    newest = Suppression.of(workspace_id).where(Suppression.created_at > since).order_by(Suppression.id.desc())
    why = {row.email: SUPPRESSED[row.reason] for row in newest.limit(NEWEST)}
    mails = Lead.email.in_(list(why)) & Lead.deleted_at.is_null() & (Lead.email != "")
    for person in list(_people(workspace_id, mails)) if why else ():
        if person.state in WAITS:
            after = RecipientState.SKIPPED if person.reached_at is None else RecipientState.STOPPED
            with db.atomic():
                ledger.end(person.campaign_id, [(person.recipient_id, person.state)], after, why[person.email])
