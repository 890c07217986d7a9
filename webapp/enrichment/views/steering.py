"""What a member does about a job that was started: pause, resume, cancel, retry; and their word on a fact of it."""

from flask import flash, url_for
from flask_login import current_user

from webapp.auth import throttle
from webapp.core.errors import NotFound
from webapp.web.filters import plural
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import facts, jobs, queries
from .jobs import told_of
from .shared import bp

A_HOUR = 60  # starts and retries of a member


def may_begin():
    """Count a start. Raises TooMany."""
    throttle.hit(f"enrich {current_user.user_id}", limit=A_HOUR, seconds=3600)


def changed(job_id, company_id=None):
    """The page of the job as it is now."""
    back = url_for("enrichment.show", job_id=job_id, company=company_id)
    return parts("enrichment/changed.parts.html", back, **told_of(queries.get_job(current_user, job_id)))


@bp.post("/<int:job_id>/pause")
@needs("write")
def pause(job_id):
    jobs.pause(queries.get_job(current_user, job_id))
    return changed(job_id)


@bp.post("/<int:job_id>/resume")
@needs("write")
def resume(job_id):
    jobs.resume(queries.get_job(current_user, job_id))
    return changed(job_id)


@bp.post("/<int:job_id>/retry")
@needs("write")
def retry(job_id):
    job = queries.get_job(current_user, job_id)
    may_begin()
    flash(f"{plural(jobs.retry_failed(job), 'company', 'companies')} looked up again", "success")
    return changed(job_id)


@bp.get("/<int:job_id>/cancel")
@needs("write")
def confirm_cancel(job_id):
    job = queries.get_job(current_user, job_id)
    if job.state not in jobs.OPEN:
        return leave(url_for("enrichment.show", job_id=job_id))
    return page("enrichment/cancel.html", job=job)


@bp.post("/<int:job_id>/cancel")
@needs("write")
def cancel(job_id):
    job = queries.get_job(current_user, job_id)
    jobs.cancel(job)
    flash(f"{job.name} is cancelled. What was found stays.", "success")
    return leave(url_for("enrichment.show", job_id=job_id))


# ------------------------------------------------------------------ facts


def fact_of(job_id, result_id, fact_id):
    """The fact of this company of the job. Raises NotFound."""
    result = queries.get_result(current_user, queries.get_job(current_user, job_id), result_id)
    fact = facts.get_fact(current_user, fact_id)
    if fact.company_id != result.company_id:
        raise NotFound("That fact is not of this company.")
    return fact


@bp.post("/<int:job_id>/companies/<int:result_id>/facts/<int:fact_id>/keep")
@needs("write")
def keep(job_id, result_id, fact_id):
    facts.keep_fact(current_user, fact_of(job_id, result_id, fact_id))
    return changed(job_id, result_id)


@bp.post("/<int:job_id>/companies/<int:result_id>/facts/<int:fact_id>/remove")
@needs("write")
def remove(job_id, result_id, fact_id):
    facts.reject(current_user, fact_of(job_id, result_id, fact_id))
    flash("Removed. This value does not come back.", "success")
    return changed(job_id, result_id)
