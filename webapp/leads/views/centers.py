"""The centers under /settings: who is in them, how leads find their owner there, and which did."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.accounts import centers
from webapp.accounts.members import people
from webapp.core.errors import Conflict, Invalid
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import assignment, in_centers
from ..forms.centers import WAYS, AssignmentForm, CapacityForm, CenterNameForm, JoinForm

bp = Blueprint("centers", __name__, url_prefix="/settings/centers")


@bp.get("")
@needs("view")
def index():
    workspace = current_user.workspace
    shown = {"people": centers.people_in(workspace), "counts": in_centers.lead_counts(current_user)}
    archived = centers.centers_of(workspace, archived=True)
    return page("centers/index.html", centers=centers.centers_of(workspace), archived=archived, ways=WAYS, **shown)


@bp.route("/new", methods=["GET", "POST"])
@needs("centers")
def new():
    form = CenterNameForm()
    if form.validate_on_submit():
        try:
            center = centers.create_center(current_user.workspace, form.name.data or "", actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            return leave(url_for("centers.show", center_id=center.id))
    return page("centers/new.html", "form", 422 if form.errors else 200, form=form)


@bp.get("/<int:center_id>")
@needs("view")
def show(center_id):
    center = chosen(center_id)
    return page("centers/show.html", "waiting", **shown(center))


def chosen(center_id):
    return centers.get_center(current_user.workspace, center_id)


def address(center):
    return url_for("centers.show", center_id=center.id)


def shown(center, **forms):
    """What a center's page shows. Counts only to who sees all of its leads."""
    crew = centers.people_in(current_user.workspace, center).get(center.id, [])
    counted = in_centers.sees_all_of(current_user, center)
    seen = {
        "leads": in_centers.lead_counts(current_user).get(center.id, 0),
        "held": in_centers.open_leads(center) if counted else None,
        "waiting": assignment.waiting_in(center) if counted else None,
        "log": in_centers.hand_overs(current_user, center, cursor=request.args.get("page")),
    }
    usual = {"join": JoinForm(outside(crew), formdata=None), "way": AssignmentForm(None, assignment=center.assignment)}
    return {"center": center, "crew": crew, "ways": WAYS, **seen, **usual, **forms}


def outside(crew):
    """The people of the workspace who are not in the center: (id, name) pairs."""
    inside = {person.user_id for person in crew}
    return [(person.id, person.full_name) for person in people(current_user.workspace) if person.id not in inside]


def refused(center, **forms):
    return page("centers/show.html", status=422, **shown(center, **forms))


@bp.route("/<int:center_id>/rename", methods=["GET", "POST"])
@needs("centers")
def rename(center_id):
    center, form = chosen(center_id), CenterNameForm()
    if form.validate_on_submit():
        try:
            centers.rename_center(center, form.name.data or "", actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            return leave(address(center))
    elif request.method == "GET":
        form.name.data = center.name
    return page("centers/rename.html", "form", 422 if form.errors else 200, form=form, center=center)


@bp.post("/<int:center_id>/archive")
@needs("centers")
def archive(center_id):
    center = chosen(center_id)
    centers.archive_center(center, actor=current_user)
    undo = url_for("centers.bring_back", center_id=center.id)
    flash({"text": f"{center.name} is archived. Its leads stay.", "action": "Undo", "url": undo}, "success")
    return leave(url_for("centers.index"))


@bp.post("/<int:center_id>/bring-back")
@needs("centers")
def bring_back(center_id):
    center = chosen(center_id)
    centers.bring_back(center, actor=current_user)
    flash(f"{center.name} takes leads again.", "success")
    return leave(address(center))


@bp.post("/<int:center_id>/assignment")
@needs("centers")
def set_assignment(center_id):
    center, form = chosen(center_id), AssignmentForm()
    if not form.validate():
        raise Invalid("Choose one of the three ways.", "assignment")
    centers.set_assignment(center, form.assignment.data, actor=current_user)
    flash("All changes saved", "success")
    return leave(address(center))


@bp.post("/<int:center_id>/assign")
@needs("centers")
def assign(center_id):
    center = chosen(center_id)
    waiting = assignment.waiting_in(center)
    try:
        given = assignment.assign_waiting(center, actor=current_user)
    except Conflict as error:
        flash(str(error), "error")
    else:
        told_of(center, given, waiting)
    return leave(address(center))


def told_of(center, given, waiting):
    """Say what became of the leads that waited; `given` None: a job is at it."""
    if given is None:
        flash(f"{plural(waiting, 'lead')} of {center.name} are being assigned. You can leave this page.", "info")
    elif not given:
        flash(f"Nobody in {center.name} has room for another lead.", "info")
    elif given < waiting:
        rest = f"Nobody in {center.name} has room for the other {waiting - given:,}."
        flash(f"{plural(given, 'lead')} assigned. {rest}", "info")
    else:
        flash(f"{plural(given, 'lead')} assigned", "success")


@bp.post("/<int:center_id>/members")
@needs("centers")
def put_in(center_id):
    center = chosen(center_id)
    form = JoinForm(outside(centers.people_in(current_user.workspace, center).get(center.id, [])))
    if not form.validate():
        return refused(center, join=form)
    try:
        centers.put_in(center, form.user.data, actor=current_user, capacity=form.capacity.data)
    except Invalid as error:
        form.reject(error)
        return refused(center, join=form)
    return leave(address(center))


@bp.post("/<int:center_id>/members/<int:member_id>/capacity")
@needs("centers")
def set_capacity(center_id, member_id):
    center, form = chosen(center_id), CapacityForm()
    try:
        if not form.validate():
            raise Invalid("Write a whole number, or nothing for no limit.", "capacity")
        centers.set_capacity(center, member_id, form.capacity.data, actor=current_user)
    except Invalid as error:
        return refused(center, wrong={member_id: (form.capacity.raw_data[0], str(error))})
    flash("All changes saved", "success")
    return leave(address(center))


@bp.post("/<int:center_id>/members/<int:member_id>/remove")
@needs("centers")
def take_out(center_id, member_id):
    center = chosen(center_id)
    centers.take_out(center, member_id, actor=current_user)
    flash("Taken out. The leads they own stay theirs.", "success")
    return leave(address(center))
