"""Changing what a workspace's inbox does by itself."""

from db import db
from webapp.accounts.audit import record

from . import settings


def change(fields, *, actor):
    """Keep these SWITCHES of settings.py, and who changed which."""
    with db.atomic():
        before = settings.settings_of(actor.workspace.id)
        changes = {name: [getattr(before, name), fields[name]] for name in settings.SWITCHES if name in fields}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            settings.save(actor.workspace.id, {name: new for name, (_, new) in changes.items()})
            told = {"workspace": actor.workspace, "changes": changes}
            record(actor, "inbox.settings_changed", actor.workspace.name, **told)
