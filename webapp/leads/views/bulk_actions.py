"""Changes to all leads of a view: what to do, how far it is, cancel and undo."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.accounts.models import Reach
from webapp.core.errors import NotFound
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import bulk_running, queries
from ..forms_bulk import asked
from ..list_models import BulkAction, BulkItemState, BulkState
from ..tags import tags_of
from .shared import bp, chosen_filter, list_address, owners, places


@bp.get("/bulk")
@needs("write")
def bulk_all():
    chosen = chosen_filter()
    totals = queries.stage_totals(current_user, chosen)
    total = None if totals is None else sum(leads for leads, _ in totals.values())
    lists = {"owners": owners(), "tags": tags_of(current_user.workspace), "may_be_nobody": may_be_nobody()}
    return page("leads/bulk_all.html", chosen=chosen, total=total, back=list_address(chosen), **lists, **places(chosen))


def may_be_nobody():
    return current_user.reach is not Reach.OWN


@bp.post("/bulk")
@needs("write")
def bulk_begin():
    member, chosen, kind = current_user._get_current_object(), chosen_filter(), request.form.get("do")
    lists = (owners(), open_to(member), member.workspace)
    data, words = asked(kind, *lists, may_be_nobody=may_be_nobody())
    action = bulk_running.begin(member, kind, {**data, "words": words}, chosen)
    if action.state is not BulkState.DONE:
        return leave(url_for("leads.bulk_show", action_id=action.id))
    if action.changed:
        url = url_for("leads.bulk_undo", action_id=action.id)
        flash({"text": f"{plural(action.changed, 'lead')} {words}", "action": "Undo", "url": url}, "success")
    else:
        flash("Nothing to change: all of these leads are so already.", "info")
    return leave(list_address(chosen))


def own_action(action_id):
    """The member's own bulk action. Raises NotFound."""
    mine = (BulkAction.id == action_id) & (BulkAction.actor == current_user.user_id)
    action = BulkAction.of(current_user.workspace).where(mine).first() if action_id < 2**31 else None
    if action is None:
        raise NotFound("That change does not exist, or somebody else made it.")
    return action


@bp.get("/bulk/<int:action_id>")
@needs("write")
def bulk_show(action_id):
    action = own_action(action_id)
    kept = bulk_running.leads_in(current_user, action, BulkItemState.KEPT) if action.state is BulkState.UNDONE else ()
    back = url_for("leads.index") + action.selection["query"]
    working = action.state in bulk_running.WORKING
    return page("leads/bulk_show.html", "state", action=action, kept=kept, back=back, working=working)


@bp.post("/bulk/<int:action_id>/undo")
@needs("write")
def bulk_undo(action_id):
    action = own_action(action_id)
    bulk_running.undo(action)
    return leave(url_for("leads.bulk_show", action_id=action.id))


@bp.post("/bulk/<int:action_id>/cancel")
@needs("write")
def bulk_cancel(action_id):
    action = own_action(action_id)
    bulk_running.cancel(action)
    return leave(url_for("leads.bulk_show", action_id=action.id))
