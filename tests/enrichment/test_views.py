"""The screens of enrichment: putting a job together, its page, words on facts, the queue, quality, settings, files."""

import io
import re
import zipfile

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from tests.enrichment import claimed
from webapp.core import jobs as queue
from webapp.core.clock import now
from webapp.enrichment import adding, companies, jobs, quality
from webapp.enrichment.models import (
    Conflict,
    ConflictState,
    EnrichmentJob,
    EnrichmentResult,
    Fact,
    FactState,
    JobState,
    Policy,
    ResultState,
)
from webapp.enrichment.settings import settings_of
from webapp.enrichment.views.shared import cost, took
from webapp.enrichment.views.shared import tokens as tokens_in_words
from webapp.leads.editing import edit_lead
from webapp.leads.models import Lead

OPTIONS = {"name": "Partners", "policy": "fill", "stages": ["website"], "fields": ["industry", "city"]}


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


@pytest.fixture
def draft(cast):
    job = jobs.new_job(cast.alice, "Northern shops", stages=["website"])
    adding.add_names(job, "Halden Studio, halden.example\nNorthbeam Research")
    return EnrichmentJob.get_by_id(job.id)


@pytest.fixture
def running(cast):
    """A job of three companies: one is done, with facts, one failed, one waits."""
    job = jobs.new_job(cast.alice, "Partner list", fields=["industry", "city", "employees"])
    adding.add_names(job, "Halden Studio, halden.example\nslow.example\nwaits.example")
    halden, slow, _ = EnrichmentResult.of(cast.acme).where(EnrichmentResult.job == job).order_by(EnrichmentResult.id)
    company = companies.company_of(cast.acme.id, domain="halden.example", name="Halden Studio")
    claims = [claimed.claim("industry", "Bridges <b>", 92), claimed.claim("employees", "1200", 48)]
    claimed.look_up(cast.alice, company, *claims)
    EnrichmentJob.update(state=JobState.DONE).where(EnrichmentJob.id > job.id).execute()  # the one that said so
    pages = [
        {"url": "https://halden.example/about", "status": 200, "ms": 1100, "note": ""},
        {"url": "https://halden.example/team", "status": 0, "ms": 0, "note": "Not read, robots.txt says no"},
    ]
    ended = {"company": company.id, "state": ResultState.DONE, "asked": 3, "finished_at": now(), "pages": pages}
    found = {"industry": "website", "employees": "website"}
    EnrichmentResult.update(**ended, found=found, milliseconds=4100).where(EnrichmentResult.id == halden.id).execute()
    broke = {"state": ResultState.FAILED, "error": "The site took over 30 seconds.", "asked": 3, "finished_at": now()}
    EnrichmentResult.update(broke).where(EnrichmentResult.id == slow.id).execute()
    counts = {"done": 1, "failed": 1, "asked": 6, "found": 2, "coverage": {"industry": 1, "employees": 1}}
    EnrichmentJob.update(**counts, state=JobState.RUNNING, started_at=now()).where(EnrichmentJob.id == job.id).execute()
    return EnrichmentJob.get_by_id(job.id)


@pytest.fixture
def disputed(cast):
    """Two leads at a company of which a page says otherwise than somebody typed."""
    leads = [factories.lead(cast.acme, domain="halden.example", first_name=name) for name in ("Ann", "Ben")]
    for lead in leads:
        edit_lead(lead, {"industry": "Ferries"}, actor=cast.alice)
    company = companies.company_of(cast.acme.id, domain="halden.example", name="Halden")
    claimed.enrich(cast.alice, company, claimed.claim("industry", "Bridges", 90), policy=Policy.OVERWRITE)
    return list(Conflict.select().order_by(Conflict.id))


def fresh(job):
    return EnrichmentJob.get_by_id(job.id)


def first(job):
    return EnrichmentResult.select().where(EnrichmentResult.job == job.id).order_by(EnrichmentResult.id).first()


def waiting_jobs():
    return [task.args for task in queue.huey.pending()]


# ------------------------------------------------------------------ the list


def test_the_list_shows_jobs_and_asks_again_only_while_one_of_them_runs(alice, running, draft):
    jobs.cancel(running)
    text = alice.get("/enrichment").text
    assert "Partner list" in text and "Northern shops" in text and "every 3s" not in text
    jobs.start(draft)
    assert "every 3s" in alice.get("/enrichment").text


def test_without_any_job_the_list_says_what_belongs_there(alice, cast, sign_in):
    assert "Nothing enriched yet" in alice.get("/enrichment").text
    assert 'href="/enrichment/new"' not in sign_in(cast.vera).get("/enrichment").text


def test_an_outsider_finds_no_job_and_no_company_of_it(cast, sign_in, running, draft, disputed):
    charlie = sign_in(cast.charlie)
    assert "Partner list" not in charlie.get("/enrichment").text
    assert "Bridges" not in charlie.get("/enrichment/conflicts").text
    for path in ("", "/start", "/cancel", "/results.csv", "/results.xlsx"):
        assert charlie.get(f"/enrichment/{running.id}{path}").status_code == 404
    for path in ("start", "options", "pause", "resume", "retry", "cancel", "discard"):
        assert charlie.post(f"/enrichment/{running.id}/{path}").status_code == 404
    for path in ("accept", "reject"):
        assert charlie.post(f"/enrichment/conflicts/{disputed[0].id}/{path}").status_code == 404
    data = {"conflict": [one.id for one in disputed]}
    charlie.post("/enrichment/conflicts/accept", data=data)
    assert {one.state for one in Conflict} == {ConflictState.WAITING}


def test_who_only_looks_sees_a_job_and_changes_nothing_of_it(cast, sign_in, running, disputed):
    vera = sign_in(cast.vera)
    text = vera.get(f"/enrichment/{running.id}?company={first(running).id}").text
    assert "Bridges" in text and "Keep" not in text and "Pause" not in text and "Retry failed" not in text
    assert "Accept" not in vera.get("/enrichment/conflicts").text
    assert vera.get("/enrichment/new").status_code == vera.get("/settings/enrichment").status_code == 403
    assert vera.post(f"/enrichment/{running.id}/pause").status_code == 403


# ------------------------------------------------------------ putting together


def test_pasted_names_become_a_draft_and_nothing_is_looked_up_yet(alice):
    data = {**OPTIONS, "names": "Halden Studio, halden.example\nfigma.com"}
    answer = alice.post("/enrichment/new", data=data)
    job = EnrichmentJob.get()
    assert answer.location == f"/enrichment/{job.id}/start"
    assert (job.name, job.total, job.state, job.fields) == ("Partners", 2, JobState.DRAFT, ["industry", "city"])
    page = alice.get(answer.location).text
    assert "Halden Studio" in page and "Enrich 2 companies" in page and not waiting_jobs()


def test_lines_that_name_no_company_are_shown_before_anything_is_made(alice):
    data = {**OPTIONS, "names": "Halden Studio\n!!!\nana@gmail.com"}
    answer = alice.post("/enrichment/new", data=data)
    assert answer.status_code == 422 and not EnrichmentJob.select().exists()
    assert "2 lines name no company" in answer.text and "Line 2" in answer.text and "Halden Studio" in answer.text
    alice.post("/enrichment/new", data={**data, "anyway": "y"})
    assert EnrichmentJob.get().total == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"names": ""}, "Paste at least one name"),
        ({"names": "x\n" * 10_001}, "Paste up to 10,000"),
        ({"stages": []}, "Choose at least one source"),
        ({"fields": []}, "Choose at least one field"),
        ({"name": "x" * 121}, "Keep it under 121"),
        ({"policy": "everything"}, "valid choice"),
    ],
)
def test_a_form_that_cannot_be_done_says_why_and_makes_nothing(alice, changes, words):
    answer = alice.post("/enrichment/new", data={**OPTIONS, "names": "Halden", **changes})
    assert answer.status_code == 422 and words in answer.text
    assert not EnrichmentJob.select().exists()


def test_looking_at_a_draft_changes_nothing_of_it(alice, draft):
    before = EnrichmentJob.select().where(EnrichmentJob.id == draft.id).tuples().get()
    assert alice.get(f"/enrichment/{draft.id}").location == f"/enrichment/{draft.id}/start"
    assert "What it takes" in alice.get(f"/enrichment/{draft.id}/start").text
    assert EnrichmentJob.select().where(EnrichmentJob.id == draft.id).tuples().get() == before


def test_what_is_chosen_is_kept_and_reckoned_anew(alice, draft, htmx, settings):
    settings(llm_base_url="http://127.0.0.1:1/v1")
    data = {**OPTIONS, "stages": ["website", "model"], "policy": "overwrite"}
    answer = alice.post(f"/enrichment/{draft.id}/options", data=data, headers=htmx)
    assert "<html" not in answer.text and "Tokens" in answer.text
    assert (fresh(draft).stages, fresh(draft).policy) == (["website", "model"], Policy.OVERWRITE)
    assert alice.post(f"/enrichment/{draft.id}/options", data=data).location == f"/enrichment/{draft.id}/start"
    refused = alice.post(f"/enrichment/{draft.id}/options", data={**data, "stages": []}, headers=htmx)
    assert refused.status_code == 422 and fresh(draft).stages == ["website", "model"]


def test_a_company_can_be_taken_out_of_a_draft(alice, draft, running):
    path = f"/enrichment/{draft.id}/companies"
    assert alice.post(f"{path}/{first(draft).id}/remove").status_code == 303
    assert fresh(draft).total == 1
    assert alice.post(f"{path}/{first(running).id}/remove").status_code == 404
    assert fresh(running).total == 3


def test_taking_a_company_out_leaves_what_was_chosen_on_the_page(alice, draft, htmx):
    path = f"/enrichment/{draft.id}/companies/{first(draft).id}/remove"
    answer = alice.post(path, data={"csrf_token": "as a browser sends it"}, headers=htmx)
    ticked = [tag for tag in re.findall("<input[^>]*>", answer.text) if " checked" in tag]
    assert "<html" not in answer.text and sum('name="fields"' in tag for tag in ticked) == 29
    assert sum('name="stages"' in tag for tag in ticked) == 1


def test_a_start_keeps_what_was_reckoned_and_happens_once(alice, draft):
    answer = alice.post(f"/enrichment/{draft.id}/start", data=OPTIONS)
    assert answer.location == f"/enrichment/{draft.id}" and waiting_jobs() == [(draft.id,)]
    job = fresh(draft)
    assert job.state is JobState.QUEUED and job.estimate["companies"] == 2 and job.name == "Partners"
    assert alice.post(f"/enrichment/{draft.id}/start", data=OPTIONS).status_code == 409
    assert waiting_jobs() == [(draft.id,)]


def test_a_start_with_nothing_chosen_is_refused(alice, draft):
    answer = alice.post(f"/enrichment/{draft.id}/start", data={**OPTIONS, "fields": []})
    assert answer.status_code == 422 and fresh(draft).state is JobState.DRAFT


def test_starts_are_limited_by_the_hour(alice, draft, monkeypatch):
    monkeypatch.setattr("webapp.enrichment.views.steering.A_HOUR", 0)
    assert alice.post(f"/enrichment/{draft.id}/start", data=OPTIONS).status_code == 429
    assert fresh(draft).state is JobState.DRAFT


def test_a_draft_is_thrown_away_and_a_job_that_started_is_not(alice, draft, running):
    alice.post(f"/enrichment/{draft.id}/discard")
    alice.post(f"/enrichment/{running.id}/discard")
    assert [job.id for job in EnrichmentJob.select().where(EnrichmentJob.name == "Partner list")] == [running.id]
    assert not EnrichmentJob.select().where(EnrichmentJob.id == draft.id).exists()


# ------------------------------------------------------------------ from leads


def test_companies_of_ticked_leads_come_into_a_new_draft_once_each(alice, cast):
    ann, ben = (factories.lead(cast.acme, domain="halden.example", first_name=name) for name in ("Ann", "Ben"))
    assert "New enrichment" in alice.get(f"/enrichment/choose?lead={ann.id}&lead={ben.id}").text
    answer = alice.post("/enrichment/choose", data={"lead": [ann.id, ben.id], "job": "new"})
    job = EnrichmentJob.get()
    assert answer.location == f"/enrichment/{job.id}/start" and job.total == 1 and not waiting_jobs()


def test_all_leads_of_a_view_come_into_a_draft_that_is_there(alice, cast, draft):
    factories.lead(cast.acme, company="Kestrel", domain="kestrel.example")
    factories.lead(cast.acme, company="Other", domain="other.example")
    assert "Northern shops" in alice.get("/enrichment/choose?q=kestrel&all=1").text
    alice.post("/enrichment/choose?q=kestrel", data={"all": 1, "job": draft.id})
    assert fresh(draft).total == 3


def test_leads_of_no_company_make_no_draft(alice, cast):
    lead = factories.lead(cast.acme, company="", email="ann@gmail.com")
    answer = alice.post("/enrichment/choose", data={"lead": lead.id, "job": "new"})
    assert answer.location.startswith("/leads") and not EnrichmentJob.select().exists()
    mine = jobs.new_job(cast.alice, "Mine")
    alice.post("/enrichment/choose", data={"lead": lead.id, "job": mine.id})
    assert fresh(mine).name == "Mine"  # a draft that was there stays


def test_choosing_refuses_nothing_ticked_strange_leads_and_jobs_that_started(alice, cast, sign_in, running):
    lead, strange = factories.lead(cast.acme), factories.lead(cast.other)
    assert alice.get("/enrichment/choose").status_code == 303
    assert alice.post("/enrichment/choose", data={"job": "new"}).status_code == 422
    assert alice.post("/enrichment/choose", data={"lead": lead.id}).status_code == 422
    assert alice.post("/enrichment/choose", data={"lead": strange.id, "job": "new"}).status_code == 404
    assert alice.post("/enrichment/choose", data={"lead": lead.id, "job": running.id}).status_code == 409
    other = factories.lead(cast.other)
    answer = sign_in(cast.charlie).post("/enrichment/choose", data={"lead": other.id, "job": running.id})
    assert answer.status_code == 404 and fresh(running).total == 3


# ------------------------------------------------------------------- the page


def test_the_page_shows_how_far_a_job_is_and_each_company(alice, running):
    text = alice.get(f"/enrichment/{running.id}").text
    assert "2 of 3 companies" in text and "33%" in text and "every 2s" in text
    assert "Halden Studio" in text and "The site took over 30 seconds." in text and "2 of 3" in text
    assert 'id="inspector"' not in text


def test_a_part_of_the_page_brings_its_buttons_along(alice, running, htmx):
    jobs.cancel(running)
    text = alice.get(f"/enrichment/{running.id}", headers=htmx).text
    assert "<html" not in text and 'hx-target="#job-actions"' in text and "every 2s" not in text


def test_a_tab_shows_the_companies_in_its_state_or_the_fields(alice, running):
    failed = alice.get(f"/enrichment/{running.id}?state=failed").text
    assert "slow.example" in failed and "waits.example" not in failed
    fields = alice.get(f"/enrichment/{running.id}?state=fields").text
    assert "Coverage by field" in fields and "50%" in fields and "waits.example" not in fields
    assert alice.get(f"/enrichment/{running.id}?state=nonsense&page=%00&company=x").status_code == 200


def test_the_inspector_shows_facts_with_their_evidence_and_what_was_read(alice, running):
    text = alice.get(f"/enrichment/{running.id}?company={first(running).id}").text
    assert "Bridges &lt;b&gt;" in text and "92%" in text and "https://halden.example/about" in text
    assert "as it stands there" in text and "the page&#39;s text" in text
    assert "Not read, robots.txt says no" in text and "1.1 s" in text
    unsure = text.partition('id="known-employees"')[2].partition("</li>")[0]
    assert "1,200" in unsure and "Is this right?" in unsure
    assert "Is this right?" not in text.partition('id="known-industry"')[2].partition("</li>")[0]


def test_a_company_of_another_job_is_not_inspected(alice, running, draft):
    assert 'id="inspector"' not in alice.get(f"/enrichment/{running.id}?company={first(draft).id}").text


def test_what_has_no_evidence_says_so_and_cannot_be_kept(alice, running):
    Fact.update(state=FactState.UNSUPPORTED).where(Fact.field == "employees").execute()
    address = f"/enrichment/{running.id}/companies/{first(running).id}/facts"
    text = alice.get(f"/enrichment/{running.id}?company={first(running).id}").text
    entry = text.partition('id="known-employees"')[2].partition("</li>")[0]
    assert "No evidence" in entry and "/keep" not in entry
    assert alice.post(f"{address}/{Fact.get(Fact.field == 'employees').id}/keep").status_code == 422


def test_a_word_on_a_fact_answers_in_place(alice, running, htmx):
    result, fact = first(running), Fact.get(Fact.field == "employees")
    address = f"/enrichment/{running.id}/companies/{result.id}/facts/{fact.id}"
    answer = alice.post(f"{address}/keep?company={result.id}", headers=htmx)
    assert "Kept" in answer.text and 'id="inspector"' in answer.text
    assert Fact.get_by_id(fact.id).state is FactState.KEPT
    assert alice.post(f"{address}/remove").location == f"/enrichment/{running.id}?company={result.id}"
    assert Fact.get_by_id(fact.id).state is FactState.REJECTED


def test_a_fact_is_spoken_of_only_with_its_own_company(alice, cast, sign_in, running, draft):
    fact, other = Fact.get(Fact.field == "employees"), first(draft)
    place = f"/enrichment/{draft.id}/companies/{other.id}/facts/{fact.id}"
    assert alice.post(f"{place}/keep").status_code == alice.post(f"{place}/remove").status_code == 404
    mine = f"/enrichment/{running.id}/companies/{first(running).id}/facts/{fact.id}"
    assert sign_in(cast.charlie).post(f"{mine}/remove").status_code == 404
    assert sign_in(cast.vera).post(f"{mine}/remove").status_code == 403
    assert Fact.get_by_id(fact.id).state is FactState.FOUND


def test_a_job_is_paused_resumed_and_cancelled(alice, running, htmx):
    address = f"/enrichment/{running.id}"
    assert "Resume" in alice.post(f"{address}/pause", headers=htmx).text and fresh(running).state is JobState.PAUSED
    assert alice.post(f"{address}/resume").location == address and fresh(running).state is JobState.QUEUED
    assert "1 company is not looked up" in alice.get(f"{address}/cancel").text
    alice.post(f"{address}/cancel")
    assert fresh(running).state is JobState.CANCELLED
    assert alice.get(f"{address}/cancel").location == address
    assert alice.post(f"{address}/resume").status_code == 409


def test_what_failed_is_tried_again(alice, running):
    assert "Retry failed" in alice.get(f"/enrichment/{running.id}").text
    alice.post(f"/enrichment/{running.id}/retry")
    assert fresh(running).failed == 0
    assert alice.post(f"/enrichment/{running.id}/retry").status_code == 409


def test_the_model_is_told_in_money_only_where_a_price_is_set(alice, running, settings):
    used = {"tokens": 220_000, "cost": 410_000, "stages": ["website", "model"]}
    EnrichmentJob.update(used).where(EnrichmentJob.id == running.id).execute()
    text = alice.get(f"/enrichment/{running.id}").text
    assert "220k" in text and "0.41" not in text
    settings(llm_price=(150_000, 600_000), llm_currency="EUR")
    assert "€0.41" in alice.get(f"/enrichment/{running.id}").text


def test_prices_lengths_and_tokens_read_well():
    assert [cost(value, "USD") for value in (0, 9_999, 420_000, 1_234_567_890)] == [
        "$0.00", "under $0.01", "$0.42", "$1,234.57",
    ]  # fmt: skip
    assert [took(value) for value in (40, 4_100, 30_000)] == ["0.0 s", "4.1 s", "30 s"]
    assert [tokens_in_words(value) for value in (7_400, 220_000, 1_240_000)] == ["7,400", "220k", "1.2m"]


# ------------------------------------------------------------------- the files


def test_a_job_is_given_out_as_csv_and_as_a_workbook(alice, running):
    answer = alice.get(f"/enrichment/{running.id}/results.csv")
    assert answer.mimetype == "text/csv" and f"enrichment-{running.id}-" in answer.headers["Content-Disposition"]
    assert "Halden Studio,halden.example,Done" in answer.text and "Bridges" in answer.text
    with zipfile.ZipFile(io.BytesIO(alice.get(f"/enrichment/{running.id}/results.xlsx").data)) as book:
        assert b"Halden Studio" in book.read("xl/worksheets/sheet1.xml")


# ------------------------------------------------------------------- the queue


def test_the_queue_shows_both_values_and_where_the_new_one_stands(alice, disputed):
    text = alice.get("/enrichment/conflicts").text
    assert "Ferries" in text and "Bridges" in text and "halden.example/about" in text and "90%" in text
    assert "To decide 2" in alice.get("/enrichment").text


def test_accepting_writes_to_the_lead_and_rejecting_leaves_it(alice, disputed, htmx):
    one, other = disputed
    answer = alice.post(f"/enrichment/conflicts/{one.id}/accept", headers=htmx)
    assert "<html" not in answer.text and f'id="conflict-{one.id}"' not in answer.text
    assert f'id="conflict-{other.id}"' in answer.text
    assert alice.post(f"/enrichment/conflicts/{other.id}/reject").location == "/enrichment/conflicts"
    values = {lead.id: lead.industry for lead in Lead.select()}
    assert (values[one.lead_id], values[other.lead_id]) == ("Bridges", "Ferries")
    assert "Nothing to decide" in alice.get("/enrichment/conflicts").text
    assert alice.post(f"/enrichment/conflicts/{one.id}/reject").status_code == 409


@pytest.mark.parametrize(("verb", "state"), [("accept", ConflictState.ACCEPTED), ("reject", ConflictState.REJECTED)])
def test_several_are_decided_at_once_and_strange_ids_do_nothing(alice, disputed, verb, state):
    assert alice.post(f"/enrichment/conflicts/{verb}").status_code == 422
    ids = [*(one.id for one in disputed), 999_999, "x", -1]
    alice.post(f"/enrichment/conflicts/{verb}", data={"conflict": ids})
    assert {one.state for one in Conflict} == {state}


# ----------------------------------------------------------- quality, settings


def test_the_quality_page_tells_shares_by_field_and_source(alice, cast):
    assert "Nothing was looked up in this time" in alice.get("/enrichment/quality").text
    quality.count_look_up(cast.acme.id, {"website": ["industry", "city"]}, {("industry", "website")})
    for days in ("", "?days=90", "?days=365", "?days=7", "?days=x"):
        text = alice.get(f"/enrichment/quality{days}").text
        assert "1 of 2 asked for" in text and "By source" in text
    row = re.search(r'<tr><th scope="row">Industry</th>.*?</tr>', text, re.DOTALL)[0]
    assert "100%" in row


def test_the_quality_page_tells_only_of_the_own_workspace(cast, sign_in):
    quality.count_look_up(cast.acme.id, {"website": ["industry"]}, set())
    assert "Nothing was looked up" in sign_in(cast.charlie).get("/enrichment/quality").text


SETTINGS = {"stages": ["website"], "refresh_days": "30", "pause_ms": "0", "calls_per_company": "4",
            "tokens_per_company": "20,000", "seconds_per_company": "60", "tokens_per_day": "100000"}  # fmt: skip


def test_an_owner_sets_where_to_look_and_what_the_model_may_use(alice, cast, sign_in):
    text = alice.get("/settings/enrichment").text
    assert "No language model is set" in text and 'name="cost_per_day"' not in text
    assert alice.post("/settings/enrichment", data=SETTINGS).location == "/settings/enrichment"
    kept = settings_of(cast.acme)
    assert (kept.stages, kept.refresh_days, kept.tokens_per_company) == (["website"], 30, 20_000)
    assert sign_in(cast.bob).post("/settings/enrichment", data=SETTINGS).status_code == 403
    assert settings_of(cast.other).refresh_days == 90


def test_costs_are_set_where_a_price_is_known(alice, cast, settings):
    settings(llm_price=(150_000, 600_000))
    alice.post("/settings/enrichment", data={**SETTINGS, "cost_per_company": "0.05", "cost_per_day": ""})
    kept = settings_of(cast.acme)
    assert (kept.cost_per_company, kept.cost_per_day) == (50_000, None)
    assert 'value="0.05"' in alice.get("/settings/enrichment").text


@pytest.mark.parametrize(
    "changes",
    [{"stages": []}, {"refresh_days": "0"}, {"refresh_days": ""}, {"pause_ms": "x"}, {"tokens_per_day": "9" * 30}],
)
def test_settings_that_cannot_be_are_refused(alice, cast, changes):
    answer = alice.post("/settings/enrichment", data={**SETTINGS, **changes})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert settings_of(cast.acme).refresh_days == 90


def test_the_lists_take_as_many_queries_for_forty_as_for_one(alice, cast, running, disputed):
    def asked(path):
        with count_queries() as counted:
            assert alice.get(path).status_code == 200
        return counted.count

    paths = ("/enrichment", f"/enrichment/{running.id}", "/enrichment/conflicts")
    for path in paths:
        asked(path)  # what is kept between requests is there
    before = [asked(path) for path in paths]
    EnrichmentJob.update(state=JobState.DRAFT).where(EnrichmentJob.id == running.id).execute()
    adding.add_names(running, "\n".join(f"firm{number}.example" for number in range(40)))
    EnrichmentJob.update(state=JobState.RUNNING).where(EnrichmentJob.id == running.id).execute()
    for number in range(40):
        adding.add_names(jobs.new_job(cast.alice, f"Job {number}"), "halden.example")
        lead = factories.lead(cast.acme, domain="halden.example", industry="Ferries")
        Conflict.create(
            workspace=cast.acme, lead=lead, fact=disputed[0].fact_id, field="industry", lead_value="Ferries"
        )
    assert alice.get("/enrichment/conflicts").text.count('id="conflict-') > 40
    assert [asked(path) for path in paths] == before and max(before) < 20
