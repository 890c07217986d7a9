from flask_login import current_user

from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import finding, listing, queries
from .shared import bp, chosen_filter, list_address, move_as_asked, places, with_status


@bp.get("")
@needs("view")
def index():
    return page("leads/index.html", "changed", **table_context(chosen_filter()))


def table_context(chosen):
    find = queries.finder(current_user, chosen)
    found = listing.table(current_user, chosen, find)
    totals = queries.stage_totals(current_user, chosen, find=find)
    meant = meant_instead(chosen, found.rows)
    return {"chosen": chosen, "totals": totals, "found": found, "meant": meant, **places(chosen)}


def meant_instead(chosen, rows):
    """What the search of a list was perhaps meant to be, asked only when it alone leaves no rows; else None."""
    alone = chosen.search and not chosen.where
    return finding.respelled(current_user, chosen.search) if alone and not rows else None


@bp.post("/<int:lead_id>/stage")
@needs("write")
def set_stage(lead_id):
    lead, _, status = move_as_asked(lead_id)
    chosen = chosen_filter()
    row = listing.row(current_user, lead.id)
    answer = parts(
        "leads/row.parts.html",
        list_address(chosen),
        chosen=chosen,
        totals=queries.stage_totals(current_user, chosen),
        row=row,
    )
    return with_status(answer, status)
