"""Who changed which field: of one lead, of the workspace, and taking such a change back."""

from datetime import date

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.accounts.members import people
from webapp.core.errors import Conflict, Invalid
from webapp.web.filters import money, number
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page
from webapp.web.locale import spoken

from .. import custom, history, queries, restoring
from ..custom_kinds import recalled

bp = Blueprint("history", __name__, url_prefix="/leads")


@bp.app_template_filter("told")
def told(value, name, data, currency):
    """What a field `name` had, as an activity's data tell it, in the words of the lead's page."""
    if identity := data.get("custom", {}).get(name):
        return custom.shown(recalled(name, identity), value, spoken())
    if isinstance(value, int):
        return money(value, currency) if name == "value" else number(value)
    return value


@bp.get("/history")
@needs("view")
def index():
    asked = read(request.args)
    found = history.changes(current_user, asked, cursor=request.args.get("page"))
    persons = [(person.id, person.full_name) for person in people(current_user.workspace)]
    given = {"people": persons, "fields_known": history.fields_of(current_user.workspace)}
    return page("leads/history/index.html", "changes", found=found, asked=asked, **given)


def read(args):
    """What an address asks for; what cannot be read is left out."""
    person, day = args.get("person", ""), args.get("day", "")
    try:
        day = date.fromisoformat(day) if len(day) == 10 and "1970" < day < "9999" else None
    except ValueError:
        day = None
    number = int(person) if person.isascii() and person.isdigit() and len(person) < 10 else None
    known = dict(history.fields_of(current_user.workspace))
    field = args.get("field", "")
    return history.Asked(number, field if field in known else "", day, current_user.time_zone)


@bp.get("/<int:lead_id>/history")
@needs("view")
def lead(lead_id):
    lead = queries.get_lead(current_user, lead_id)
    found = history.changes(current_user, lead=lead, cursor=request.args.get("page"))
    return page("leads/history/lead.html", "changes", lead=lead, found=found)


@bp.get("/history/<int:change_id>")
@needs("view")
def show(change_id):
    return shown(change_id)


def shown(change_id, status=200, problem="", insist=()):
    entry = history.get_change(current_user, change_id)
    lead, values = restoring.values_now(current_user, entry)
    context = {"entry": entry, "lead": lead, "values": values, "problem": problem, "insist": insist}
    return page("leads/history/show.html", status=status, **context)


@bp.post("/history/<int:change_id>/restore")
@needs("write")
def restore(change_id):
    """Take back one field of a change, or all of it; with `anyway` also what changed again since."""
    entry, name = history.get_change(current_user, change_id), request.form.get("field", "")
    try:
        back = restoring.restore(
            current_user, entry, [name] if name else None, anyway=request.form.get("anyway") == "yes"
        )
    except restoring.Changed as error:
        return shown(change_id, 409, str(error), [value.change.name for value in error.values])
    except (Conflict, Invalid) as error:
        return shown(change_id, error.status, str(error))
    labels = ", ".join(value.change.label for value in back)
    flash(f"Restored: {labels}" if back else "It is like that already.", "success" if back else "info")
    return leave(url_for("leads.show", lead_id=entry.lead_id))
