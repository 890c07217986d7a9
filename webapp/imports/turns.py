"""One after another: the imports of a workspace, and their undoing, work in the order in which they were asked for.

The order is `queued_at`, and stands in the rows alone: a claim is refused while it is another one's turn, whoever ends
wakes the next, and a wake-up that was lost is sent again by the sweep. Those of different workspaces know nothing of
each other.
"""

from datetime import timedelta

from peewee import Tuple, fn

from db import db, is_sqlite
from webapp.accounts.models import Workspace
from webapp.core.clock import now
from webapp.core.jobs import later

from .models import Import, ImportState

LEASE = timedelta(seconds=20)
WORKING = (ImportState.QUEUED, ImportState.RUNNING, ImportState.UNDOING)
HELD = (ImportState.RUNNING, ImportState.UNDOING)  # with a lease that is open, it works this moment


def _place(model):
    """What the turns are sorted by; those that were started before there were turns come first."""
    return Tuple(fn.COALESCE(model.queued_at, model.created_at), model.id)


def claim(import_id, condition, **changes):
    """The import with `changes` and a lease of ours, if it is its turn and `condition` holds; else None."""
    with db.atomic():
        imported = Import.get_or_none(Import.id == import_id)
        if imported is None:
            return None
        if not is_sqlite():  # two claims at once: the second sees what the first did
            workspace = Workspace.select(Workspace.id).where(Workspace.id == imported.workspace_id)
            db.execute(workspace.for_update("FOR NO KEY UPDATE"))
        if waits_for(imported) is not None or _works_beside(imported):
            return None
        mine = Import.update(lease_until=now() + LEASE, **changes).where(Import.id == import_id, condition)
        if not mine.execute():
            return None
        return Import.get_by_id(import_id)


def waits_for(imported):
    """The import of the workspace whose turn it is before `imported`, or None."""
    if imported.state not in WORKING:
        return None
    first = first_of(imported.workspace_id)
    return first if first is not None and first.id != imported.id else None


def first_of(workspace_id):
    """The import whose turn it is in a workspace, or None."""
    working = Import.of(workspace_id).where(Import.state.in_(WORKING))
    return working.order_by(fn.COALESCE(Import.queued_at, Import.created_at), Import.id).first()


def _works_beside(imported):
    """Whether another one works this moment: a clock that was set back may have mixed up the order."""
    others = Import.of(imported.workspace_id).where(Import.state.in_(HELD), Import.lease_until > now())
    return others.where(Import.id != imported.id).exists()


def wake(imported):
    """Send the job of `imported`, once the transaction has committed."""
    later("run_undo" if imported.state is ImportState.UNDOING else "run_import", imported.id)


def wake_next(workspace_id):
    """Wake whoever's turn it is, where one has ended."""
    if following := first_of(workspace_id):
        wake(following)


def requeue_stalled():
    """Wake what waits in its turn without a job, or whose job ended without saying so."""
    earlier = Import.alias()
    before = (earlier.workspace == Import.workspace) & earlier.state.in_(WORKING) & (_place(earlier) < _place(Import))
    its_turn = ~fn.EXISTS(earlier.select(earlier.id).where(before))
    stalled = Import.state.in_(WORKING) & (Import.lease_until.is_null() | (Import.lease_until < now()))
    for imported in Import.select(Import.id, Import.state).where(stalled, its_turn):
        wake(imported)
