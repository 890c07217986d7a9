"""The steps after sign-up. Each can be skipped, left and come back to; no GET changes anything."""

from flask import Blueprint, flash, session, url_for
from flask_login import current_user

from webapp.accounts.invitations import grantable_roles, waiting
from webapp.accounts.workspaces import change_workspace, get_workspace
from webapp.core.errors import Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import inviting, mail_check, queries, sample_data
from .. import setup as steps
from ..forms.setup import LeadsStepForm, TeamStepForm, WorkspaceStepForm
from ..models import StepName

bp = Blueprint("setup", __name__, url_prefix="/onboarding")
TYPED = "setup_team"  # the key under which a session keeps addresses that are not invited yet


@bp.app_context_processor
def shared():
    return {"set_up_open": lambda: queries.set_up(current_user).open_step, "sample_is_here": sample_is_here}


def sample_is_here():
    """Whether there are sample leads that the member may take away."""
    return sample_data.offered_to(current_user) and queries.set_up(current_user).has_sample


def address_of(name):
    """The page of a step; Home when there is none."""
    return url_for("setup.show", step=name) if name else url_for("home.index")


def named(step):
    """The StepName that an address names. Raises NotFound."""
    if step not in set(steps.WIZARD):
        raise NotFound("There is no such step.")
    return StepName(step)


def step_page(name, status=200, **context):
    """The page of a step, or where to go on instead when the member may not do it."""
    progress = queries.set_up(current_user)
    here = progress.step(name)
    if here is None:
        return leave(address_of(progress.next))
    before, after = progress.around(name)
    context |= {"progress": progress, "step": name, "here": here, "next": address_of(after)}
    context |= {"back": address_of(before) if before else ""}
    return page(f"onboarding/setup/{name}.html", None, status, **context)


def go_on(name):
    """Leave for the step after `name`, or for Home behind the last."""
    return leave(address_of(queries.set_up(current_user).around(name)[1]))


@bp.get("")
@needs("write")
def index():
    return leave(address_of(queries.set_up(current_user).next))


@bp.get("/<step>")
@needs("write")
def show(step):
    name = named(step)
    return step_page(name, **FIRST_SHOWN[name]())


@bp.post("/<step>/skip")
@needs("write")
def skip(step):
    name = named(step)
    steps.skip(current_user, name)
    return go_on(name)


@bp.post("/away")
@needs("workspace")
def put_away():
    steps.put_away(current_user)
    return leave(url_for("home.index"))


# --------------------------------------------------------------- workspace


def workspace_shown():
    kept = get_workspace(current_user.workspace.id)
    zones = (kept.time_zone, current_user.time_zone)
    zone = next((zone for zone in zones if zone != "UTC"), "")  # the browser fills in its own
    return {"form": WorkspaceStepForm(data={"name": kept.name, "time_zone": zone, "currency": kept.currency})}


@bp.post("/workspace")
@needs("workspace")
def workspace():
    form = WorkspaceStepForm()
    if form.validate():
        try:
            kept = get_workspace(current_user.workspace.id)
            same = {"slug": kept.slug, "initials": kept.initials}
            change_workspace(kept, {**form.values(), **same}, actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            steps.finish(current_user, StepName.WORKSPACE)
            return go_on(StepName.WORKSPACE)
    return step_page(StepName.WORKSPACE, 422, form=form)


# -------------------------------------------------------------------- mail


def mailbox_shown():
    return {"server": mail_check.mail_server(), "problem": None}


@bp.post("/mailbox")
@needs("workspace")
def mailbox():
    steps.finish(current_user, StepName.MAILBOX)
    return go_on(StepName.MAILBOX)


@bp.post("/mailbox/test")
@needs("workspace")
def send_test():
    try:
        mail_check.send_test(current_user)
    except Invalid as error:
        return step_page(StepName.MAILBOX, 422, server=mail_check.mail_server(), problem=error)
    flash(f"A test is on its way to {current_user.email}.", "success")
    return leave(address_of(StepName.MAILBOX))


# ------------------------------------------------------------------- leads


def leads_shown():
    return {"form": LeadsStepForm(data={"kind": "file"}), "samples": sample_data.offered_to(current_user)}


@bp.post("/leads")
@needs("write")
def leads():
    form = LeadsStepForm()
    if not form.validate():
        return step_page(StepName.LEADS, 422, form=form, samples=sample_data.offered_to(current_user))
    if form.kind.data == "file":
        return leave(url_for("imports.new"))
    count = sample_data.add(current_user)
    flash(f"{count} sample leads are on your board." if count else "The sample leads are here already.", "success")
    return go_on(StepName.LEADS)


@bp.post("/leads/sample/remove")
@needs("write")
def remove_sample():
    count = sample_data.remove(current_user)
    flash(f"{count} sample leads are gone." if count else "There are no sample leads any more.", "success")
    return leave(url_for("home.index"))


# -------------------------------------------------------------------- team


def team_context(**kept):
    roles = grantable_roles(current_user)
    return {"form": TeamStepForm(roles, **kept), "invited": waiting(current_user.workspace)}


def team_shown():
    return team_context(data=session.get(TYPED))


@bp.post("/team")
@needs("invite")
def team():
    context = team_context()
    form = context["form"]
    if form.validate():
        try:
            inviting.invite_all(current_user, form.addresses.split(), role=form.role.data)
        except Invalid as error:
            form.reject(error)
        else:
            session.pop(TYPED, None)
            flash("The invitations are on their way.", "success")
            return go_on(StepName.TEAM)
    return step_page(StepName.TEAM, 422, **context)


@bp.post("/team/keep")
@needs("invite")
def keep_team():
    """Back to the step before, with what was typed kept for the return."""
    session[TYPED] = team_context()["form"].kept()
    return leave(address_of(queries.set_up(current_user).around(StepName.TEAM)[0]))


FIRST_SHOWN = {
    StepName.WORKSPACE: workspace_shown,
    StepName.MAILBOX: mailbox_shown,
    StepName.LEADS: leads_shown,
    StepName.TEAM: team_shown,
}
