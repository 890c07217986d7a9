"""What a workspace's inbox does by itself."""

from db import db
from webapp.accounts.audit import record
from webapp.core.prepared import Prepared, instance

from .models import InboxSettings

SWITCHES = ("makes_todos", "sends_notices", "asks_model")


def settings_of(workspace):
    """The workspace's InboxSettings (a row, or its id is given); the usual ones, not saved, while it has none."""
    row = _settings_of.one(workspace=getattr(workspace, "id", workspace))
    return instance(InboxSettings, row) if row else InboxSettings(workspace=workspace)


@Prepared
def _settings_of(*, workspace):
    return InboxSettings.select(*InboxSettings._meta.sorted_fields).where(InboxSettings.workspace == workspace)


def save(workspace, fields):
    """Keep what `fields` has of SWITCHES; nobody is told who did it."""
    changes = {name: bool(fields[name]) for name in SWITCHES if name in fields}
    with db.atomic():
        InboxSettings.insert(workspace=workspace).on_conflict_ignore().execute()
        if changes:
            InboxSettings.update(changes).where(InboxSettings.workspace == workspace).execute()


def change(fields, *, actor):
    """The same for a member, with a line in the audit log that says what changed."""
    with db.atomic():
        before = settings_of(actor.workspace.id)
        changes = {name: [getattr(before, name), fields[name]] for name in SWITCHES if name in fields}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            save(actor.workspace.id, {name: new for name, (_, new) in changes.items()})
            told = {"workspace": actor.workspace, "changes": changes}
            record(actor, "inbox.settings_changed", actor.workspace.name, **told)
