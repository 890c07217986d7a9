"""The page behind the link at the end of every mail, for people who have no account here."""

from flask import request

from webapp.web.guards import public
from webapp.web.hypermedia import page

from .. import unsubscribing
from .campaigns import bp


@bp.route("/u/<token>", methods=["GET", "POST"])
@public
def unsubscribe(token):
    """Looking changes nothing. A mail program's one-click POST (RFC 8058) does what the first button does."""
    if request.method != "POST":
        return _page(unsubscribing.way_out(token), token)
    if undo := request.form.get("undo"):
        return _page(unsubscribing.take_back(token, undo), token, taken_back=True)
    if request.form.get("for") == "months":
        return _page(unsubscribing.pause(token), token)
    return _page(unsubscribing.unsubscribe(token), token)


def _page(way, token, **more):
    return page("campaigns/unsubscribe.html", way=way, token=token, **more)
