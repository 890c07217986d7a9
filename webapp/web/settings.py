"""The pages under /settings and /admin, in the order of their menus. A page belongs to a blueprint of its own."""

from typing import NamedTuple

from flask import current_app
from flask_login import current_user


class Entry(NamedTuple):
    endpoint: str
    label: str
    icon: str
    policy: str  # "person", "admin" or an ability of accounts/roles.py


SETTINGS = (
    Entry("profile.show", "Profile", "circle-user-round", "person"),
    Entry("password.show", "Password", "key-round", "person"),
    Entry("two_factor.show", "Two-factor", "shield-check", "person"),
    Entry("sessions.index", "Sessions", "monitor", "person"),
    Entry("workspace.show", "Workspace", "building-2", "workspace"),
    Entry("members.index", "Members", "users", "view"),
    Entry("centers.index", "Centers", "map-pin", "view"),
)
ADMIN = (
    Entry("admin_users.index", "Users", "users", "admin"),
    Entry("admin_workspaces.index", "Workspaces", "building-2", "admin"),
    Entry("admin_audit.index", "Audit log", "list-checks", "admin"),
    Entry("admin_mail.index", "Mail", "mail", "admin"),
)


def register(app):
    app.jinja_env.globals.update(settings_menu=lambda: _open_to_me(SETTINGS), admin_menu=lambda: _open_to_me(ADMIN))


def first_open(entries):
    """The endpoint of the first page of a menu that the member may open, or None."""
    return next((entry.endpoint for entry in entries if _is_open(entry)), None)


def _open_to_me(entries):
    return [entry for entry in entries if _is_open(entry)]


def _is_open(entry):
    return _may(entry.policy) and entry.endpoint in current_app.view_functions


def _may(policy):
    if policy in ("person", "admin"):
        return policy == "person" or current_user.is_admin
    return current_user.can(policy)
