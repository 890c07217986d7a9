"""What mails ask for: a picture, and where a link leads. These GETs do write, and only to rows of tracking."""

from base64 import b64decode

from flask import Blueprint, Response, redirect, request

from webapp.web.guards import public

from .. import tracking

bp = Blueprint("tracking", __name__)
PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # one transparent dot
UNKEPT = {"Cache-Control": "no-store, max-age=0", "X-Robots-Tag": "noindex, nofollow"}
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")  # what loads a page before anybody asks for it says so here


def _is_asked():
    """Whether somebody wants the page itself: not only its headers, and not in advance."""
    ahead = any(request.headers.get(name, "").lower().startswith(("prefetch", "preview")) for name in AHEAD)
    return request.method == "GET" and not ahead


def _who():
    return {"agent": request.headers.get("User-Agent", ""), "address": request.remote_addr or ""}


@bp.get("/o/<token>.gif")
@public
def opened(token):
    tracking.opened(token, **_who()) if _is_asked() else tracking.named(token)
    headers = {**UNKEPT, "Cross-Origin-Resource-Policy": "cross-origin"}  # web mail shows it
    return Response(PICTURE, mimetype="image/gif", headers=headers)


@bp.get("/c/<token>")
@public
def clicked(token):
    url = tracking.destination(token)
    if _is_asked():
        tracking.clicked(token, **_who())
    response = redirect(url, 302)
    response.headers.update(UNKEPT)
    return response
