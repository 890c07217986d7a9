"""Owners for leads that come into a center: the member whose turn it is, or the one with the most room left.

Each hand-over is written down with its reason. Who assigns holds the row of the center, so turns and room are exact
also when two do so at once; no lead with an owner is given away.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from peewee import fn

from db import db, execute_many, is_sqlite
from webapp.accounts.centers import people_in
from webapp.accounts.models import Assignment, Center, CenterMember
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later, stopping, wait

from . import timeline
from .models import ActivityKind, HandOver, Lead, Stage

OPEN = (Stage.NEW, Stage.CONTACTED, Stage.REPLIED)
AT_ONCE = 500  # leads that a request assigns itself
BATCH = 150  # leads a transaction of the job, and
PAUSE = 0.01  # seconds between two: see imports/running.py, where they were measured
LEASE = timedelta(seconds=20)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def hold(center_id):
    """The center with its row locked until the transaction ends; None when it is archived or gone.

    Take it before any lead is changed: so everybody waits in the same order.
    """
    held = Center.update(assignment=Center.assignment).where(Center.id == center_id, Center.archived_at.is_null())
    return next(iter(held.returning(Center)), None)


def enter(center_id):
    """hold() for leads that come into the center. Raises Invalid when it takes none."""
    center = hold(center_id)
    if center is None:
        raise Invalid("That center is archived, so it takes no new leads. Choose another one.", "center")
    return center


def assign(center, lead_ids, *, actor_id=None, tell_nobody=True):
    """Find owners for those of these leads that stand open in `center`, which hold() gave, without one.

    In the caller's transaction. Returns how many got one. `tell_nobody` False writes nothing down of leads for which
    nobody has room.
    """
    if center.assignment is Assignment.NONE or not lead_ids:
        return 0
    waiting = _waiting(center).where(Lead.id.in_(lead_ids)).order_by(Lead.id)
    ids = [row.id for row in (waiting if is_sqlite() else waiting.for_update())]
    takers = _takers(center)
    given = [(lead_id, *_choose(center, takers)) for lead_id in ids]
    for taker in takers:
        _write_taken(taker, [lead_id for lead_id, chosen, _ in given if chosen is taker])
    _write_down(center, [row for row in given if row[1] or tell_nobody], actor_id)
    return sum(taker is not None for _, taker, _ in given)


def _waiting(center):
    open_here = (Lead.workspace == center.workspace_id) & (Lead.center == center.id) & Lead.stage.in_(OPEN)
    return Lead.select(Lead.id).where(open_here, Lead.owner.is_null(), Lead.deleted_at.is_null())


# ------------------------------------------------------------------- turns


@dataclass
class _Taker:
    user_id: int
    name: str
    row_id: int  # of the CenterMember
    capacity: int | None
    turn: datetime  # when a lead last came to them here
    leads: int = 0  # open ones they have here

    @property
    def room(self):
        """How many more leads they take."""
        return float("inf") if self.capacity is None else self.capacity - self.leads

    @property
    def held(self):
        return "no limit" if self.capacity is None else f"{self.leads} of {self.capacity}"


def _takers(center):
    """The people of `center` who take leads, as _Takers, whose turn it is first."""
    people = {person.user_id: person for person in people_in(center.workspace_id, center).get(center.id, [])}
    rows = CenterMember.select().where(CenterMember.center == center.id, CenterMember.user.in_(list(people)))
    takers = [
        _Taker(row.user_id, people[row.user_id].full_name, row.id, row.capacity, row.assigned_at or NEVER)
        for row in rows
        if people[row.user_id].takes_leads
    ]
    limited = [taker.user_id for taker in takers if taker.capacity is not None]
    counts = _open_leads(center, limited) if limited else {}
    for taker in takers:
        taker.leads = counts.get(taker.user_id, 0)
    return takers


def _open_leads(center, user_ids):
    """{user id: how many open leads they have in `center`}."""
    query = Lead.select(Lead.owner, fn.COUNT(Lead.id)).where(Lead.workspace == center.workspace_id)
    query = query.where(Lead.center == center.id, Lead.owner.in_(user_ids), Lead.stage.in_(OPEN))
    return dict(query.where(Lead.deleted_at.is_null()).group_by(Lead.owner).tuples())


def _choose(center, takers):
    """(the _Taker of the next lead or None, the reason in words); moves their turn on."""
    free = [taker for taker in takers if taker.room > 0]
    if not free:
        return None, f"Nobody in {center.name} {'has room' if takers else 'takes leads'}"
    if center.assignment is Assignment.ROUND_ROBIN:
        chosen = min(free, key=lambda taker: (taker.turn, taker.row_id))
        reason = f"Round robin: {chosen.name}’s turn in {center.name}"
    else:
        chosen = min(free, key=lambda taker: (-taker.room, taker.turn, taker.row_id))
        reason = f"Capacity: {chosen.name} had the most room ({chosen.held}) in {center.name}"
    chosen.turn = max(now(), max(taker.turn for taker in takers) + timedelta(microseconds=1))
    chosen.leads += 1
    return chosen, reason


# ----------------------------------------------------------------- writing


def _write_taken(taker, lead_ids):
    if lead_ids:
        Lead.update(owner=taker.user_id).where(Lead.id.in_(lead_ids)).execute()
        CenterMember.update(assigned_at=taker.turn).where(CenterMember.id == taker.row_id).execute()


def _write_down(center, given, actor_id):
    """A HandOver and a timeline entry for each (lead id, _Taker or None, reason)."""
    moment, workspace = now(), center.workspace_id
    columns = "workspace_id, lead_id, center_id, owner_id, actor_id, reason, created_at"
    created_at = HandOver.created_at.db_value(moment)
    rows = [
        (workspace, lead_id, center.id, taker and taker.user_id, actor_id, reason[:255], created_at)
        for lead_id, taker, reason in given
    ]
    execute_many(f"INSERT INTO hand_over ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    entries = [(lead_id, _told(taker, reason)) for lead_id, taker, reason in given]
    timeline.record_each(workspace, entries, ActivityKind.ASSIGNED, actor_id=actor_id, moment=moment)


def _told(taker, reason):
    if taker is None:
        return {"owner": "", "reason": reason}
    return {"owner": taker.name, "reason": reason, "ids": {"owner": [None, taker.user_id]}}


# --------------------------------------------------------- those who waited


def waiting_in(center):
    """How many open leads of `center` have no owner."""
    return _waiting(center).count()


def assign_waiting(center, *, actor):
    """Assign the open leads of `center` without an owner: up to AT_ONCE at once, more by a job.

    Returns how many got one; None when the job does it. Raises Conflict when that runs, or the center takes no leads.
    """
    with db.atomic():
        held = hold(center.id)
        if held is None or held.assignment is Assignment.NONE:
            raise Conflict(f"{center.name} does not assign leads now. Choose how it does first.")
        if held.assigning_until is not None:
            raise Conflict(f"The leads of {center.name} are being assigned already.")
        ids = [row.id for row in _waiting(held).limit(AT_ONCE + 1)]
        if len(ids) <= AT_ONCE:
            return assign(held, ids, actor_id=actor.user_id, tell_nobody=False)
        Center.update(assigning_until=now() + LEASE).where(Center.id == held.id).execute()
        later("assign_waiting", held.id, actor.user_id)
    return None


def run_waiting(center_id, actor_id=None):
    """Assign in batches until nobody waits or has room. Two of these at once share the work."""
    while _assign_batch(center_id, actor_id):
        if stopping():
            later("assign_waiting", center_id, actor_id)
            return
        wait(PAUSE)


def _assign_batch(center_id, actor_id):
    """One transaction's worth; whether there may be more."""
    with db.atomic():
        center = hold(center_id)
        if center is None or center.assigning_until is None:
            return False
        ids = [row.id for row in _waiting(center).limit(BATCH)]  # any: in order, they cost a walk over all leads
        given = assign(center, ids, actor_id=actor_id, tell_nobody=False)
        more = given == len(ids) == BATCH
        Center.update(assigning_until=now() + LEASE if more else None).where(Center.id == center.id).execute()
    return more


def requeue_stalled():
    """Wake what was assigning leads and ended without saying so."""
    for center in Center.select(Center.id).where(Center.assigning_until < now()):
        later("assign_waiting", center.id, None)
