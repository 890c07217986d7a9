"""Scoring: a job gives leads the scores that the rules of their workspace make, in batches.

Triggers mark the leads that changed (migration 0011), and a change of the rules asks for all leads; a lead's marks go
in the transaction that gives it its score. One run at a time works in a workspace, the one with the lease: a batch is
one transaction that first renews it, so what two would make of a lead cannot cross. A kill leaves whole batches, and
the next run goes on behind the last one.
"""

import logging
from datetime import timedelta

from peewee import EXCLUDED, fn

from db import db
from webapp.accounts.models import Workspace
from webapp.core.clock import now
from webapp.core.jobs import later, stopping, wait

from .holding import hold
from .list_models import ScoreRule
from .models import Lead, StageTotal
from .score_models import ScoreMark, ScoreRun
from .score_reading import Asking, rules_of

log = logging.getLogger("galena.scores")

BATCH = 50  # leads a transaction, and
PAUSE = 0.01  # seconds between two, in which pages write: see imports/running.py
LEASE = timedelta(seconds=20)
BY_TIME = ("within", "older", "next", "overdue", "today")  # operators whose answer changes while nothing else does


class _Lost(Exception):
    """Another run has this workspace now."""


def ask_for_all(workspace_id):
    """Have all leads of a workspace scored again, from the first one on, whatever runs now."""
    total = StageTotal.select(fn.SUM(StageTotal.leads)).where(StageTotal.workspace == workspace_id).scalar() or 0
    fresh = {"behind": 0, "done": 0, "total": int(total), "asked_at": now(), "finished_at": None, "lease_until": None}
    query = ScoreRun.insert(workspace=workspace_id, **fresh)
    columns = {getattr(ScoreRun, name): getattr(EXCLUDED, name) for name in fresh}
    query.on_conflict(conflict_target=[ScoreRun.workspace], update=columns).execute()
    later("score_leads", workspace_id)


def ask_by_time():
    """Have the leads scored again of every workspace with a rule that time alone makes true or not."""
    rules = ScoreRule.select(ScoreRule.workspace, ScoreRule.condition).tuples()
    for workspace_id in sorted({one for one, text in rules if text.split(".")[1] in BY_TIME}):
        ask_for_all(workspace_id)


def run_of(workspace):
    """The ScoreRun of a workspace, or None where it never had a rule."""
    return ScoreRun.get_or_none(ScoreRun.workspace == workspace)


def requeue_stalled():
    """Wake the scoring of marked leads, and what a crash left. An open lease says that a run is at it."""
    free = ScoreRun.lease_until.is_null() | (ScoreRun.lease_until < now())
    marked = fn.EXISTS(ScoreMark.select(ScoreMark.id).where(ScoreMark.workspace == ScoreRun.workspace))
    for run in ScoreRun.select(ScoreRun.workspace).where(free, marked | ScoreRun.behind.is_null(False)):
        later("score_leads", run.workspace_id)


def score_leads(workspace_id, pause=PAUSE):
    """Score what is marked, and what is left of all leads. Returns at once when it runs elsewhere."""
    run = _claim(workspace_id)
    if run is None:
        return
    workspace = Workspace.get_by_id(workspace_id)
    try:
        while _some(run, workspace, pause):
            if stopping():
                _move(run, lease_until=None)
                later("score_leads", workspace_id, delay=1)
                return
        _move(run, lease_until=None)
    except _Lost:
        log.info("the scoring of workspace %s was begun anew or is run elsewhere; leaving it", workspace_id)


def _claim(workspace_id):
    moment = now()
    free = ScoreRun.lease_until.is_null() | (ScoreRun.lease_until < moment)
    if not ScoreRun.update(lease_until=moment + LEASE).where(ScoreRun.workspace == workspace_id, free).execute():
        return None
    return ScoreRun.get(ScoreRun.workspace == workspace_id)


def _some(run, workspace, pause):
    """A batch of the marked leads, then one of all; False when there was none of either."""
    asking, found = Asking(workspace, rules_of(workspace)), False  # made before anything is locked
    for batch in (_marked, _next):
        with db.atomic():
            _move(run)
            worked = batch(run, asking)
        if worked:
            found = True
            wait(pause)
    return found


def _marked(run, asking):
    marks = ScoreMark.select(ScoreMark.id, ScoreMark.lead_id).where(ScoreMark.workspace == run.workspace_id)
    marks = list(marks.order_by(ScoreMark.id).limit(BATCH).tuples())
    if marks:
        _score(asking, {lead_id for _, lead_id in marks})
        ScoreMark.delete().where(ScoreMark.id.in_([mark_id for mark_id, _ in marks])).execute()
    return bool(marks)


def _next(run, asking):
    if run.behind is None:
        return False
    rest = Lead.select(Lead.id).where(Lead.workspace == run.workspace_id, Lead.id > run.behind)
    ids = [lead_id for (lead_id,) in rest.order_by(Lead.id).limit(BATCH).tuples()]  # with those in the bin: see met()
    _score(asking, ids)
    if len(ids) == BATCH:
        _move(run, behind=ids[-1], done=run.done + BATCH)
    else:
        _move(run, behind=None, done=run.done + len(ids), finished_at=now())
    return True


def _score(asking, lead_ids):
    """Give these leads the scores that they should have, touching only those with another one."""
    changed = {}
    for (lead_id, score), met in asking.met(list(lead_ids), Lead.id, Lead.score):
        right = asking.score(met)
        if right != score:
            changed.setdefault(right, []).append(lead_id)
    hold([lead_id for ids in changed.values() for lead_id in ids])
    for score, ids in changed.items():
        Lead.update(score=score).where(Lead.id.in_(ids)).execute()


def _move(run, **changes):
    """Renew the lease and write `changes`, if this run still has it. Raises _Lost."""
    changes.setdefault("lease_until", now() + LEASE)
    mine = (ScoreRun.id == run.id) & (ScoreRun.lease_until == run.lease_until)
    if ScoreRun.update(changes).where(mine).execute() != 1:
        raise _Lost
    for name, value in changes.items():
        setattr(run, name, value)
