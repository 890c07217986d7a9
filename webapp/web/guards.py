"""Who may call a view. Every view says @public or @needs("…"); one that says neither is refused to everybody."""

from urllib.parse import urlsplit

from flask import current_app, request, url_for
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
        if not current_user.is_authenticated:
            return leave(url_for("auth.sign_in", next=_came_from()))
        if policy is None or not current_user.can(policy):
            raise Forbidden("Your role does not allow this. Ask an owner of the workspace.")
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
