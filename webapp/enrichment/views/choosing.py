"""From the list of leads into a job: which draft, and adding them."""

from flask import flash, request, url_for
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid
from webapp.leads import bulk_running
from webapp.leads.list_models import BulkState
from webapp.leads.views.bulk import begun, choosing, picked_leads, to_list
from webapp.web.guards import needs
from webapp.web.hypermedia import leave
from webapp.web.ids import row_id

from .. import jobs, queries
from ..models import JobState
from .shared import bp


@bp.get("/choose")
@needs("write")
def choose():
    """Which job the companies of the ticked leads, or of all of a view, come into."""
    return choosing("enrichment/choose.html", drafts=queries.drafts_of(current_user))


@bp.post("/choose")
@needs("write")
def add_leads():
    member, picked = current_user._get_current_object(), picked_leads()
    job = chosen_job(member)
    data = {"job": job.id, "words": f"brought their company into {job.name}"}
    action = bulk_running.begin(member, "enrich", data, picked.chosen, picked.ids)
    if action.state is not BulkState.DONE:
        flash(f"Once they are all in, start {job.name} under Enrichment.", "info")
        return begun(action, picked)
    if queries.get_job(member, job.id).total:
        return leave(url_for("enrichment.prepare", job_id=job.id))
    if request.form.get("job") == "new":
        jobs.discard(job)
    return to_list("None of these leads has a website, an address at a company or a company name to go by.")


def chosen_job(member):
    """The draft that the form names, or a new one. Raises Invalid, NotFound, Conflict."""
    if request.form.get("job") == "new":
        return jobs.new_job(member)
    job_id = request.form.get("job", type=row_id)
    if job_id is None:
        raise Invalid("Choose an enrichment first.")
    job = queries.get_job(member, job_id)
    if job.state is not JobState.DRAFT:
        raise Conflict(f"{job.name} was started already. Make another one for these.")
    return job
