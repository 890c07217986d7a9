"""The blueprint of leads, and what its pages have in common: the filter in the address, and the ways back."""

from flask import Blueprint, flash, g, request, url_for
from flask_login import current_user

from webapp.accounts.centers import known_to, open_to
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.filters import SYMBOLS, day
from webapp.web.guards import signed_in_member
from webapp.web.shell import csrf_token

from .. import editing, pipeline, queries
from ..filters import Filter
from ..forms.lead import MoveForm

bp = Blueprint("leads", __name__, url_prefix="/leads")


@bp.context_processor
def around():
    """What the regions of these pages need besides their rows; a kept region gets it handed in."""
    member = signed_in_member()
    if not member.is_authenticated:
        return {}
    currency, zone, writes = member.workspace.currency, member.time_zone, member.can("write")
    words = {"date": day(now(), zone), "currency_sign": SYMBOLS.get(currency, currency)}
    return {"zone": zone, "writes": writes, "token": csrf_token() if writes else "", "currency": currency, **words}


def chosen_filter():
    return Filter.read(request.args)


def whole_view():
    """The Filter of this request, to do something with all of its leads. Raises Invalid when it is not all there."""
    chosen = chosen_filter()
    if chosen.where.cut:
        raise Invalid(
            "Some conditions of this view were left out, as they were too many or too long. Go on with those shown."
        )
    return chosen


def known_centers():
    """All centers of the workspace: asked for once a request."""
    if "centers" not in g:
        g.centers = known_to(current_user)
    return g.centers


def places(chosen):
    """The centers to choose from, as (id, name) pairs, and the name of the chosen one. Raises NotFound."""
    known = known_centers()
    names = {center.id: center.name for center in known}
    if chosen.center and chosen.center not in names:
        raise NotFound("That center does not exist.")
    return {"centers": tuple(open_to(current_user, known)), "center_name": names.get(chosen.center, "")}


def lead_address(lead_id, chosen):
    return url_for("leads.show", lead_id=lead_id) + chosen.query()


def list_address(chosen):
    """The board or table that a filter was chosen on."""
    if chosen.board:
        return url_for("leads.board") + chosen.on_board.query(board=False)
    return url_for("leads.index") + chosen.query(page=chosen.page, start=chosen.start)


def owners():
    """Whom the member may give a lead to: (id, name) pairs."""
    return [(person.id, person.full_name) for person in editing.possible_owners(current_user)]


def move_as_asked(lead_id):
    """Move by the form: (lead, the stage it was seen in, status). A stale move is refused in a toast, with 409."""
    lead, form = queries.get_lead(current_user, lead_id), MoveForm()
    if not form.validate():
        raise Invalid("Choose one of the stages.", "stage")
    try:
        pipeline.move_lead(lead, form.stage.data, actor=current_user, expected=form.was.data)
    except Conflict as error:
        flash(str(error), "error")
        return queries.get_lead(current_user, lead_id), form.was.data, 409
    return lead, form.was.data, 200


def with_status(response, status):
    """A part says what became of it; the way back to a whole page stays a redirect."""
    if response.status_code == 200:
        response.status_code = status
    return response


def flash_restored(restored, refused):
    for lead in refused:
        flash(f"{lead.name} stays deleted: another lead has {lead.email} now. Change that one first.", "error")
    if restored:
        flash(f"{restored[0].name} is back" if len(restored) == 1 else f"{len(restored)} leads are back", "success")
