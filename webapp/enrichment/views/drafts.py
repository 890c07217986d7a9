"""Putting a job together: from pasted names or from leads, what it will take, and its start."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.config import current
from webapp.core.errors import Conflict, Invalid
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts, wants_part

from .. import adding, drafting, estimating, jobs, queries
from ..forms.jobs import NewForm, OptionsForm
from ..models import JobState
from ..settings import open_stages, settings_of
from .shared import bp
from .steering import may_begin


def stages_here():
    return open_stages(settings_of(current_user.workspace.id))


@bp.route("/new", methods=["GET", "POST"])
@needs("write")
def new():
    form, bad = NewForm(stages_here()), ()
    if form.validate_on_submit():
        try:
            job, bad = made_of(form)
        except Invalid as error:
            form.reject(error)
        else:
            if job:
                return leave(url_for("enrichment.prepare", job_id=job.id))
    return page("enrichment/new.html", "form", 422 if form.errors or bad else 200, form=form, bad=bad, **about_keys())


def made_of(form):
    member, names = current_user._get_current_object(), form.names.data or ""
    return drafting.draft_of_names(member, names, anyway=form.anyway.data, **form.options())


def about_keys():
    """What is configured, and so what a key would add."""
    return {"has_model": current().llm, "has_search": bool(current().search_url)}


@bp.get("/<int:job_id>/start")
@needs("write")
def prepare(job_id):
    job = queries.get_job(current_user, job_id)
    if job.state is not JobState.DRAFT:
        return leave(url_for("enrichment.show", job_id=job_id))
    return page("enrichment/prepare.html", "draft", **sheet(job, options_of(job)))


def options_of(job):
    known = {name: getattr(job, name) for name in ("name", "policy", "stages", "fields", "refreshes")}
    return OptionsForm(stages_here(), formdata=None, data=known)


def sheet(job, form):
    """What the page of a draft shows."""
    companies = queries.results(job, cursor=request.args.get("page"))
    return {"job": job, "form": form, "companies": companies, "estimate": estimating.reckoned(job), **about_keys()}


@bp.post("/<int:job_id>/start")
@needs("write")
def start(job_id):
    job, form = queries.get_job(current_user, job_id), OptionsForm(stages_here())
    try:
        if form.validate():
            job = jobs.change_job(job, **form.options())
            may_begin()
            estimating.estimate(job)
            jobs.start(job)
            return leave(url_for("enrichment.show", job_id=job_id))
    except Invalid as error:
        form.reject(error)
    return page("enrichment/prepare.html", "draft", 422, **sheet(job, form))


@bp.post("/<int:job_id>/options")
@needs("write")
def change(job_id):
    """Keep what was chosen, and reckon anew."""
    job, form = queries.get_job(current_user, job_id), OptionsForm(stages_here())
    try:
        if form.validate():
            job = jobs.change_job(job, **form.options())
    except Invalid as error:
        form.reject(error)
    if not form.errors and not wants_part():
        return leave(url_for("enrichment.prepare", job_id=job_id))
    return page("enrichment/prepare.html", "draft", 422 if form.errors else 200, **sheet(job, form))


@bp.post("/<int:job_id>/companies/<int:result_id>/remove")
@needs("write")
def take_out(job_id, result_id):
    job = queries.get_job(current_user, job_id)
    adding.take_out(job, queries.get_result(current_user, job, result_id).id)
    job, back = queries.get_job(current_user, job_id), url_for("enrichment.prepare", job_id=job_id)
    return parts("enrichment/draft.parts.html", back, **sheet(job, options_of(job)))


@bp.post("/<int:job_id>/discard")
@needs("write")
def discard(job_id):
    job = queries.get_job(current_user, job_id)
    try:
        jobs.discard(job)
        flash(f"{job.name} is thrown away. Nothing was looked up.", "success")
    except Conflict as error:
        flash(str(error), "info")
    return leave(url_for("enrichment.index"))
