"""Jobs at work: threads, kills, pauses, two workers, and what is known already. The pages are a real server's."""

import itertools
import threading
from datetime import timedelta

import pytest

from db import db
from tests import factories
from webapp.accounts.models import Membership, Role
from webapp.core import holders
from webapp.core import jobs as queue
from webapp.core.clock import freeze, now
from webapp.enrichment import adding, ending, facts, jobs, leases, looking, queries, running
from webapp.enrichment.claims import Claim, StageFailed
from webapp.enrichment.models import (
    Company,
    CoverageDay,
    EnrichmentJob,
    EnrichmentResult,
    Fact,
    JobState,
    Policy,
    ResultState,
)
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.llm.models import CallState, ModelCall


@pytest.fixture(autouse=True)
def no_idle_connections(app):
    """Connections of threads that have ended do not outlive the test's database."""
    yield
    db.obj.close_idle()


@pytest.fixture
def stages(web, monkeypatch):
    """In place of the waterfall: it reads the home page, whose text is the industry. Its `before` is called first."""

    def look_up(subject, *, stages, fields, reader, settings, workspace, reference, report):
        report("website")
        look_up.before(subject)
        page = reader.read(f"https://{subject.domain}/")
        subject.pages.append(page)
        subject.asked["website"] = list(fields)
        if page.status != 200:
            raise StageFailed(f"{subject.domain} cannot be read: {page.note}")
        claim = Claim("industry", page.text, page.final_url, page.text, "text", 85)
        subject.claims += [claim, claim._replace(field="city", value="Oslo")]

    look_up.before = lambda subject: None
    monkeypatch.setattr(looking.waterfall, "look_up", look_up)
    return look_up


@pytest.fixture
def begin(cast, web, stages):
    """Start a job for so many companies that have a website each, or for the domains given."""

    def begin(*domains, count=3, member=None, **options):
        domains = domains or tuple(f"firm{number}.example" for number in range(count))
        web.pages |= {f"{domain}/": f"Making of {domain.partition('.')[0]}" for domain in domains}
        job = jobs.new_job(member or cast.alice, "Partners", fields=["industry", "city"], **options)
        adding.add_names(job, "\n".join(domains))
        jobs.start(EnrichmentJob.get_by_id(job.id))
        return EnrichmentJob.get_by_id(job.id)

    return begin


def fresh(job):
    return EnrichmentJob.get_by_id(job.id)


def states(job):
    return [result.state.value for result in queries.results(job).rows]


def pages_asked(web):
    return [page for page in web.asked if not page.endswith("/robots.txt")]


def lose(job):
    """Let the job look as if its worker had been killed a moment ago."""
    holders.forget(fresh(job).lease_token)


def stalled(job):
    """A worker claimed all companies of the job, and was killed before it looked one up."""
    work = running.Work(leases.acquire(job.id))
    work.claim(10)
    lose(job)


# ------------------------------------------------------------------------ to the end


def test_a_job_looks_up_every_company_keeps_what_it_found_and_counts_it(cast, begin, run_jobs):
    job = begin(count=40)
    run_jobs()
    job = fresh(job)
    assert (job.state, job.total, job.done, job.failed) == (JobState.DONE, 40, 40, 0)
    assert (job.asked, job.found, job.coverage) == (80, 80, {"industry": 40, "city": 40})
    assert job.finished_at and job.lease_token == "" and job.lease_until is None
    result = queries.results(job, size=1).rows[0]
    assert result.found == {"industry": "website", "city": "website"} and not result.writes
    assert [(page["url"], page["status"]) for page in result.pages] == [("https://firm0.example/", 200)]
    found = queries.facts_of(Company.get(Company.domain == "firm0.example"))
    assert [(name, one[0].value) for name, one in found.items()] == [("industry", "Making of firm0"), ("city", "Oslo")]


def test_what_was_found_is_written_to_all_leads_at_the_company(cast, begin, run_jobs):
    leads = [factories.lead(cast.acme, domain="firm0.example") for _ in range(2)]
    begin(count=1)
    run_jobs()
    assert [Lead.get_by_id(lead.id).industry for lead in leads] == ["Making of firm0"] * 2
    told = Activity.select().where(Activity.kind == ActivityKind.ENRICHED)
    assert sorted(entry.lead_id for entry in told) == [lead.id for lead in leads]


def test_a_company_whose_pages_cannot_be_read_failed_and_says_why(begin, web, run_jobs):
    job = begin("firm0.example", "gone.example")
    del web.pages["gone.example/"]
    run_jobs()
    job = fresh(job)
    assert (job.state, job.done, job.failed, job.asked, job.found) == (JobState.DONE, 1, 1, 4, 2)
    failed = queries.results(job, ResultState.FAILED).rows[0]
    assert failed.error.startswith("gone.example cannot be read: Not read, there is no gone.example")
    web.pages["gone.example/"] = "Back again"
    from webapp.enrichment.page_models import FetchedPage

    FetchedPage.delete().execute()
    jobs.retry_failed(job)
    run_jobs()
    job = fresh(job)
    assert (job.state, job.done, job.failed, job.asked, job.found) == (JobState.DONE, 2, 0, 4, 4)


def test_a_company_that_breaks_something_fails_alone(begin, stages, run_jobs):
    def before(subject):
        if subject.domain == "firm1.example":
            raise ValueError("a bug")

    stages.before = before
    job = begin()
    run_jobs()
    assert states(job) == ["done", "failed", "done"]
    assert queries.results(job, ResultState.FAILED).rows[0].error == looking.BROKEN


def test_what_the_model_used_is_summed_up_whichever_try_it_was(cast, settings, begin, stages, run_jobs):
    settings(llm_base_url="http://127.0.0.1:1/v1")
    job = begin(count=1)
    result = EnrichmentResult.get()

    def call(state, reference):
        ModelCall.create(
            workspace=cast.acme, purpose="enrichment", reference=reference, model="m", state=state, tokens_in=100,
            tokens_out=10, cost=7,
        )  # fmt: skip

    call(CallState.DONE, f"result:{result.id}")
    call(CallState.FAILED, f"result:{result.id}")
    call(CallState.RESERVED, f"result:{result.id}")
    call(CallState.DONE, f"result:{result.id}0")
    run_jobs()
    job = fresh(job)
    assert (job.tokens, job.cost) == (220, 14)


# ------------------------------------------------------------------------ kills


def test_companies_of_a_killed_worker_are_looked_up_by_the_next_and_counted_once(begin, run_jobs):
    job = begin()
    stalled(job)
    assert states(job) == ["fetching"] * 3
    leases.requeue_stalled()
    run_jobs()
    job = fresh(job)
    assert (job.state, job.done, job.asked, job.found) == (JobState.DONE, 3, 6, 6)
    assert {result.attempts for result in queries.results(job).rows} == {2}
    assert {day.asked for day in CoverageDay.select()} == {3}


def test_a_company_that_takes_the_worker_along_every_time_fails(begin, run_jobs):
    job = begin(count=1)
    for _ in range(leases.ATTEMPTS):
        stalled(job)
    run_jobs()
    job = fresh(job)
    assert (job.state, job.done, job.failed, job.asked) == (JobState.DONE, 0, 1, 2)
    assert queries.results(job).rows[0].error == leases.INTERRUPTED


def test_what_a_kill_kept_from_the_leads_is_written_by_the_next_run(cast, begin, monkeypatch, run_jobs):
    lead = factories.lead(cast.acme, domain="firm0.example")
    job = begin(count=1)
    work = running.Work(leases.acquire(job.id))
    (result,) = work.claim(1)
    monkeypatch.setattr(ending, "write", lambda *arguments: None)  # killed before it
    looking.look_up(work, result, running.Session())
    lose(job)
    monkeypatch.undo()
    assert states(job) == ["done"] and Lead.get_by_id(lead.id).industry == ""
    leases.requeue_stalled()
    run_jobs()
    assert Lead.get_by_id(lead.id).industry == "Making of firm0"
    assert (fresh(job).state, fresh(job).done) == (JobState.DONE, 1)


def test_a_worker_that_lost_its_lease_ends_no_company_any_more(begin):
    job = begin(count=1)
    work = running.Work(leases.acquire(job.id))
    (result,) = work.claim(1)
    with freeze(now() + timedelta(seconds=leases.SECONDS + 1)):
        other = running.Work(leases.acquire(job.id))
        (same,) = other.claim(1)
    looking.look_up(work, result, running.Session())
    assert states(job) == ["fetching"] and fresh(job).done == 0 and Fact.select().count() == 0
    assert not work.look() and not leases.hold(work.lease) and work.claim(1) == []
    looking.look_up(other, same, running.Session())
    assert states(job) == ["done"] and (fresh(job).done, fresh(job).asked) == (1, 2)


def test_two_workers_do_not_run_one_job(begin, web):
    job = begin()
    lease = leases.acquire(job.id)
    assert leases.acquire(job.id) is None
    running.run_enrichment(job.id)
    assert pages_asked(web) == [] and fresh(job).lease_token == lease.token
    leases.requeue_stalled()
    assert [task.name for task in queue.huey.pending()] == ["run_enrichment"], "only the one of the start"


def test_workers_that_end_the_same_company_at_once_count_it_once(begin, stages):
    job = begin(count=1)
    lease = leases.acquire(job.id)
    both = [running.Work(lease), running.Work(lease)]
    (result,) = both[0].claim(1)
    meet = threading.Barrier(2)
    stages.before = lambda subject: meet.wait(20)
    threads = [threading.Thread(target=looking.look_up, args=(work, result, running.Session())) for work in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fresh(job).done, fresh(job).asked, fresh(job).coverage) == (1, 2, {"industry": 1, "city": 1})


def test_a_program_that_stops_gives_back_what_it_was_looking_up(begin, stages, run_jobs):
    job = begin(count=2)
    stop, started = threading.Event(), []

    def before(subject):
        started.append(subject.domain)
        stop.set()

    stages.before = before
    queue.stop_with(stop)
    try:
        running.run_enrichment(job.id)
    finally:
        queue.stop_with(threading.Event())
    assert started and fresh(job).state is JobState.QUEUED and fresh(job).lease_token == ""
    assert states(job) == ["waiting"] * 2 and {one.attempts for one in queries.results(job).rows} == {0}
    stages.before = lambda subject: None
    running.run_enrichment(job.id)
    assert fresh(job).done == 2


# --------------------------------------------------------- what people do meanwhile


def test_a_job_that_is_paused_finishes_what_it_began_and_goes_on_when_it_is_resumed(settings, begin, stages, run_jobs):
    settings(fetch_concurrency=1)
    job = begin()
    stages.before = lambda subject: in_a_transaction(lambda: jobs.pause(job) if job_is(job, "running") else None)
    run_jobs()
    assert fresh(job).state is JobState.PAUSED and states(job) == ["done", "waiting", "waiting"]
    assert fresh(job).lease_token == ""
    stages.before = lambda subject: None
    jobs.resume(job)
    run_jobs()
    assert (fresh(job).state, fresh(job).done) == (JobState.DONE, 3)


def test_a_job_that_is_resumed_before_it_has_come_to_rest_goes_on(begin, stages, run_jobs):
    job = begin()

    def before(subject):
        if subject.domain == "firm0.example":
            in_a_transaction(lambda: (jobs.pause(job), jobs.resume(job)))

    stages.before = before
    run_jobs()
    assert (fresh(job).state, fresh(job).done) == (JobState.DONE, 3)


def test_what_is_looked_up_when_a_job_is_cancelled_is_not_kept(begin, stages, run_jobs):
    job = begin(count=1)
    stages.before = lambda subject: in_a_transaction(lambda: jobs.cancel(job))
    run_jobs()
    assert fresh(job).state is JobState.CANCELLED and states(job) == ["cancelled"]
    assert fresh(job).done == 0 and Fact.select().count() == 0


def test_a_paused_job_whose_worker_was_killed_has_no_company_that_looks_busy(begin):
    job = begin()
    work = running.Work(leases.acquire(job.id))
    work.claim(2)
    jobs.pause(job)
    lose(job)
    leases.requeue_stalled()
    assert states(job) == ["waiting"] * 3 and fresh(job).lease_token == ""


@pytest.mark.parametrize("what", ["left", "may only look"])
def test_a_job_ends_when_whoever_made_it_may_not_change_leads_any_more(cast, begin, monkeypatch, run_jobs, what):
    monkeypatch.setattr(running, "RENEWAL", 0)
    job = begin(member=cast.bob)
    bob = Membership.user == cast.bob.user_id
    (Membership.delete() if what == "left" else Membership.update(role=Role.VIEWER)).where(bob).execute()
    run_jobs()
    assert fresh(job).state is JobState.CANCELLED and fresh(job).error == running.GONE


def test_a_small_job_is_taken_along_by_whoever_runs_a_large_one(cast, settings, begin, stages, web, run_jobs):
    settings(fetch_concurrency=2)
    large, order = begin(count=6), []
    web.pages["small.example/"] = "Small things"

    def before(subject):
        order.append(subject.domain)
        if len(order) == 2:  # somebody clicks while the large one is at work
            in_a_transaction(click)

    def click():
        small = jobs.enrich_lead(cast.alice, factories.lead(cast.acme, domain="small.example"))
        running.run_enrichment(small.id)

    stages.before = before
    run_jobs()
    assert {row.state for row in EnrichmentJob.select()} == {JobState.DONE}
    assert order.index("small.example") < 6, order
    assert fresh(large).done == 6


def test_between_two_companies_is_the_pause_that_the_workspace_wants(begin, stages, run_jobs):
    job = begin(count=3)
    EnrichmentJob.update(pause_ms=150).where(EnrichmentJob.id == job.id).execute()
    run_jobs()
    began = sorted(result.started_at for result in queries.results(job).rows)
    gaps = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert min(gaps) >= timedelta(milliseconds=150) and fresh(job).done == 3


def in_a_transaction(act):
    """What a request does meanwhile, over a connection of its own."""
    with db.connection_context():
        act()


def job_is(job, state):
    return fresh(job).state == state


# ------------------------------------------------------------------ known already


def test_a_company_that_is_known_and_not_old_is_not_read_again(cast, begin, web, run_jobs):
    begin(count=2)
    run_jobs()
    read = len(web.asked)
    lead = factories.lead(cast.acme, domain="firm1.example")
    again = begin(count=2)
    run_jobs()
    assert len(web.asked) == read and {one.reused for one in queries.results(again).rows} == {True}
    assert (fresh(again).done, fresh(again).found) == (2, 4)
    assert Lead.get_by_id(lead.id).industry == "Making of firm1"
    assert {day.asked for day in CoverageDay.select()} == {2}, "what was not looked up says nothing about coverage"


@pytest.mark.parametrize("why", ["it is old", "it is to be refreshed", "more is asked", "another workspace's"])
def test_a_company_is_looked_up_where_what_is_known_will_not_do(cast, begin, web, stages, run_jobs, why):
    begin(count=1)
    run_jobs()
    looked_up = []
    stages.before = lambda subject: looked_up.append(subject.domain)
    if why == "it is old":
        old = now() - timedelta(days=91)
        Company.update(enriched_at=old).execute()
        EnrichmentResult.update(finished_at=old).execute()
    if why == "more is asked":
        EnrichmentJob.update(fields=["city"]).execute()
    member = cast.charlie if why == "another workspace's" else cast.alice
    begin(count=1, member=member, refreshes=why == "it is to be refreshed", policy=Policy.FILL)
    run_jobs()
    assert looked_up == ["firm0.example"]
    assert facts.Fact.select().where(Fact.workspace == member.workspace).count() == 2
