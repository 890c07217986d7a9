"""A lead at a glance, in a panel beside the table."""

from flask_login import current_user

from webapp.accounts.models import Reach
from webapp.web.guards import needs
from webapp.web.hypermedia import parts

from .. import queries
from ..details import details
from ..timeline import timeline
from .shared import bp, chosen_filter, lead_address

LATEST = 5  # entries of the timeline


@bp.get("/<int:lead_id>/peek")
@needs("view")
def peek(lead_id):
    """The panel's content; without JavaScript, the lead's own page."""
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    known, entries = details(current_user, lead), timeline(current_user, lead, size=LATEST)
    latest = sorted((*entries.pinned, *entries.rows), key=lambda entry: entry.created_at, reverse=True)[:LATEST]
    address = lead_address(lead_id, chosen)
    shown = {"lead": lead, "todos": known.todos, "tags": known.tags, "latest": latest}
    return parts("leads/peek.parts.html", address, address=address, opens=current_user.reach is Reach.ALL, **shown)
