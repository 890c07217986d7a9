from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.filters import SYMBOLS, day, plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts
from webapp.web.shell import csrf_token

from . import bulk, editing, listing, pipeline, queries
from .fields import FIELDS
from .filters import Filter
from .forms import EDITS, LeadForm, MoveForm, NoteForm, StageForm
from .models import Stage
from .timeline import FILTERS, timeline

bp = Blueprint("leads", __name__, url_prefix="/leads")


@bp.context_processor
def around():
    """What the regions of these pages need besides their rows; a kept region gets it handed in."""
    if not current_user.is_authenticated:
        return {}
    currency, zone, writes = current_user.workspace.currency, current_user.time_zone, current_user.can("write")
    words = {"date": day(now(), zone), "currency_sign": SYMBOLS.get(currency, currency)}
    return {"zone": zone, "writes": writes, "token": csrf_token() if writes else "", "currency": currency, **words}


def chosen_filter():
    return Filter.read(request.args)


def lead_address(lead_id, chosen):
    return url_for("leads.show", lead_id=lead_id) + chosen.query()


def list_address(chosen):
    """The board or table that a filter was chosen on."""
    if chosen.board:
        return url_for("leads.board") + Filter(search=chosen.search).query()
    return url_for("leads.index") + chosen.query(page=chosen.page, start=chosen.start)


@bp.get("/board")
@needs("view")
def board():
    chosen = Filter(search=chosen_filter().search, board=True)
    totals = queries.stage_totals(current_user, search=chosen.search)
    lanes = listing.lanes(current_user, search=chosen.search)
    return page("leads/board.html", "changed", chosen=chosen, totals=totals, lanes=lanes)


@bp.get("/board/<stage>")
@needs("view")
def lane(stage):
    if stage not in list(Stage):
        raise NotFound("There is no such stage.")
    chosen = Filter.read({**request.args, "stage": stage, "sort": "-touch", "view": "board"})
    rest = listing.lane(current_user, chosen.stage, search=chosen.search, cursor=chosen.page)
    return page("leads/lane.html", "cards", chosen=chosen, stage=chosen.stage, rest=rest)


@bp.post("/<int:lead_id>/move")
@needs("write")
def move(lead_id):
    lead, was, status = move_as_asked(lead_id)
    chosen = Filter(search=chosen_filter().search, board=True)
    totals = queries.stage_totals(current_user, search=chosen.search)
    card = listing.row(current_user, lead.id)
    changed = {"chosen": chosen, "card": card, "was": was, "totals": totals, "moved": status == 200}
    return with_status(parts("leads/move.parts.html", list_address(chosen), **changed), status)


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


@bp.get("")
@needs("view")
def index():
    return page("leads/index.html", "changed", **table_context(chosen_filter()))


def table_context(chosen):
    totals = queries.stage_totals(current_user, search=chosen.search)
    found = listing.table(current_user, chosen)
    return {"chosen": chosen, "totals": totals, "found": found}


@bp.post("/<int:lead_id>/stage")
@needs("write")
def set_stage(lead_id):
    lead, _, status = move_as_asked(lead_id)
    chosen = chosen_filter()
    totals, row = queries.stage_totals(current_user, search=chosen.search), listing.row(current_user, lead.id)
    answer = parts("leads/row.parts.html", list_address(chosen), chosen=chosen, totals=totals, row=row)
    return with_status(answer, status)


def ticked():
    """The ids of the ticked rows."""
    ids = bulk.unpack(".".join(request.form.getlist("lead")))
    if not ids:
        raise Invalid("Tick at least one lead first.")
    return ids


def table_parts():
    chosen = chosen_filter()
    return parts("leads/bulk.parts.html", list_address(chosen), **table_context(chosen))


def undo(sentence, endpoint, **values):
    """A toast that takes back what was just done, and then shows the list as it is now."""
    url = url_for(endpoint, **values) + chosen_filter().query().replace("?", "&", 1)
    flash({"text": sentence, "action": "Undo", "url": url}, "success")


@bp.post("/bulk/stage")
@needs("write")
def bulk_stage():
    form, ids = StageForm(), ticked()
    if not form.validate():
        raise Invalid("Choose one of the stages.", "stage")
    moved = bulk.move_leads(current_user, ids, form.stage.data)
    count = sum(map(len, moved.values()))
    if not count:
        flash(f"Already in {form.stage.data.label}.", "info")
    else:
        sentence = f"{plural(count, 'lead')} moved to {form.stage.data.label}"
        former = {stage.value: bulk.pack(moved_ids) for stage, moved_ids in moved.items()}
        undo(sentence, "leads.bulk_back", moved=form.stage.data.value, **former)
    return table_parts()


@bp.post("/bulk/back")
@needs("write")
def bulk_back():
    """Undo of bulk_stage: what is still where it was put goes back to where it was."""
    moved = next((stage for stage in Stage if stage == request.args.get("moved")), None)
    count = 0
    for stage in Stage if moved else ():
        back = bulk.move_leads(current_user, bulk.unpack(request.args.get(stage.value)), stage, expected=moved)
        count += sum(map(len, back.values()))
    flash(f"{plural(count, 'lead')} moved back", "success" if count else "info")
    return leave(list_address(chosen_filter()))


@bp.post("/bulk/delete")
@needs("write")
def bulk_delete():
    gone = bulk.delete_leads(current_user, ticked())
    if gone:
        undo(f"{plural(len(gone), 'lead')} deleted", "leads.bulk_restore", ids=bulk.pack(gone))
    return table_parts()


@bp.post("/bulk/restore")
@needs("write")
def bulk_restore():
    restored, refused = bulk.restore_leads(current_user, bulk.unpack(request.args.get("ids")))
    flash_restored(restored, refused)
    return leave(list_address(chosen_filter()))


def flash_restored(restored, refused):
    for lead in refused:
        flash(f"{lead.name} stays deleted: another lead has {lead.email} now. Change that one first.", "error")
    if restored:
        flash(f"{restored[0].name} is back" if len(restored) == 1 else f"{len(restored)} leads are back", "success")


def owners():
    """Whom the member may give a lead to: (id, name) pairs."""
    return [(person.id, person.full_name) for person in editing.possible_owners(current_user)]


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    form, known = LeadForm(data={"owner": current_user.user_id}, owners=owners()), None
    if form.validate_on_submit():
        try:
            lead = editing.add_lead(current_user, form.values())
        except Invalid as error:
            form.reject(error)
            known = getattr(error, "lead_id", None)
        else:
            flash(f"{lead.name} added", "success")
            return leave(url_for("leads.show", lead_id=lead.id))
    return page("leads/new.html", "form", 422 if form.errors else 200, form=form, known=known)


@bp.get("/<int:lead_id>")
@needs("view")
def show(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    before, after = listing.neighbours(current_user, lead, chosen)
    others = listing.others_at(current_user, lead)
    return page("leads/show.html", "activity", before=before, after=after, others=others, **lead_context(lead, chosen))


def lead_context(lead, chosen):
    only = request.args.get("activity", "all")
    only = only if only in FILTERS else "all"
    entries = timeline(current_user, lead, only=only, cursor=request.args.get("entries"))
    return {"lead": lead, "chosen": chosen, "only": only, "entries": entries, "list_url": list_address(chosen)}


@bp.post("/<int:lead_id>/step")
@needs("write")
def step(lead_id):
    """Along the stage path of the lead's own page."""
    lead, _, status = move_as_asked(lead_id)
    chosen = chosen_filter()
    answer = parts("leads/step.parts.html", lead_address(lead.id, chosen), **lead_context(lead, chosen))
    return with_status(answer, status)


@bp.route("/<int:lead_id>/edit/<name>", methods=["GET", "POST"])
@needs("write")
def edit(lead_id, name):
    lead, chosen, known = queries.get_lead(current_user, lead_id), chosen_filter(), None
    form = edit_form(lead, name)
    if form.validate_on_submit():
        try:
            editing.edit_lead(lead, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
            known = getattr(error, "lead_id", None)
        else:
            changed = {"name": name, **lead_context(lead, chosen)}
            return parts("leads/edit.parts.html", lead_address(lead_id, chosen), **changed)
    status = 422 if form.errors else 200
    return page("leads/edit.html", "form", status, form=form, name=name, lead=lead, chosen=chosen, known=known)


def edit_form(lead, name):
    """The form of one field, filled with what the lead has."""
    if name not in FIELDS:
        raise NotFound("A lead has no such field.")
    return EDITS[name](data={name: lead.__data__[name]}, owners=owners() if name == "owner" else ())


@bp.get("/<int:lead_id>/facts/<name>")
@needs("view")
def fact(lead_id, name):
    """One field as it stands: what Cancel puts back in the form's place."""
    if name not in FIELDS:
        raise NotFound("A lead has no such field.")
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    return parts("leads/fact.parts.html", lead_address(lead_id, chosen), lead=lead, chosen=chosen, name=name)


@bp.post("/<int:lead_id>/notes")
@needs("write")
def note(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    editing.add_note(lead, NoteForm().text.data or "", actor=current_user)
    return parts("leads/note.parts.html", lead_address(lead_id, chosen), **lead_context(lead, chosen))


@bp.post("/<int:lead_id>/delete")
@needs("write")
def delete(lead_id):
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    bulk.delete_leads(current_user, [lead.id])
    url = url_for("leads.restore", lead_id=lead.id) + chosen.query()
    flash({"text": f"{lead.name} deleted", "action": "Undo", "url": url}, "success")
    return leave(list_address(chosen))


@bp.post("/<int:lead_id>/restore")
@needs("write")
def restore(lead_id):
    restored, refused = bulk.restore_leads(current_user, [lead_id])
    if not restored and not refused:
        raise NotFound("That lead is not in the bin.")
    flash_restored(restored, refused)
    chosen = chosen_filter()
    return leave(lead_address(lead_id, chosen) if restored else list_address(chosen))
