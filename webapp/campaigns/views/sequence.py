"""What the editor's buttons do to the sequence: steps, their versions, the files that go with them."""

from flask import flash, request

from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import parts
from webapp.web.uploads import take_upload

from .. import attachments, steps
from .campaigns import bp
from .editing import address, back, do, keeps, number, sheet_of

# ------------------------------------------------------------------- sequence


@bp.post("/campaigns/steps/add")
@needs("write")
@keeps
def add_step(form, campaign):
    kind = request.form.get("kind_of_step", "")
    return do(form, campaign, lambda: steps.add_step(campaign, kind), to=lambda step: (step.id,))


@bp.post("/campaigns/steps/move")
@needs("write")
@keeps
def move_step(form, campaign):
    """move=12:3 lets the step 12 be the third."""
    step_id, _, to = request.form.get("move", "").partition(":")
    try:
        steps.move_step(campaign, number(step_id), number(to))
    except (Invalid, Conflict) as error:
        flash(str(error), "error")
    sheet = sheet_of(form, campaign, form.lead_id.data)
    there = address(campaign, sheet.step, sheet.letter, form.lead_id.data)
    return parts("campaigns/moved.parts.html", there, sheet=sheet, form=form)


@bp.post("/campaigns/steps/duplicate")
@needs("write")
@keeps
def duplicate_step(form, campaign):
    return do(form, campaign, lambda: steps.duplicate_step(campaign, form.step_id.data), to=lambda step: (step.id,))


@bp.post("/campaigns/steps/delete")
@needs("write")
@keeps
def delete_step(form, campaign):
    return do(form, campaign, lambda: steps.delete_step(campaign, form.step_id.data))


@bp.post("/campaigns/steps/format")
@needs("write")
@keeps
def set_format(form, campaign):
    rich = request.form.get("format") == "rich"
    return do(form, campaign, lambda: steps.set_format(campaign, form.step_id.data, rich))


# ------------------------------------------------------------ versions, files


@bp.post("/campaigns/versions/add")
@needs("write")
@keeps
def add_version(form, campaign):
    step_id = form.step_id.data
    return do(form, campaign, lambda: steps.add_version(campaign, step_id), to=lambda letter: (step_id, letter))


@bp.post("/campaigns/versions/switch")
@needs("write")
@keeps
def switch_version(form, campaign):
    on = request.form.get("on") == "yes"
    return do(form, campaign, lambda: steps.switch_version(campaign, form.step_id.data, form.letter.data, on))


@bp.post("/campaigns/versions/delete")
@needs("write")
@keeps
def delete_version(form, campaign):
    return do(form, campaign, lambda: steps.delete_version(campaign, form.step_id.data, form.letter.data))


@bp.post("/campaigns/files/add")
@needs("write")
def add_file():
    take_upload(6)
    return _add_file()


@keeps
def _add_file(form, campaign):
    file = request.files.get("file")
    if file is None or not file.filename:
        flash("Choose a file first.", "error")
        return back(form, campaign)
    return do(form, campaign, lambda: attachments.attach(campaign, form.step_id.data, file.filename, file.read()))


@bp.post("/campaigns/files/remove")
@needs("write")
@keeps
def remove_file(form, campaign):
    which = number(request.form.get("remove", ""))
    return do(form, campaign, lambda: attachments.detach(campaign, form.step_id.data, which))
