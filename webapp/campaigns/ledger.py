"""The send ledger: every mail is a row before it leaves, and every move of a row is guarded by the state it had.

    queued ─ claim ─> claimed ─ sending ─ accepted | refused | failed | unknown

A delivery is marked `sending` after the server took the address and just before DATA. A kill before leaves it claimed:
it goes out later. A kill after leaves it `sending` with nobody holding it: it becomes unknown and is never sent again
by itself. What a delivery's end means for its recipient, the counters, the lead and the timeline is settled for many
at a time, each recipient once. This is the path of every mail, so its statements are written out.
"""

from collections import Counter, namedtuple
from datetime import timedelta
from functools import lru_cache

from db import UTCDateTime, db
from webapp.core.clock import now
from webapp.leads import timeline
from webapp.leads.models import ActivityKind
from webapp.leads.pipeline import mark_contacted

from . import leases
from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState

BACK_OFF = (1, 5, 15, 60, 240)  # minutes before the second, third, … try after "not now"
ENDS = {
    DeliveryState.ACCEPTED: RecipientState.SENT,
    DeliveryState.REFUSED: RecipientState.REFUSED,
    DeliveryState.FAILED: RecipientState.FAILED,
    DeliveryState.UNKNOWN: RecipientState.UNKNOWN,
}
STOPPED = "The worker stopped before the server answered."

Due = namedtuple("Due", "id recipient_id email message_id subject raw attempts")
Outcome = namedtuple("Outcome", "delivery_id state error due_at before")


class LeaseLost(Exception):
    """The campaign was paused, or another worker took it over: stop without another mail."""


_TIME = UTCDateTime()


@lru_cache(maxsize=64)
def _with(parameter, text):
    return text.replace("?", parameter)


def _sql(text, *values):
    cursor = db.obj.cursor()  # without the model layer's wrapping, which is a tenth of a mail
    cursor.execute(_with(db.obj.param, text), values)
    return cursor


def db_time(moment):
    """`moment` as a parameter of a written-out statement."""
    return _TIME.db_value(moment)


# ------------------------------------------------------------ what happened


def outcome(delivery, state, error="", *, before=DeliveryState.SENDING):
    """What became of `delivery`, which stood in `before`."""
    return Outcome(delivery.id, state, error[:500], None, before)


def retry(delivery, error, *, before):
    """`delivery` goes back to wait, a little longer after each try; after the last one it has failed."""
    if delivery.attempts >= len(BACK_OFF):
        return outcome(
            delivery, DeliveryState.FAILED, f"Gave up after {delivery.attempts + 1} tries: {error}", before=before
        )
    due_at = now() + timedelta(minutes=BACK_OFF[delivery.attempts])
    return Outcome(delivery.id, DeliveryState.CLAIMED, error[:500], due_at, before)


def _write(ended):
    moment = db_time(now())
    written = _sql(
        "UPDATE delivery SET state = ?, error = ?, attempts = attempts + 1, due_at = COALESCE(?, due_at), "
        "changed_at = ? WHERE id = ? AND state = ?",
        ended.state.value, ended.error, db_time(ended.due_at), moment, ended.delivery_id, ended.before.value,
    ).rowcount  # fmt: skip
    if not written and ended.before is DeliveryState.SENDING and ended.state is not DeliveryState.CLAIMED:
        _write_late(ended, moment)


def _write_late(ended, moment):
    """An answer that comes after another worker took us for dead is still the answer."""
    known = _sql(
        "UPDATE delivery SET state = ?, error = ?, changed_at = ? WHERE id = ? AND state = 'unknown' "
        "RETURNING recipient_id, campaign_id",
        ended.state.value, ended.error, moment, ended.delivery_id,
    ).fetchall()  # fmt: skip
    for recipient_id, campaign_id in known:
        unsettled = _sql(
            "UPDATE recipient SET state = 'sending' WHERE id = ? AND state = 'unknown'", recipient_id
        ).rowcount
        count(campaign_id, unknown=-unsettled)


# ---------------------------------------------------------- on the way out


def advance(lease, ended, delivery, next_send_at):
    """One transaction: the outcomes `ended` are written, `delivery` is on its way.

    Returns whether `delivery` may leave: not when its address was suppressed or its lead deleted meanwhile, or when
    another worker has it. Raises LeaseLost, with `ended` written, when the campaign is not ours to send any more.
    """
    moment = db_time(now())
    with db.atomic():
        for each in ended:
            _write(each)
        held = _sql(
            "UPDATE campaign SET next_send_at = ?, lease_until = ? "
            "WHERE id = ? AND lease_token = ? AND state = 'sending'",
            db_time(next_send_at), db_time(leases.until()), lease.campaign_id, lease.token,
        ).rowcount  # fmt: skip
        leaves = held and _sql(
            "UPDATE delivery SET state = 'sending', changed_at = ? WHERE id = ? AND state = 'claimed' "
            "AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = ? AND s.email = delivery.email) "
            "AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.id = delivery.lead_id AND l.deleted_at IS NOT NULL)",
            moment, delivery.id, lease.workspace_id,
        ).rowcount  # fmt: skip
    if not held:
        raise LeaseLost
    return bool(leaves)


def write(lease, ended):
    """Write outcomes by themselves and renew the lease. Raises LeaseLost after writing."""
    with db.atomic():
        for each in ended:
            _write(each)
        held = _sql(
            "UPDATE campaign SET lease_until = ? WHERE id = ? AND lease_token = ? AND state = 'sending'",
            db_time(leases.until()), lease.campaign_id, lease.token,
        ).rowcount  # fmt: skip
    if not held:
        raise LeaseLost


def due(lease, size):
    """Up to `size` written-down deliveries whose time has come."""
    cursor = _sql(
        "SELECT d.id, d.recipient_id, d.email, d.message_id, d.subject, c.raw, d.attempts FROM delivery d "
        "JOIN content c ON c.delivery_id = d.id WHERE d.campaign_id = ? AND d.state = 'claimed' AND d.due_at <= ? "
        "ORDER BY d.due_at, d.id LIMIT ?",
        lease.campaign_id, db_time(now()), size,
    )  # fmt: skip
    return [Due(*row) for row in cursor.fetchall()]


def next_due(lease):
    """When the next waiting delivery's time comes, or None."""
    waiting = Delivery.select(Delivery.due_at).where(
        Delivery.campaign == lease.campaign_id, Delivery.state == DeliveryState.CLAIMED
    )
    row = waiting.order_by(Delivery.due_at).first()
    return row and row.due_at


def recover(lease):
    """Whatever the last holder left on its way has no answer and never will: it is unknown."""
    with db.atomic():
        Delivery.update(
            state=DeliveryState.UNKNOWN, error=STOPPED, attempts=Delivery.attempts + 1, changed_at=now()
        ).where(Delivery.campaign == lease.campaign_id, Delivery.state == DeliveryState.SENDING).execute()
        settle(lease.campaign_id, lease.workspace_id)


# ---------------------------------------------------------------- settling


def settle(campaign_id, workspace_id):
    """Draw the consequences of deliveries that ended: recipients, counters, leads, timelines. Each once."""
    with db.atomic():
        rows = _sql(
            "SELECT r.id, d.id, d.lead_id, d.subject, d.state FROM recipient r "
            "JOIN delivery d ON d.recipient_id = r.id JOIN step s ON s.id = d.step_id AND s.position = r.position "
            "WHERE r.campaign_id = ? AND r.state = 'sending' "
            "AND d.state IN ('accepted', 'refused', 'failed', 'unknown')",
            campaign_id,
        ).fetchall()  # fmt: skip
        if not rows:
            return
        moment, counts, sent = now(), Counter(), []
        for end, state in ENDS.items():
            ids = [row[0] for row in rows if row[4] == end.value]
            moved = _move(ids, state, moment)
            counts[state.value] = len(moved)
            if state is RecipientState.SENT:
                sent = [row for row in rows if row[0] in moved]
        _tell_leads(campaign_id, workspace_id, sent, moment)
        count(campaign_id, mails=len(sent), reached=len(sent), **counts)


def _move(ids, state, moment):
    moved = set()
    for start in range(0, len(ids), 500):
        moved.update(
            row.id
            for row in Recipient.update(state=state, changed_at=moment)
            .where(Recipient.id.in_(ids[start : start + 500]), Recipient.state == RecipientState.SENDING)
            .returning(Recipient.id)
        )
    return moved


def _tell_leads(campaign_id, workspace_id, sent, moment):
    sent = [row for row in sent if row[2] is not None]
    if not sent:
        return
    name = Campaign.get_by_id(campaign_id).name
    mark_contacted(workspace_id, [row[2] for row in sent], moment=moment)
    entries = [
        (lead_id, {"campaign_id": campaign_id, "campaign": name, "delivery_id": delivery_id, "subject": subject})
        for _, delivery_id, lead_id, subject, _ in sent
    ]
    timeline.record_each(workspace_id, entries, ActivityKind.EMAIL, moment=moment)


def count(campaign_id, **moves):
    """Add to the counters of a campaign, in the caller's transaction."""
    changes = {getattr(Campaign, name): getattr(Campaign, name) + by for name, by in moves.items() if by}
    if changes:
        Campaign.update(changes).where(Campaign.id == campaign_id).execute()


def complete(lease):
    """The campaign is completed if nobody is left to write to; returns whether it is."""
    unfinished = Recipient.select().where(
        Recipient.campaign == lease.campaign_id,
        Recipient.state.in_([RecipientState.QUEUED, RecipientState.SENDING]),
    )
    if unfinished.exists():
        return False
    ended = {"finished_at": now(), "lease_token": "", "lease_until": None, "next_send_at": None}
    ours = (Campaign.lease_token == lease.token) & (Campaign.state == CampaignState.SENDING)
    with db.atomic() as transaction:
        query = Campaign.update(state=CampaignState.COMPLETED, **ended).where(Campaign.id == lease.campaign_id, ours)
        completed = bool(query.execute())
        if completed and unfinished.exists():  # somebody added leads while its row was not ours yet
            transaction.rollback()
            return False
    return completed
