from flask import flash, request, url_for
from flask_login import current_user

from webapp.accounts.centers import open_to
from webapp.core.errors import Invalid
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, parts

from .. import bulk
from ..forms import CenterForm, StageForm
from ..models import Stage
from .lists import table_context
from .shared import bp, chosen_filter, flash_restored, list_address


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


@bp.post("/bulk/center")
@needs("write")
def bulk_center():
    names, ids = dict(open_to(current_user)), ticked()
    form = CenterForm(names.items())
    if not form.validate():
        raise Invalid("Choose a center first.", "center")
    moved, assigned = bulk.move_to_center(current_user, ids, form.center.data)
    name = names.get(form.center.data, "no center")
    if count := sum(map(len, moved.values())):
        found = f", {plural(assigned, 'owner')} found" if assigned else ""
        flash(f"{plural(count, 'lead')} moved to {name}{found}", "success")
    else:
        flash(f"Already in {name}.", "info")
    return table_parts()


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
