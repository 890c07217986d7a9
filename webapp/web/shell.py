"""What stands around every page: the sidebar, the addresses in it, the CSRF token's text. All of it is kept."""

from functools import lru_cache

from flask import current_app, g, request, session, url_for
from flask_wtf.csrf import generate_csrf

from .guards import signed_in_member

# blueprints whose pages belong to another entry of the sidebar
HOME_OF = {
    "imports": "leads", "mail": "outbox", "lead_tags": "leads", "views": "leads", "inbox_replies": "inbox",
    "inbox_suggestions": "inbox", "assistant": "inbox",
}  # fmt: skip
ENTRY_OF = {"campaigns.mail_log": "mail_log", "campaigns.delivery": "mail_log"}


def register(app, kept, *, mail_captured, beside, pinned_views):
    """`kept` as kept.register() gives it; `beside(member)` has `campaigns`, how many are being sent, `todos`, how many
    of the member's are due, `inbox`, how many conversations wait for their look, `captured`, whether the Outbox holds
    anything: that outlasts the day that a mail server is set, and what `pinned_views(member)` makes the saved views in
    their sidebar of.
    """
    app.extensions["galena-beside"] = beside
    app.jinja_env.globals.update(url_for=_address, csrf_token=csrf_token)

    @app.context_processor
    def shell():
        return {"mail_captured": mail_captured, "sidebar": sidebar, "csrf_token": csrf_token}  # over Flask-WTF's own

    def sidebar(section=None):
        """The sidebar with the entry `section` marked, by default the one this request belongs to."""
        member = signed_in_member()
        if member.workspace is None:
            return ""
        found = beside_pages(member)
        here = section or ENTRY_OF.get(request.endpoint) or HOME_OF.get(request.blueprint, request.blueprint)
        return kept(
            "layouts/_sidebar.html",
            here=here,
            token=csrf_token(),
            campaigns_active=found.campaigns,
            todos_due=found.todos,
            inbox_unread=found.inbox,
            pinned=pinned_views(member),
            full_name=member.full_name,
            picture=member.picture,
            theme=member.theme,
            workspace_id=member.workspace.id,
            workspaces=tuple(member.workspaces),
            initials=member.workspace.initials,
            is_admin=member.is_admin,
            outbox=mail_captured or bool(found.captured),
        )


def beside_pages(member):
    """What register() was given for `member`: asked for once a request."""
    if "beside" not in g:
        g.beside = current_app.extensions["galena-beside"](member)
    return g.beside


def _address(endpoint, **values):
    """url_for(), remembered unless it holds what somebody typed at length."""
    typed = any(isinstance(value, str) and len(value) > 100 for value in values.values())
    return url_for(endpoint, **values) if typed else _remembered(endpoint, **values)


@lru_cache(maxsize=4096)
def _remembered(endpoint, **values):
    return url_for(endpoint, **values)


def csrf_token():
    """The token of this session. Signed anew each second it would change every page, and no page could be kept."""
    return _signed(session["csrf_token"]) if "csrf_token" in session else generate_csrf()


def renew_csrf_token():
    """Give this session a token of its own, after it was emptied."""
    g.pop("csrf_token", None)  # of the session before
    generate_csrf()


@lru_cache(maxsize=4096)
def _signed(raw):
    return generate_csrf()
