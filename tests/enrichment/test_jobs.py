"""Putting jobs together, starting, pausing, cancelling, and what they are reckoned to take."""

from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts.models import Reach
from webapp.core import jobs as queue
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.enrichment import adding, estimating, jobs, queries
from webapp.enrichment.models import (
    Company,
    EnrichmentJob,
    EnrichmentResult,
    JobState,
    Policy,
    ResultState,
    WaterfallStage,
)
from webapp.enrichment.settings import save_settings, settings_of


def names(job):
    return [result.key for result in queries.results(job).rows]


@pytest.fixture
def job(cast):
    """A draft of Alice's with two companies."""
    job = jobs.new_job(cast.alice, "Partners")
    adding.add_names(job, "Halden Studio\nfigma.example")
    return queries.get_job(cast.alice, job.id)


def waiting_jobs():
    return [task.args for task in queue.huey.pending()]


def test_a_draft_asks_for_every_field_from_every_source_that_can_work(cast):
    job = jobs.new_job(cast.alice)
    assert job.state is JobState.DRAFT and job.policy is Policy.FILL and len(job.fields) == 29
    assert job.stages == ["website", "wikidata"], "without an endpoint there is no model"
    assert job.name.startswith("Companies of ")


def test_with_an_endpoint_the_model_is_asked_unless_the_workspace_switched_it_off(cast, settings):
    settings(llm_base_url="http://127.0.0.1:1/v1")
    assert jobs.new_job(cast.alice).stages == ["website", "wikidata", "model"]
    save_settings({"stages": [WaterfallStage.WEBSITE]}, actor=cast.alice)
    assert jobs.new_job(cast.alice).stages == ["website"]


@pytest.mark.parametrize("wrong", [{"name": "x" * 121}, {"fields": ["nothing"]}, {"stages": ["model"]}])
def test_a_job_with_nothing_to_look_for_or_nowhere_to_look_is_refused(cast, wrong):
    with pytest.raises(Invalid):
        jobs.new_job(cast.alice, **{"name": "Partners", **wrong})


def test_a_job_without_companies_does_not_start(cast):
    job = jobs.new_job(cast.alice)
    with pytest.raises(Invalid):
        jobs.start(job)


def test_of_two_clicks_on_start_one_starts_it(job):
    jobs.start(job)
    started = EnrichmentJob.get_by_id(job.id).started_at
    jobs.start(job)
    assert waiting_jobs() == [(job.id,)], "it was woken twice"
    assert EnrichmentJob.get_by_id(job.id).started_at == started
    with pytest.raises(Conflict):
        jobs.change_job(job, "Others")
    with pytest.raises(Conflict):
        adding.add_names(job, "Another")
    with pytest.raises(Conflict):
        jobs.discard(job)


def test_a_paused_job_goes_on_and_a_cancelled_one_is_over(job):
    jobs.start(job)
    jobs.pause(job)
    jobs.pause(job)
    assert EnrichmentJob.get_by_id(job.id).state is JobState.PAUSED
    jobs.resume(job)
    assert EnrichmentJob.get_by_id(job.id).state is JobState.QUEUED
    jobs.cancel(job)
    jobs.cancel(job)
    cancelled = EnrichmentJob.get_by_id(job.id)
    assert cancelled.state is JobState.CANCELLED and cancelled.finished_at
    assert queries.tallies(cancelled)[ResultState.CANCELLED] == 2
    assert {result.state for result in queries.results(cancelled).rows} == {ResultState.CANCELLED}
    for verb in (jobs.pause, jobs.resume, jobs.retry_failed, jobs.start):
        with pytest.raises(Conflict):
            verb(cancelled)


def test_failed_companies_are_tried_again_and_counted_once(job):
    jobs.start(job)
    failed, done = EnrichmentResult.select().order_by(EnrichmentResult.id)
    EnrichmentResult.update(state=ResultState.FAILED, attempts=3, asked=29, error="Not there.").where(
        EnrichmentResult.id == failed.id
    ).execute()
    EnrichmentResult.update(state=ResultState.DONE, asked=29).where(EnrichmentResult.id == done.id).execute()
    ended = {"state": JobState.DONE, "done": 1, "failed": 1, "asked": 58, "finished_at": now()}
    EnrichmentJob.update(ended).where(EnrichmentJob.id == job.id).execute()
    assert jobs.retry_failed(job) == 1
    again, result = EnrichmentJob.get_by_id(job.id), EnrichmentResult.get_by_id(failed.id)
    assert (again.state, again.done, again.failed, again.asked) == (JobState.QUEUED, 1, 0, 29)
    assert (result.state, result.attempts, result.error) == (ResultState.WAITING, 0, "")
    with pytest.raises(Conflict):
        jobs.retry_failed(job)


# ------------------------------------------------------------------------ leads


def test_a_company_with_many_leads_comes_in_once_and_a_lead_without_one_not_at_all(cast):
    leads = [factories.lead(cast.acme, domain="globex.example") for _ in range(3)]
    leads += [factories.lead(cast.acme, company="Initech", domain=""), factories.lead(cast.acme, company="")]
    job = jobs.new_job(cast.alice, "Leads")
    assert adding.add_leads(job, [lead.id for lead in leads], actor=cast.alice) == [leads[0].id, leads[3].id]
    assert names(job) == ["domain:globex.example", "name:initech"]
    assert adding.add_leads(job, [leads[1].id], actor=cast.alice) == []
    assert EnrichmentJob.get_by_id(job.id).total == 2


def test_leads_beyond_the_members_reach_or_in_another_workspace_stay_out(cast):
    own = factories.member(cast.acme, "Otto Own", reach=Reach.OWN)
    mine = factories.lead(cast.acme, domain="mine.example", owner=own.user_id)
    others = [factories.lead(cast.acme, domain="theirs.example"), factories.lead(cast.other, domain="far.example")]
    job = jobs.new_job(own, "Leads")
    adding.add_leads(job, [mine.id, *(lead.id for lead in others)], actor=own)
    assert names(job) == ["domain:mine.example"]


def test_who_sees_only_their_own_leads_sees_only_their_own_jobs(cast, job):
    own = factories.member(cast.acme, "Otto Own", reach=Reach.OWN)
    theirs = jobs.new_job(own, "Mine")
    adding.add_names(theirs, "mine.example")
    assert [row.id for row in queries.jobs_of(own).rows] == [theirs.id]
    assert [row.id for row in queries.jobs_of(cast.bob).rows] == [theirs.id, job.id]
    assert queries.jobs_of(cast.charlie).rows == ()
    for member in (own, cast.charlie):
        with pytest.raises(NotFound):
            queries.get_job(member, job.id)
    result = EnrichmentResult.get(EnrichmentResult.job == job.id)
    with pytest.raises(NotFound):
        queries.get_result(cast.alice, theirs, result.id)


def test_a_bulk_action_adds_leads_to_a_draft_and_its_undo_takes_them_out(cast, run_jobs):
    from webapp.leads import bulk_running
    from webapp.leads.filters import Filter

    for number in range(3):
        factories.lead(cast.acme, domain=f"firm{number}.example")
    job = jobs.new_job(cast.alice, "View")
    action = bulk_running.begin(cast.alice, "enrich", {"job": job.id, "words": "added"}, Filter())
    assert action.changed == 3 and EnrichmentJob.get_by_id(job.id).total == 3
    bulk_running.undo(action)
    assert EnrichmentJob.get_by_id(job.id).total == 0 and names(job) == []


def test_a_click_on_enrich_starts_a_job_of_one_company_and_a_second_click_finds_it(cast):
    lead = factories.lead(cast.acme, company="Globex", domain="globex.example", country="Norway")
    job = jobs.enrich_lead(cast.alice, lead)
    assert job.state is JobState.QUEUED and job.total == 1 and job.name == "Globex"
    assert jobs.enrich_lead(cast.alice, lead).id == job.id
    result = queries.last_result(lead)
    assert (result.lead_id, result.country, result.email) == (lead.id, "Norway", lead.email)
    with pytest.raises(Invalid):
        jobs.enrich_lead(cast.alice, factories.lead(cast.acme, company="", domain=""))


# --------------------------------------------------------------------- estimate


def test_an_estimate_counts_what_is_known_and_what_the_budget_allows(cast, settings, job):
    Company.create(workspace=cast.acme, domain="figma.example", enriched_at=now())
    found = estimating.estimate(job)
    assert (found["companies"], found["known"], found["to_fetch"]) == (2, 1, 1)
    assert found["tokens"] == 0 and found["cost"] is None and not found["measured"]
    assert EnrichmentJob.get_by_id(job.id).estimate == found
    settings(llm_base_url="http://127.0.0.1:1/v1", llm_price=(590_000, 790_000))
    job = jobs.change_job(job, "Partners", refreshes=True)
    found = estimating.estimate(job)
    assert found["to_fetch"] == 2 and found["tokens"] == 2 * 7_700
    assert found["cost"] == round(2 * (7_000 * 0.59 + 700 * 0.79))
    assert found["most_tokens"] == 80_000 and found["most_cost"] > found["cost"]


def test_an_estimate_goes_by_what_the_last_companies_took(cast, job):
    before = jobs.new_job(cast.alice, "Before")
    adding.add_names(before, "\n".join(f"firm{number}.example" for number in range(10)))
    took = {"state": ResultState.DONE, "milliseconds": 64_000}
    EnrichmentResult.update(took).where(EnrichmentResult.job == before.id).execute()
    found = estimating.estimate(job)
    assert found["measured"] and found["seconds"] == 64


def test_what_is_old_is_reckoned_to_be_looked_up_again(cast, job):
    old = now() - timedelta(days=settings_of(cast.acme.id).refresh_days, seconds=1)
    Company.create(workspace=cast.acme, domain="figma.example", enriched_at=old)
    assert estimating.estimate(job)["known"] == 0


# --------------------------------------------------------------------- settings


def test_settings_are_kept_within_bounds_and_told_in_the_audit_log(cast):
    from webapp.accounts.models import AuditEntry

    save_settings({"refresh_days": 30, "cost_per_day": None}, actor=cast.alice)
    save_settings({"refresh_days": 30, "pause_ms": 500}, actor=cast.alice)
    kept = settings_of(cast.acme.id)
    assert (kept.refresh_days, kept.pause_ms) == (30, 500)
    assert settings_of(cast.other.id).refresh_days == 90
    entries = AuditEntry.select().where(AuditEntry.action == "enrichment.settings_changed").order_by(AuditEntry.id)
    assert [entry.data["changes"] for entry in entries] == [{"refresh_days": [90, 30]}, {"pause_ms": [0, 500]}]


@pytest.mark.parametrize(
    "wrong", [{"refresh_days": 0}, {"pause_ms": 60_001}, {"cost_per_day": -1}, {"stages": []}, {"refresh_days": None}]
)
def test_settings_out_of_bounds_are_refused(cast, wrong):
    with pytest.raises(Invalid):
        save_settings(wrong, actor=cast.alice)
