"""The send ledger: every mail is a row before it leaves, and every move of a row is guarded by the state it had.

    queued ─ claim ─> claimed ─ sending ─ accepted | refused | failed | unknown

A delivery is marked `sending` after the server took the address and just before DATA. A kill before leaves it claimed:
it goes out later. A kill after leaves it `sending` with nobody holding it: it becomes unknown and is never sent again
by itself. What a delivery's end means for its recipient is settled for many at a time (settling.py). This is the path
of every mail, so its statements are written out.

Whoever takes several locks takes them in this order: mailbox, campaign, delivery or recipient, lead.
"""

from collections import Counter, namedtuple
from datetime import timedelta

from peewee import fn

from db import UTCDateTime, as_written, db, is_sqlite, run_together
from webapp.core.clock import now
from webapp.leads.holding import among, ids_text
from webapp.mail.mailbox_models import MailboxDay, MailboxKind
from webapp.mail.suppression import keys_of

from . import leases, moving
from .models import Campaign, CampaignState, Delivery, DeliveryState, Recipient, RecipientState

BACK_OFF = (1, 5, 15, 60, 240)  # minutes before the second, third, … try after "not now"
STOPPED = "The worker stopped before the server answered."

COUNTED = {  # which counters of a campaign a recipient's state counts in
    RecipientState.SENT: ("sent",),
    RecipientState.REFUSED: ("refused",),
    RecipientState.FAILED: ("failed",),
    RecipientState.UNKNOWN: ("unknown",),
    RecipientState.SKIPPED: ("skipped",),
    RecipientState.UNSUBSCRIBED: ("sent", "unsubscribed"),
    RecipientState.REPLIED: ("replied",),
    RecipientState.BOUNCED: ("bounced",),
    RecipientState.STOPPED: ("stopped",),
}
Due = namedtuple("Due", "id campaign_id recipient_id email message_id subject raw attempts zone")
Outcome = namedtuple("Outcome", "delivery_id state error due_at before moment")
Turn = namedtuple("Turn", "next_at day domain domain_next_at", defaults=(None, None, None))


class LeaseLost(Exception):
    """The mailbox was paused, or another worker took it over: stop without another mail."""


_TIME = UTCDateTime()


def sql(text, *values):
    cursor = db.obj.cursor()  # without the model layer's wrapping, which is a tenth of a mail
    cursor.execute(as_written(text, db.obj.param), values)
    return cursor


def db_time(moment):
    """`moment` as a parameter of a written-out statement."""
    return _TIME.db_value(moment)


# ------------------------------------------------------------ what happened


def outcome(delivery, state, error="", *, before=DeliveryState.SENDING):
    """What became of `delivery`, which stood in `before`."""
    return Outcome(delivery.id, state, error[:500], None, before, now())


def retry(delivery, error, *, before):
    """`delivery` goes back to wait, a little longer after each try; after the last one it has failed."""
    if delivery.attempts >= len(BACK_OFF):
        return outcome(
            delivery, DeliveryState.FAILED, f"Gave up after {delivery.attempts + 1} tries: {error}", before=before
        )
    due_at = now() + timedelta(minutes=BACK_OFF[delivery.attempts])
    return Outcome(delivery.id, DeliveryState.CLAIMED, error[:500], due_at, before, now())


_END = (
    "UPDATE delivery SET state = ?, error = ?, attempts = attempts + 1, due_at = COALESCE(?, due_at), "
    "changed_at = ? WHERE id = ? AND state = ?"
)


def _as_end(ended):
    moment, due_at = db_time(ended.moment), db_time(ended.due_at)
    return _END, (ended.state.value, ended.error, due_at, moment, ended.delivery_id, ended.before.value)


def _write_late(ended, written):
    """An answer that comes after another worker took us for dead is still the answer. `written` are the rows that each
    of `ended` changed.
    """
    for each, rows in zip(ended, written, strict=True):
        if not rows and each.before is DeliveryState.SENDING and each.state is not DeliveryState.CLAIMED:
            with db.atomic():
                _correct(each)


def _correct(ended):
    known = sql(
        "UPDATE delivery SET state = ?, error = ?, changed_at = ? WHERE id = ? AND state = 'unknown' "
        "RETURNING recipient_id, campaign_id",
        ended.state.value, ended.error, db_time(ended.moment), ended.delivery_id,
    ).fetchall()  # fmt: skip
    for recipient_id, campaign_id in known:
        move(campaign_id, [recipient_id], RecipientState.UNKNOWN, RecipientState.SENDING)


# ---------------------------------------------------------- on the way out


_HELD = (
    "UPDATE mailbox SET next_send_at = ?, last_sent_at = ?, lease_until = ? "
    "WHERE id = ? AND lease_token = ? AND state = 'active'"
)
_LEAVES = (
    "UPDATE delivery SET state = 'sending', changed_at = ? WHERE id = ? AND state = 'claimed' "
    "AND EXISTS (SELECT 1 FROM mailbox m WHERE m.id = ? AND m.lease_token = ? AND m.last_sent_at = ? "
    "AND m.state = 'active') "
    "AND EXISTS (SELECT 1 FROM campaign k WHERE k.id = delivery.campaign_id AND k.state = 'sending') "
    "AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = ? AND s.email IN (?, ?, ?) "
    "AND (s.until IS NULL OR s.until > ?)) "
    "AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.id = delivery.lead_id AND l.deleted_at IS NOT NULL)"
)
_IF_IT_LEAVES = "FROM delivery d WHERE d.id = ? AND d.state = 'sending' AND d.changed_at = ? "
_COUNT = (
    "INSERT INTO mailbox_day (workspace_id, mailbox_id, day, sent, refused) SELECT d.workspace_id, d.mailbox_id, ?, 1, "
    f"0 {_IF_IT_LEAVES} ON CONFLICT (mailbox_id, day) DO UPDATE SET sent = mailbox_day.sent + 1"
)
_KEEP_TURN = (
    "INSERT INTO mailbox_turn (workspace_id, mailbox_id, domain, next_send_at) SELECT d.workspace_id, d.mailbox_id, ?, "
    f"? {_IF_IT_LEAVES} ON CONFLICT (mailbox_id, domain) DO UPDATE SET next_send_at = excluded.next_send_at"
)


def advance(lease, ended, delivery, turn, guard=("", ())):
    """One transaction: the outcomes `ended` are written, `delivery` is on its way and the mailbox has had its `turn`.

    Returns whether `delivery` may leave: not when its campaign does not send any more, its address was suppressed or
    its lead deleted meanwhile, when a rule stops it (`guard`, see stopping.py) or another worker has it. Raises
    LeaseLost, with `ended` written, when the mailbox is not ours any more.
    """
    moment, (more, values) = db_time(now()), guard
    ours = lease.mailbox_id, lease.token
    statements = [*map(_as_end, ended), (_HELD, (db_time(turn.next_at), moment, db_time(leases.until()), *ours))]
    lets_go = (*ours, moment, lease.workspace_id, *keys_of(delivery.email), moment, *values)
    statements.append((_LEAVES + more, (moment, delivery.id, *lets_go)))
    if turn.day is not None:
        statements.append((_COUNT, (str(turn.day), delivery.id, moment)))
    if turn.domain is not None:
        statements.append((_KEEP_TURN, (turn.domain, db_time(turn.domain_next_at), delivery.id, moment)))
    *written, held, leaves = run_together(statements)[: len(ended) + 2]
    _write_late(ended, written)
    if not held:
        raise LeaseLost
    return bool(leaves)


def count_day(lease, day, *, sent=0, refused=0):
    """Add to what the mailbox did on a day. In the caller's transaction."""
    row = {"workspace": lease.workspace_id, "mailbox": lease.mailbox_id, "day": str(day)}
    more = {MailboxDay.sent: MailboxDay.sent + sent, MailboxDay.refused: MailboxDay.refused + refused}
    query = MailboxDay.insert({**row, "sent": sent, "refused": refused})
    query.on_conflict(conflict_target=[MailboxDay.mailbox, MailboxDay.day], update=more).execute()


def write(lease, ended, *, next_at=None):
    """Write outcomes by themselves and renew the lease. Raises LeaseLost after writing."""
    with db.atomic():
        _write_late(ended, [sql(text, *values).rowcount for text, values in map(_as_end, ended)])
        held = sql(
            "UPDATE mailbox SET lease_until = ?, next_send_at = COALESCE(?, next_send_at) "
            "WHERE id = ? AND lease_token = ? AND state = 'active'",
            db_time(leases.until()), db_time(next_at), lease.mailbox_id, lease.token,
        ).rowcount  # fmt: skip
    if not held:
        raise LeaseLost


def due(lease, size, moment):
    """Up to `size` written-down deliveries of campaigns that send whose time has come at `moment`."""
    cursor = sql(
        "SELECT d.id, d.campaign_id, d.recipient_id, d.email, d.message_id, d.subject, c.raw, d.attempts, r.zone "
        "FROM delivery d JOIN content c ON c.delivery_id = d.id JOIN recipient r ON r.id = d.recipient_id "
        "JOIN campaign k ON k.id = d.campaign_id AND k.state = 'sending' "
        "WHERE d.mailbox_id = ? AND d.state = 'claimed' AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT ?",
        lease.mailbox_id, db_time(moment), size,
    )  # fmt: skip
    return [Due(*row) for row in cursor.fetchall()]


def next_due(lease):
    """When the next waiting delivery's time comes, or None."""
    waiting = Delivery.select(fn.MIN(Delivery.due_at)).join(Campaign)
    waiting = waiting.where(Delivery.mailbox == lease.mailbox_id, Delivery.state == DeliveryState.CLAIMED)
    return waiting.where(Campaign.state == CampaignState.SENDING).scalar()


def postpone(delivery, moment):
    """A written-down delivery waits until `moment`: where it goes, its window is shut."""
    waits = (Delivery.id == delivery.id) & (Delivery.state == DeliveryState.CLAIMED)
    Delivery.update(due_at=moment).where(waits).execute()


def recover(lease, kind):
    """Whatever the last holder left on its way has no answer and never will: it is unknown."""
    with db.atomic():
        if kind is MailboxKind.SERVER:
            _adopt(lease)
        Delivery.update(
            state=DeliveryState.UNKNOWN, error=STOPPED, attempts=Delivery.attempts + 1, changed_at=now()
        ).where(Delivery.mailbox == lease.mailbox_id, Delivery.state == DeliveryState.SENDING).execute()


def _adopt(lease):
    """What was on its way before there were mailboxes goes on through that of the server."""
    pending = (DeliveryState.CLAIMED, DeliveryState.SENDING)
    nobodys = Delivery.of(lease.workspace_id).where(Delivery.state.in_(pending), Delivery.mailbox.is_null())
    nobodys = nobodys.where(Delivery.provider == "")  # later ones name it: theirs was deleted (see launching.py)
    for delivery in nobodys:
        Delivery.update(mailbox=lease.mailbox_id).where(Delivery.id == delivery.id).execute()
        Recipient.update(mailbox=lease.mailbox_id).where(Recipient.id == delivery.recipient_id).execute()


# -------------------------------------------------------------- recipients


def hold(campaign_id):
    """Lock a campaign's row, which everybody does who moves its recipients; SQLite has one writer anyway."""
    if not is_sqlite():
        sql("SELECT id FROM campaign WHERE id = ? FOR NO KEY UPDATE", campaign_id)


def is_sending(campaign_id):
    return Campaign.select().where(Campaign.id == campaign_id, Campaign.state == CampaignState.SENDING).exists()


def move(campaign_id, ids, before, after, *, reached=False, **changes):
    """Recipients in state `before` go to `after`, and the campaign's counters with them; returns the ids of those that
    did. `reached`: a mail has, so that it says since when. In the caller's transaction.
    """
    hold(campaign_id)
    moved, moment = set(), Recipient.changed_at.db_value(now())
    if ids:
        changes = {name: Recipient._meta.fields[name].db_value(value) for name, value in changes.items()}
        some = {"ids": ids_text(ids), "before": before.value, "moment": moment, **changes}
        moved.update(row.id for row in moving.move(after, reached, tuple(changes), **some))
    counts = Counter(dict.fromkeys(COUNTED.get(after, ()), len(moved)))
    counts.subtract(dict.fromkeys(COUNTED.get(before, ()), len(moved)))
    count(campaign_id, **counts)
    return moved


def withdraw(recipient_ids):
    """Delete mails to these recipients that are written down and not on their way; returns the ids of those that had
    one. In the caller's transaction.
    """
    written_down = Delivery.state == DeliveryState.CLAIMED
    query = Delivery.delete().where(among(recipient_ids, Delivery.recipient), written_down)
    return {recipient_id for (recipient_id,) in query.returning(Delivery.recipient).tuples()}


def end(campaign_id, people, after, reason=""):
    """People, as (recipient id, state) pairs, come to an end in this campaign: their written-down mails are withdrawn.
    Who has a mail on its way this moment stays. Returns the ids of those that moved. In the caller's transaction.
    """
    hold(campaign_id)
    by_state, moved = {}, set()
    for recipient_id, state in people:
        by_state.setdefault(RecipientState(state), []).append(recipient_id)
    for state, ids in by_state.items():
        if state is RecipientState.SENDING:
            ids = list(withdraw(ids))
        moved |= move(campaign_id, ids, state, after, reason=reason[:500])
    return moved


def count(campaign_id, **moves):
    """Add to the counters of a campaign, in the caller's transaction."""
    moves = {name: by for name, by in moves.items() if by}
    if moves:
        moving.count(tuple(moves), campaign_id=campaign_id, **moves)
