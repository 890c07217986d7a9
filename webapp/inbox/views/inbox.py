"""The lists of the inbox, and what arrives in them while they are open."""

from flask import Blueprint, request

from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import at, page, parts, stay
from webapp.web.ids import row_id

from .. import queries
from . import shared

bp = Blueprint("inbox", __name__)


@bp.get("/inbox")
@needs("view")
def index():
    return page("inbox/thread.html", "panes", **shared.drawn(signed_in_member()))


@bp.get("/inbox/list")
@needs("view")
def lists():
    """The list alone, as a search narrows it; the thread that is open stays."""
    member, thread = signed_in_member(), _open_thread()
    url = shared.address(thread and thread.id)
    return at(url, page("inbox/thread.html", "list", **shared.drawn(member, thread)))


@bp.get("/inbox/live")
@needs("view")
def live():
    """What changed since the page was drawn that asks; nothing when that is nothing. Every open page asks, so no more
    is read than what tells.
    """
    member, thread = signed_in_member(), _open_thread()
    outgoing = queries.outgoing_of(thread) if thread else {}
    back = shared.address(thread and thread.id)
    if shared.mark_of(shared.lists(member), thread, outgoing) == request.args.get("since"):
        return stay(back)
    return parts("inbox/changed.parts.html", back, **shared.drawn(member, thread))


def _open_thread():
    """The thread that the page has open which asks for a part, if any."""
    thread_id = request.args.get("thread", type=row_id)
    return queries.get_thread(signed_in_member(), thread_id) if thread_id else None
