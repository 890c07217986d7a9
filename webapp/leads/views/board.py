"""The board: its lanes, moving and assigning its cards, and what others do to them meanwhile."""

from flask import request, url_for
from flask_login import current_user

from webapp.accounts.models import Reach
from webapp.core.errors import Invalid, NotFound
from webapp.web.filters import number
from webapp.web.guards import needs
from webapp.web.hypermedia import at, page, parts, stay

from .. import chips, editing, listing, live, queries
from ..filters import CARD_FIELDS, Filter
from ..forms.lead import EDITS
from ..models import Stage
from .lists import meant_instead
from .next_steps import next_steps
from .saved_views import views_of
from .shared import bp, list_address, move_as_asked, owners, places, with_status

TOLD = 3  # moves by others that are read out


def asked_filter():
    """The Filter of the address; the boxes of the Display menu come one by one."""
    args = request.args.copy()
    args["cards"] = ",".join(args.getlist("cards"))
    return Filter.read(args)


@bp.get("/board")
@needs("view")
def board():
    mark, chosen = live.mark_of(current_user), asked_filter().on_board
    around = {"narrows": chips.told(current_user, chosen.where), "views": views_of(current_user)}
    response = page("leads/board.html", "changed", card_fields=CARD_FIELDS, **around, **drawn(chosen, mark))
    if len(request.args.getlist("cards")) > 1:
        return at(url_for("leads.board") + chosen.query(board=False), response)
    return response


def drawn(chosen, mark):
    """What the lanes show, at the Mark `mark` that was read before."""
    find = queries.finder(current_user, chosen)
    lanes, totals = listing.lanes(current_user, chosen, find), queries.stage_totals(current_user, chosen, find=find)
    steps = next_steps((card for lane in lanes.values() for card in lane.rows), current_user.time_zone)
    meant = meant_instead(chosen, [card for lane in lanes.values() for card in lane.rows])
    shown = {"chosen": chosen, "mark": mark, "lanes": lanes, "steps": steps, "totals": totals, "meant": meant}
    return {**shown, "center_name": places(chosen)["center_name"] if chosen.center else ""}


@bp.get("/board/<stage>")
@needs("view")
def lane(stage):
    if stage not in list(Stage):
        raise NotFound("There is no such stage.")
    asked = asked_filter()
    places(asked)
    rest = listing.lane(current_user, Stage(stage), asked)
    steps = next_steps(rest.rows, current_user.time_zone)
    return page("leads/lane.html", "cards", chosen=asked.on_board, stage=Stage(stage), rest=rest, steps=steps)


@bp.get("/board/changes")
@needs("view")
def changes():
    """What changed since the Mark in the address; nothing (204) most of the time."""
    chosen, since = asked_filter().on_board, live.Mark.read(request.args.get("since", ""))
    mark, back = live.mark_of(current_user), list_address(chosen)
    if mark == since:
        return stay(back)
    news = live.news(current_user, since, mark)
    if news.whole:
        return parts("leads/board.parts.html", back, **drawn(chosen, mark))
    if not news.leads:
        return parts("leads/changed.parts.html", back, chosen=chosen, mark=mark)
    changed = changed_cards(chosen, news.leads)
    return parts("leads/changed.parts.html", back, mark=mark, **changed, **told(news, changed["found"]))


def changed_cards(chosen, lead_ids):
    found, gone = live.places(current_user, chosen, lead_ids)
    steps = next_steps((place.card for place in found), current_user.time_zone)
    totals = queries.stage_totals(current_user, chosen)
    shown = {"chosen": chosen, "found": found, "gone": gone, "steps": steps, "totals": totals}
    return {**shown, "lanes": tuple(Stage)}


def told(news, found):
    """Who moved what, in sentences when they are few; the ids of all leads that others moved."""
    cards = {place.card.id: place.card for place in found}
    moves = [move for move in news.moves if move.lead in cards]
    said = [
        f"{move.actor or 'Galena'} moved {cards[move.lead].name} to {cards[move.lead].stage.label}." for move in moves
    ]
    return {"said": " ".join(said) if len(said) <= TOLD else "", "moved": {move.lead for move in moves}}


@bp.get("/<int:lead_id>/move")
@needs("write")
def choose(lead_id):
    """A page to move or assign a card on: what its menu is without JavaScript."""
    lead, chosen = queries.get_lead(current_user, lead_id), asked_filter().on_board
    return page("leads/choose.html", lead=lead, chosen=chosen, back=list_address(chosen), owners=owners())


@bp.post("/<int:lead_id>/move")
@needs("write")
def move(lead_id):
    lead, _, status = move_as_asked(lead_id)
    moved = status == 200
    sentence = f"{lead.name} {'moved to' if moved else 'is in'} {lead.stage.label}"
    return with_status(answered(lead, sentence, counts=moved), status)


def answered(lead, sentence, counts=False):
    """The lead's card where it is now; `sentence` is read out, with the card's number in its lane where it `counts`."""
    chosen = asked_filter().on_board
    changed = changed_cards(chosen, [lead.id])
    place, totals = next(iter(changed["found"]), None), changed["totals"]
    if counts and place and place.number and totals:
        sentence += f", {number(place.number)} of {number(totals[lead.stage][0])}"
    return parts("leads/changed.parts.html", list_address(chosen), **changed, said=f"{sentence}.")


@bp.get("/board/owners")
@needs("write")
def board_owners():
    """The items of the menu that assigns a card."""
    return page("leads/board_owners.html", "menu", owners=owners(), nobody=current_user.reach is not Reach.OWN)


@bp.post("/<int:lead_id>/owner")
@needs("write")
def assign(lead_id):
    lead, form = queries.get_lead(current_user, lead_id), EDITS["owner"](owners=owners())
    if not form.validate():
        raise Invalid("Choose somebody from the list.", "owner")
    editing.edit_lead(lead, form.values(), actor=current_user)
    lead = queries.get_lead(current_user, lead_id)
    whose = f"{lead.owner.full_name} owns {lead.name} now" if lead.owner_id else f"Nobody owns {lead.name} now"
    return answered(lead, whose)
