"""What a workspace's inbox does by itself."""

from db import db

from .models import InboxSettings

SWITCHES = ("makes_todos", "sends_notices", "asks_model")


def settings_of(workspace):
    """The workspace's InboxSettings (a row, or its id is given); the usual ones, not saved, while it has none."""
    return InboxSettings.of(workspace).first() or InboxSettings(workspace=workspace)


def save(workspace, fields):
    """Keep what `fields` has of SWITCHES."""
    changes = {name: bool(fields[name]) for name in SWITCHES if name in fields}
    with db.atomic():
        InboxSettings.insert(workspace=workspace).on_conflict_ignore().execute()
        if changes:
            InboxSettings.update(changes).where(InboxSettings.workspace == workspace).execute()
