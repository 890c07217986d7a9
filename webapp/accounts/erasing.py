"""Deleting a workspace that was given up: row by row of every table, in batches between which pages write."""

from datetime import timedelta

from webapp.core.clock import now
from webapp.core.jobs import later, stopping, wait

from .models import Workspace, WorkspaceModel

BATCH = 150  # rows a transaction, and
PAUSE = 0.01  # seconds between two: see imports/running.py, where they were measured
STALLED = timedelta(seconds=30)


def erase_workspace(workspace_id):
    """Delete what is left of a workspace that was given up. May run twice; goes on later when the worker stops."""
    if not _alive(workspace_id):
        return
    for foreign_key in _belonging():
        while _erase_some(foreign_key, workspace_id):
            if stopping():
                later("erase_workspace", workspace_id, delay=1)
                return
            _alive(workspace_id)
            wait(PAUSE)
    Workspace.delete().where(Workspace.id == workspace_id, Workspace.deleted_at.is_null(False)).execute()


def requeue_stalled():
    """Wake deletions that a crash ended."""
    for workspace in Workspace.select(Workspace.id).where(Workspace.deleted_at < now() - STALLED):
        later("erase_workspace", workspace.id)


def _alive(workspace_id):
    """Say that its deletion goes on. False when there is nothing to delete."""
    given_up = (Workspace.id == workspace_id) & Workspace.deleted_at.is_null(False)
    return Workspace.update(deleted_at=now()).where(given_up).execute() == 1


def _belonging():
    """The foreign key to Workspace of every table that goes with it: what refers to others first, so that no batch
    takes or changes more than its own rows.
    """
    keys = {model: key for key, model in Workspace._meta.backrefs.items() if key.on_delete == "CASCADE"}
    del keys[WorkspaceModel]  # no table, only what those have in common
    ordered = {}

    def visit(model):
        for child in model._meta.backrefs.values():
            if child not in ordered and child is not model:
                visit(child)
        ordered[model] = keys.get(model)

    for model in keys:
        visit(model)
    return [key for key in ordered.values() if key]


def _erase_some(foreign_key, workspace_id):
    """One batch; False when none was left. What a second run deleted meanwhile counts: there may be more behind it."""
    table = foreign_key.model
    found = [row.id for row in table.select(table.id).where(foreign_key == workspace_id).limit(BATCH)]
    table.delete().where(table.id.in_(found)).execute()
    return bool(found)
