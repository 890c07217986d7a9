"""What became of a change to many leads: how far it is, cancel and undo."""

from flask import flash, url_for
from flask_login import current_user

from webapp.core.errors import NotFound
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import bulk_running
from ..list_models import BulkAction, BulkItemState, BulkState
from .shared import bp


def own_action(action_id):
    """The member's own bulk action. Raises NotFound."""
    mine = (BulkAction.id == action_id) & (BulkAction.actor == current_user.user_id)
    action = BulkAction.of(current_user.workspace).where(mine).first() if action_id < 2**31 else None
    if action is None:
        raise NotFound("That change does not exist, or somebody else made it.")
    return action


def kept_in(action):
    """The leads that it, or its undo, left as they are because somebody changed them meanwhile."""
    if action.state in bulk_running.WORKING:
        return ()
    return bulk_running.leads_in(current_user, action, BulkItemState.KEPT)


@bp.get("/bulk/<int:action_id>")
@needs("write")
def bulk_show(action_id):
    action = own_action(action_id)
    working = action.state in bulk_running.WORKING
    shown = {"action": action, "kept": kept_in(action), "back": list_of(action), "working": working}
    return page("leads/bulk_show.html", "state", **shown)


def list_of(action):
    return url_for("leads.index") + action.selection["query"]


@bp.post("/bulk/<int:action_id>/undo")
@needs("write")
def bulk_undo(action_id):
    bulk_running.undo(own_action(action_id))
    action = own_action(action_id)
    if action.state is not BulkState.UNDONE or action.undone < action.changed:
        return leave(url_for("leads.bulk_show", action_id=action_id))
    flash(f"{plural(action.undone, 'lead')} put back", "success")
    return leave(list_of(action))


@bp.post("/bulk/<int:action_id>/cancel")
@needs("write")
def bulk_cancel(action_id):
    bulk_running.cancel(own_action(action_id))
    return leave(url_for("leads.bulk_show", action_id=action_id))
