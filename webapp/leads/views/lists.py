from flask_login import current_user

from webapp.core.errors import NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import listing
from ..models import Stage
from .shared import board_filter, bp, chosen_filter, list_address, move_as_asked, places, totals_of, with_status


@bp.get("/board")
@needs("view")
def board():
    chosen = board_filter()
    lanes = listing.lanes(current_user, chosen)
    found = {"totals": totals_of(chosen), "lanes": lanes, **places(chosen)}
    return page("leads/board.html", "changed", chosen=chosen, **found)


@bp.get("/board/<stage>")
@needs("view")
def lane(stage):
    if stage not in list(Stage):
        raise NotFound("There is no such stage.")
    asked = chosen_filter()
    places(asked)
    rest = listing.lane(current_user, Stage(stage), asked)
    return page("leads/lane.html", "cards", chosen=asked.on_board, stage=Stage(stage), rest=rest)


@bp.post("/<int:lead_id>/move")
@needs("write")
def move(lead_id):
    lead, was, status = move_as_asked(lead_id)
    chosen = board_filter()
    card = listing.row(current_user, lead.id)
    changed = {"chosen": chosen, "card": card, "was": was, "totals": totals_of(chosen), "moved": status == 200}
    return with_status(parts("leads/move.parts.html", list_address(chosen), **changed), status)


@bp.get("")
@needs("view")
def index():
    return page("leads/index.html", "changed", **table_context(chosen_filter()))


def table_context(chosen):
    found = listing.table(current_user, chosen)
    return {"chosen": chosen, "totals": totals_of(chosen), "found": found, **places(chosen)}


@bp.post("/<int:lead_id>/stage")
@needs("write")
def set_stage(lead_id):
    lead, _, status = move_as_asked(lead_id)
    chosen = chosen_filter()
    row = listing.row(current_user, lead.id)
    answer = parts("leads/row.parts.html", list_address(chosen), chosen=chosen, totals=totals_of(chosen), row=row)
    return with_status(answer, status)
