"""Bulk actions: a change to all leads of a filter, in batches, with progress; to be cancelled and taken back.

The rows are the truth. First the leads are written down as items, then each batch is one transaction that changes
leads, keeps what they had and moves the counts on: a kill leaves whole batches, and the next run goes on behind the
last one. A run renews its lease with each batch, and stops once the lease is another's or the action was cancelled.
"""

import logging
from datetime import timedelta
from urllib.parse import parse_qs

from peewee import OperationalError, fn

from db import db, execute_many, is_sqlite
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, User
from webapp.core.clock import now
from webapp.core.errors import AppError, Conflict
from webapp.core.jobs import later, stopping, wait
from webapp.core.prepared import PreparedWrite

from .bulk_kinds import KINDS, as_text
from .filters import Filter
from .holding import among, locked, set_each
from .list_models import BulkAction, BulkItem, BulkItemState, BulkState
from .models import Lead
from .queries import Finder, visible

log = logging.getLogger("galena.bulk")

AT_ONCE = 500  # leads that a request changes itself
# Leads a transaction of the job, and seconds between two in which pages write: with 15 and 4 ms the p95 of their writes
# was 11.1 ms in place of 10.1, at 1,100 leads a second in place of 750.
BATCH = 10
PAUSE = 0.005
GATHERED = 200  # leads that are written down at once
LISTED = 100  # leads that an undo kept, shown by name
LEASE = timedelta(seconds=20)
GONE = "Whoever began this may no longer change leads here. What was changed until then stays."
BROKEN = "Something broke on our side, and it is in the log. Whole leads were changed, none by half."
WORKING = (BulkState.QUEUED, BulkState.RUNNING, BulkState.UNDOING)
UNDOABLE = (BulkState.DONE, BulkState.CANCELLED, BulkState.FAILED)


class _Lost(Exception):
    """Somebody else has moved this action on."""


def begin(member, kind, data, chosen, lead_ids=()):
    """Change all leads of the Filter `chosen`, or those of `lead_ids` that were ticked in it: up to AT_ONCE now, more
    by a job. Returns the BulkAction: of two clicks, the second gets that of the first while it works.
    """
    upto = Lead.select(fn.MAX(Lead.id)).scalar() or 0
    selection = {"query": chosen.query(view=None, page=""), "upto": upto, "ids": list(lead_ids)}
    who = {"workspace": member.workspace.id, "actor": member.user_id}
    with db.atomic():
        if not is_sqlite():  # the second click waits for the first; SQLite has one writer anyway
            db.execute(User.select(User.id).where(User.id == member.user_id).for_update("FOR NO KEY UPDATE"))
        if same := _same(BulkAction.select().filter(**who, kind=kind), data, selection):
            return same
        action = BulkAction.create(**who, kind=kind, data=data, selection=selection)
    few = lead_ids or Finder(member, chosen, ("created",))(Lead.id).limit(AT_ONCE + 1).count() <= AT_ONCE
    _start(action, few)
    return BulkAction.get_by_id(action.id)


def _same(begun, data, selection):
    """The action among `begun` that does the same to the same and has not ended, or None."""
    for action in begun.where(BulkAction.state.in_((BulkState.QUEUED, BulkState.RUNNING))):
        if action.data == data and all(action.selection[name] == selection[name] for name in ("query", "ids")):
            return action
    return None


def undo(action):
    """Put back what still is as the action left it. Raises Conflict where there is nothing to take back."""
    changes = {"state": BulkState.UNDOING, "finished_at": None, "lease_until": None, "error": ""}
    if not BulkAction.update(changes).where(BulkAction.id == action.id, BulkAction.state.in_(UNDOABLE)).execute():
        state = BulkAction.get_by_id(action.id).state
        if state is BulkState.UNDOING:  # the second of two clicks
            return
        raise Conflict("This was taken back already." if state is BulkState.UNDONE else "This still runs.")
    _start(action, action.changed <= AT_ONCE)


def cancel(action):
    """Stop it after the batch that it is at. Raises Conflict when it had ended."""
    running = BulkAction.state.in_((BulkState.QUEUED, BulkState.RUNNING))
    changes = {"state": BulkState.CANCELLED, "finished_at": now(), "lease_until": None}
    if not BulkAction.update(changes).where(BulkAction.id == action.id, running).execute():
        raise Conflict("This has ended already.")


def leads_in(member, action, state):
    """The first LISTED leads of an action in a BulkItemState, as far as `member` sees them now."""
    query = visible(member, Lead.id, Lead.first_name, Lead.last_name, Lead.company, Lead.email, walk=False)
    query = query.join(BulkItem).where(BulkItem.action == action.id, BulkItem.state == state)
    return tuple(query.order_by(BulkItem.lead).limit(LISTED))


def _start(action, few):
    if few:
        run_bulk(action.id, pause=0)
    else:
        later("run_bulk", action.id)


def run_bulk(action_id, pause=PAUSE):
    """Do what is left of an action, or of its undo. Returns at once when it is finished or runs elsewhere."""
    action = _claim(action_id)
    if action is None:
        return
    try:
        _work(action, pause)
    except _Lost:
        log.info("bulk action %s was cancelled or is run elsewhere; leaving it", action_id)
    except (Membership.DoesNotExist, AppError) as error:
        _end(action, BulkState.FAILED, error=str(error) if isinstance(error, AppError) else GONE)
    except OperationalError:
        raise  # busy or full: the rows are as they were, and the sweep tries again when the lease has run out
    except Exception:
        _end(action, BulkState.FAILED, error=BROKEN)
        raise


def requeue_stalled():
    """Wake actions whose job was lost, or ended without saying so."""
    moment = now()
    waiting = BulkAction.lease_until.is_null() & (BulkAction.created_at < moment - LEASE)
    stalled = BulkAction.state.in_(WORKING) & (waiting | (BulkAction.lease_until < moment))
    for action in BulkAction.select(BulkAction.id).where(stalled):
        later("run_bulk", action.id)


def _claim(action_id):
    """The action, now running and ours; None when there is nothing to do."""
    moment = now()
    free = BulkAction.lease_until.is_null() | (BulkAction.lease_until < moment)
    mine = (BulkAction.id == action_id) & BulkAction.state.in_(WORKING) & free
    if not BulkAction.update(lease_until=moment + LEASE).where(mine).execute():
        return None
    BulkAction.update(state=BulkState.RUNNING).where(
        BulkAction.id == action_id, BulkAction.state == BulkState.QUEUED
    ).execute()
    return BulkAction.get_by_id(action_id)


def _work(action, pause):
    member = _actor(action)
    undoing = action.state is BulkState.UNDOING
    step = _undo_some if undoing else _change_some
    if not undoing and not action.selection.get("gathered"):
        _gather(action, member, pause)
    while step(action, member):
        if stopping():
            _move(action, lease_until=None)
            later("run_bulk", action.id, delay=1)
            return
        wait(pause)
        member = _actor(action)
    _end(action, BulkState.UNDONE if undoing else BulkState.DONE)


def _actor(action):
    """Whoever began it, as the member that they are now. Raises DoesNotExist when they may not change leads here."""
    member = member_of(action.workspace, action.actor)
    if not member.can("write"):
        raise Membership.DoesNotExist
    return member


def _as_read(texts):
    """What a Filter reads: lists of conditions, single texts else."""
    many = {name for name in texts if name == "f" or (name[0] == "g" and name[1:].isdigit())}
    return {name: found if name in many else found[0] for name, found in texts.items()}


def _find(action, member):
    """A function of columns: the query of the leads that the action is about."""
    if ids := action.selection.get("ids"):
        return lambda *columns: visible(member, *columns, walk=False).where(Lead.id.in_(ids))
    chosen = Filter.read(_as_read(parse_qs(action.selection["query"].removeprefix("?"))))
    return Finder(member, chosen, ("created",))


def _gather(action, member, pause):
    """Write down which leads there are, so that what the change does to the filter matters no more."""
    find = _find(action, member)
    columns = [column for column in (KINDS[action.kind].column,) if column]
    last = BulkItem.select(fn.MAX(BulkItem.lead)).where(BulkItem.action == action.id).scalar() or 0
    while True:
        query = find(Lead.id, *columns).where(Lead.id > last, Lead.id <= action.selection["upto"])
        found = db.execute(query.order_by(Lead.id).limit(GATHERED)).fetchall()
        with db.atomic():
            _move(action, total=action.total + len(found))
            _write_down(action, found)
        if len(found) < GATHERED:
            break
        last = found[-1][0]
        wait(pause)
    _move(action, selection={**action.selection, "gathered": True})


def _write_down(action, found):
    """An item for each (lead id, the value that the change would write over, if it does)."""
    rows = [(action.id, lead_id, BulkItemState.WAITING.value, *map(_seen, seen or [None])) for lead_id, *seen in found]
    execute_many("INSERT INTO bulk_item (action_id, lead_id, state, before) VALUES (?, ?, ?, ?)", rows)


def _change_some(action, member):
    """One batch; False when there was none left."""
    items = _items(action, BulkItemState.WAITING)
    with db.atomic():
        kept = _changed_meanwhile(KINDS[action.kind].column, items)
        ids = [lead_id for lead_id in items if lead_id not in kept]
        before = KINDS[action.kind].change(member, ids, action.data) if ids else {}
        _mark(action, [(lead_id, BulkItemState.CHANGED, text) for lead_id, text in before.items()])
        _mark(action, [(lead_id, BulkItemState.SAME, "") for lead_id in ids if lead_id not in before])
        _mark(action, [(lead_id, BulkItemState.KEPT, "") for lead_id in kept])
        _move(action, done=action.done + len(items), changed=action.changed + len(before))
    return bool(items)


def _changed_meanwhile(column, items):
    """Those of the leads whose `column` is not any more what it was when they were written down."""
    if not column or not items:
        return set()
    now_there = locked(Lead.select(Lead.id, column).where(among(items)))
    return {lead_id for lead_id, value in now_there if _seen(value) != items[lead_id]}


def _seen(value):
    return "" if value is None else str(as_text(value))


def _undo_some(action, member):
    """One batch of the undo; False when there was none left."""
    before = _items(action, BulkItemState.CHANGED)
    with db.atomic():
        back = set(KINDS[action.kind].undo(member, before, action.data)) if before else ()
        state = {lead_id: BulkItemState.UNDONE if lead_id in back else BulkItemState.KEPT for lead_id in before}
        _mark(action, [(lead_id, state[lead_id], text) for lead_id, text in before.items()])
        _move(action, undone=action.undone + len(back))
    return bool(before)


def _items(action, state):
    """{lead id: what is kept of it} of the next batch."""
    query = BulkItem.select(BulkItem.lead, BulkItem.before)
    query = query.where(BulkItem.action == action.id, BulkItem.state == state)
    return dict(query.order_by(BulkItem.lead).limit(BATCH).tuples())


def _mark(action, items):
    """Write down the state of items, (lead id, BulkItemState, what is kept of it)."""
    rows = [(state.value, text, action.id, lead_id) for lead_id, state, text in items]
    set_each([BulkItem.state, BulkItem.before], [BulkItem.action, BulkItem.lead], rows)


def _move(action, **changes):
    """Renew the lease and write `changes`, if this run still has it and nobody cancelled. Raises _Lost."""
    changes.setdefault("lease_until", now() + LEASE)
    fields = BulkAction._meta.fields
    values = {name: fields[name].db_value(value) for name, value in changes.items()}
    held = {"lease": fields["lease_until"].db_value(action.lease_until), "held_in": action.state.value}
    if _moved(tuple(changes), action=action.id, **held, **values) != 1:
        raise _Lost
    for name, value in changes.items():
        setattr(action, name, value)


@PreparedWrite
def _moved(_names, *, action, lease, held_in, **values):
    held = (BulkAction.lease_until == lease) & (BulkAction.state == held_in)
    return BulkAction.update(**values).where(BulkAction.id == action, held)


def _end(action, state, error=""):
    """Say that it ended, unless somebody else has moved it on."""
    ended = {"state": state, "error": error, "finished_at": now(), "lease_until": None}
    BulkAction.update(ended).where(BulkAction.id == action.id, BulkAction.state == action.state).execute()
