"""Enrichment jobs: putting one together, starting, pausing, cancelling, and trying again what failed.

A job is its maker's: it asks about companies, and writes to leads, within their reach. The rows are the truth, and
running.py only follows them; each verb here is one guarded update, so that of two clicks one does it.
"""

from zoneinfo import ZoneInfo

from peewee import fn

from db import db
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.core.jobs import later
from webapp.leads.holding import hold

from .fields import FIELDS
from .keys import key_of_lead
from .models import EnrichmentJob, EnrichmentResult, JobState, Policy, ResultState
from .settings import open_stages, settings_of

WORKING = (JobState.QUEUED, JobState.RUNNING)
OPEN = (*WORKING, JobState.PAUSED)  # has begun and has not ended
LEFT = (ResultState.WAITING, ResultState.FETCHING)
NAMELESS = "This lead has no website, no address at a company and no company name to go by. Add one of them first."


def new_job(member, name="", *, policy=Policy.FILL, stages=None, fields=None, refreshes=False):
    """A DRAFT without companies; adding.py adds them. `stages` and `fields` None: all there are. Raises Invalid."""
    name = name.strip() or f"Companies of {now().astimezone(ZoneInfo(member.time_zone)):%d %B %Y}".replace(" 0", " ")
    settings = settings_of(member.workspace.id)
    chosen = _checked(settings, name, policy, stages, fields)
    whose = {"workspace": member.workspace.id, "actor": member.user_id}
    return EnrichmentJob.create(**whose, **chosen, refreshes=refreshes, pause_ms=settings.pause_ms)


def change_job(job, name, *, policy=Policy.FILL, stages=None, fields=None, refreshes=False):
    """Change what a DRAFT will do. Raises Invalid; Conflict when it has started."""
    changes = _checked(settings_of(job.workspace_id), name, policy, stages, fields)
    draft = (EnrichmentJob.id == job.id) & (EnrichmentJob.state == JobState.DRAFT)
    if not EnrichmentJob.update(**changes, refreshes=refreshes).where(draft).execute():
        raise Conflict(f"{job.name} was started already, so it stays as it is.")
    return EnrichmentJob.get_by_id(job.id)


def _checked(settings, name, policy, stages, fields):
    name, most = " ".join(name.replace("\0", " ").split()), EnrichmentJob.name.max_length
    if not name or len(name) > most:
        raise Invalid(f"Give it a name of up to {most} letters.", "name")
    open_ones = open_stages(settings)
    stages = [stage.value for stage in open_ones if stages is None or stage in stages]
    if not stages:
        raise Invalid("Choose at least one source to look in.", "stages")
    fields = [field for field in FIELDS if fields is None or field in fields]
    if not fields:
        raise Invalid("Choose at least one field to look for.", "fields")
    return {"name": name, "policy": Policy(policy), "stages": stages, "fields": fields}


# ------------------------------------------------------------- start and stop


def start(job):
    """Let a DRAFT run. The second of two clicks does nothing. Raises Invalid where it has no company yet, and Conflict
    when it has ended.
    """
    if not job.total:
        raise Invalid("There is no company in it yet. Add leads or paste names first.", "names")
    changes = {"state": JobState.QUEUED, "started_at": now()}
    _move(job, (JobState.DRAFT,), changes, WORKING, f"{job.name} was started already.")


def pause(job):
    """Begin no further company; those that are being looked up are finished. Raises Conflict when it does not run."""
    _move(job, WORKING, {"state": JobState.PAUSED}, (JobState.PAUSED,), f"{job.name} does not run any more.")


def resume(job):
    """Go on. Raises Conflict when it is not paused."""
    changes = {"state": JobState.QUEUED, "error": ""}
    _move(job, (JobState.PAUSED,), changes, WORKING, f"{job.name} is not paused any more.")


def cancel(job, reason=""):
    """End it for good: what was found stays, and nothing more is looked up. Raises Conflict when it had ended."""
    ended = {"state": JobState.CANCELLED, "finished_at": now(), "error": reason}
    ended |= {"lease_token": "", "lease_until": None}
    with db.atomic():
        _move(job, OPEN, ended, (JobState.CANCELLED,), f"{job.name} has ended already.")
        left = (EnrichmentResult.job == job.id) & EnrichmentResult.state.in_(LEFT)
        gone = {"state": ResultState.CANCELLED, "stage": "", "finished_at": now()}
        EnrichmentResult.update(gone).where(left).execute()


def retry_failed(job):
    """Look again for the companies that failed; returns how many. Raises Conflict where there is none, or the job was
    cancelled.
    """
    with db.atomic():
        again = {"finished_at": None, "error": ""}
        held = (EnrichmentJob.id == job.id) & EnrichmentJob.state.in_((*OPEN, JobState.DONE))
        if not EnrichmentJob.update(again).where(held).execute():
            raise Conflict(f"{job.name} was cancelled. Make another one.")
        failed = (EnrichmentResult.job == job.id) & (EnrichmentResult.state == ResultState.FAILED)
        sums = EnrichmentResult.select(fn.COUNT(1), fn.COALESCE(fn.SUM(EnrichmentResult.asked), 0))
        count, asked = sums.where(failed).tuples().get()
        if not count:
            raise Conflict("No company failed.")
        waits = {"state": ResultState.WAITING, "attempts": 0, "error": "", "asked": 0, "finished_at": None}
        EnrichmentResult.update(waits).where(failed).execute()
        fewer = {"failed": EnrichmentJob.failed - count, "asked": EnrichmentJob.asked - int(asked)}
        EnrichmentJob.update(fewer).where(EnrichmentJob.id == job.id).execute()
        ended = (EnrichmentJob.id == job.id) & (EnrichmentJob.state == JobState.DONE)
        EnrichmentJob.update(state=JobState.QUEUED).where(ended).execute()
        later("run_enrichment", job.id)
    return count


def discard(job):
    """Throw a DRAFT away. Raises Conflict when it was started."""
    with db.atomic():
        draft = (EnrichmentJob.id == job.id) & (EnrichmentJob.state == JobState.DRAFT)
        if not EnrichmentJob.delete().where(draft).execute():
            raise Conflict(f"{job.name} was started already. Cancel it instead.")


def _move(job, before, changes, already, refusal):
    """Write `changes` if the job is in one of the states `before`, and wake what runs it. Nothing happens where it is
    in one of `already`, as after the first of two clicks; else raises Conflict(refusal).
    """
    with db.atomic():
        moved = EnrichmentJob.update(changes).where(EnrichmentJob.id == job.id, EnrichmentJob.state.in_(before))
        if moved.execute():
            if changes["state"] is JobState.QUEUED:
                later("run_enrichment", job.id)
            return
        now_is = EnrichmentJob.get_or_none(EnrichmentJob.id == job.id)
        if now_is is None or now_is.state not in already:
            raise Conflict(refusal)


# ------------------------------------------------------------------- one lead


def enrich_lead(member, lead, *, refreshes=False):
    """A job of the one company where `lead` is, started at once; of two clicks, the second gets the job of the first.

    `refreshes` looks it up anew even where it is known and not old. Raises Invalid where nothing tells which company.
    """
    key = key_of_lead(lead)
    if not key:
        raise Invalid(NAMELESS)
    with db.atomic():
        hold([lead.id])  # two clicks at once: the second sees the job of the first
        if running := _running_for(member, key):
            return running
        job = new_job(member, (lead.company or lead.domain)[: EnrichmentJob.name.max_length], refreshes=refreshes)
        EnrichmentResult.create(**company_of_lead(job, lead))
        EnrichmentJob.update(total=1).where(EnrichmentJob.id == job.id).execute()
        job.total = 1
        start(job)
    return EnrichmentJob.get_by_id(job.id)


def company_of_lead(job, lead):
    """The columns of an EnrichmentResult for the company where `lead` is."""
    return {
        "workspace": job.workspace_id,
        "job": job.id,
        "lead": lead.id,
        "name": lead.company,
        "domain": lead.domain,
        "email": lead.email,
        "country": lead.country,
        "key": key_of_lead(lead),
    }


def _running_for(member, key):
    query = EnrichmentJob.of(member.workspace.id).join(EnrichmentResult)
    single = EnrichmentJob.state.in_(WORKING) & (EnrichmentJob.total == 1)
    return query.where(single, EnrichmentJob.actor == member.user_id, EnrichmentResult.key == key).first()
