"""The pages under /settings and /admin, in the order of their menus. A page belongs to a blueprint of its own."""

from typing import NamedTuple

from flask_login import current_user


class Entry(NamedTuple):
    endpoint: str
    label: str
    icon: str
    ability: str | None = None  # of accounts/roles.py; None for whoever gets in at all


SETTINGS = (
    Entry("profile.show", "Profile", "circle-user-round"),
    Entry("password.show", "Password", "key-round"),
    Entry("two_factor.show", "Two-factor", "shield-check"),
    Entry("sessions.index", "Sessions", "monitor"),
    Entry("workspace.show", "Workspace", "building-2", "workspace"),
    Entry("members.index", "Members", "users", "view"),
    Entry("centers.index", "Centers", "map-pin", "view"),
    Entry("mailboxes.index", "Mailboxes", "mail", "view"),
    Entry("inbox_settings.show", "Inbox", "inbox", "workspace"),
    Entry("suppression.index", "Suppression", "ban", "view"),
    Entry("custom_fields.index", "Fields", "list", "workspace"),
    Entry("tags.index", "Tags", "tag", "workspace"),
    Entry("score.show", "Score", "gauge", "view"),
    Entry("enrichment_settings.show", "Enrichment", "sparkles", "workspace"),
    Entry("snippets.index", "Snippets", "file-text", "write"),
)
ADMIN = (
    Entry("admin_users.index", "Users", "users"),
    Entry("admin_workspaces.index", "Workspaces", "building-2"),
    Entry("admin_audit.index", "Audit log", "list-checks"),
    Entry("admin_mail.index", "Mail", "mail"),
)


def register(app):
    app.jinja_env.globals.update(settings_menu=_open_to_me, admin_menu=ADMIN)


def _open_to_me():
    return [entry for entry in SETTINGS if entry.ability is None or current_user.can(entry.ability)]
