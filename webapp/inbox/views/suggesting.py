"""The answer that the model drafts, beside the thread that it is for."""

from flask import Blueprint, request
from flask_login import current_user

from webapp.auth import throttle
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import parts

from .. import queries, suggesting
from . import shared

bp = Blueprint("inbox_suggestions", __name__, url_prefix="/inbox")
AN_HOUR = 120  # drafts that a member may ask for


@bp.app_context_processor
def around():
    """For the page of a thread, whose other parts know nothing of drafts."""
    return {"suggestion_of": lambda thread: suggesting.suggestion_for(signed_in_member(), thread)}


def _shown(thread):
    """The part of the thread's page that has the draft."""
    return parts("inbox/_suggestion.html", shared.address(thread.id), thread=thread, here=shared.here())


@bp.get("/<int:thread_id>/suggestion")
@needs("view")
def show(thread_id):
    return _shown(queries.get_thread(current_user, thread_id))


@bp.post("/<int:thread_id>/suggestion")
@needs("write")
def suggest(thread_id):
    thread, wish = queries.get_thread(current_user, thread_id), request.form.get("wish", "")
    throttle.hit(f"suggest {current_user.user_id}", limit=AN_HOUR, seconds=3600)
    suggesting.suggest(signed_in_member(), thread, wish)
    return _shown(thread)
