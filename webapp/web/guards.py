"""Who may call a view: @public, @needs("…"), @signed_in or @site_admin. Without one it is refused to everybody."""

from urllib.parse import urlsplit

from flask import current_app, flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Forbidden

from .hypermedia import leave, wants_part


def public(view):
    """Anybody may call this view, signed in or not."""
    view.policy = "public"
    return view


def needs(ability):
    """Members whose role has `ability` (see accounts/roles.py) may call this view."""

    def mark(view):
        view.policy = ability
        return view

    return mark


def signed_in(view):
    """Anybody who is signed in may call this view, whatever their role, also a person in no workspace."""
    view.policy = "person"
    return view


def site_admin(view):
    """Site admins may call this view."""
    view.policy = "admin"
    return view


def policy_of(endpoint):
    """The declared policy of an endpoint, or None."""
    if endpoint == "static":
        return "public"
    return getattr(current_app.view_functions.get(endpoint), "policy", None)


def enforce(app):
    @app.before_request
    def check():
        if request.endpoint is None:
            return None  # no such address: 404 for everybody
        policy = policy_of(request.endpoint)
        if policy == "public":
            return None
        member = signed_in_member()
        if not member.is_authenticated:
            return leave(url_for("auth.sign_in", next=_came_from()))
        if policy == "admin":
            if not member.is_admin:
                raise Forbidden("Only site admins may do this.")
        elif policy != "person":
            return _within_workspace(member, policy)
        return None


def signed_in_member():
    """The member who asks, themselves: each look at something of `current_user`, a proxy, costs ten of theirs."""
    return current_user._get_current_object()


def _within_workspace(member, policy):
    """None when the member may go on; where to go instead when they first have something to do."""
    if member.workspace is None:
        return leave(url_for("workspaces.new"))
    if policy is None or not member.can(policy):
        raise Forbidden("Your role does not allow this. Ask an owner of the workspace.")
    if member.workspace.requires_two_factor and not member.two_factor:
        flash(f"{member.workspace.name} asks everybody for two-factor sign-in. Set it up to go on.", "info")
        return leave(url_for("two_factor.show"))
    return None


def _came_from():
    """Where to go after signing in: the page itself, or the page that a part or a form was on."""
    if wants_part() or request.method != "GET":
        return own_path(_path_of(request.headers.get("HX-Current-URL", "")))
    return own_path(request.full_path.rstrip("?")) if request.path != "/" else None


def _path_of(url):
    try:
        return urlsplit(url).path
    except ValueError:  # not an address at all
        return None


def own_path(target):
    """`target` if it is a path on this site, else None. Refuses //host, /\\host and control characters."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(character) < 33 or character == "\\" for character in target):
        return None
    return target
