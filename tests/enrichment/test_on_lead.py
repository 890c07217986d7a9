"""A lead's page and what is known of its company: the evidence, the button that looks it up, the timeline."""

import pytest

from tests import factories
from tests.enrichment.claimed import claim, enrich, look_up
from webapp.enrichment import companies, ending, jobs, leases, running
from webapp.enrichment.claims import Subject
from webapp.enrichment.models import EnrichmentJob, EnrichmentResult, Fact, FactState, ResultState
from webapp.leads.models import Activity, ActivityKind, Lead

CLAIMS = (
    claim("description", "Makes <b>chairs</b>.", quote="We make <b>chairs</b> in Oslo"),
    claim("industry", "Furniture", 91),
    claim("employees", "1240", 45),
)


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Halden", domain="halden.example", owner=cast.alice.user_id)


@pytest.fixture
def company(cast, lead):
    return companies.company_of(cast.acme.id, domain="halden.example", name="Halden")


def panel(client, lead, htmx, **args):
    return client.get(f"/enrichment/leads/{lead.id}", query_string={"beside": 1, **args}, headers=htmx).text


def finish(job, *claims):
    """What a worker does when it looked a job's company up."""
    work = running.Work(leases.acquire(job.id))
    for result in work.claim(10):
        asked = {"website": work.job.fields}
        ending.done(
            work.lease, work.job, result, Subject(domain=result.domain, claims=list(claims), asked=asked), [], 5
        )
    work.end()


def test_a_leads_page_asks_for_the_panel_and_links_to_it_where_nothing_runs_scripts(cast, lead, sign_in):
    page = sign_in(cast.alice).get(f"/leads/{lead.id}?q=halden").text
    assert f'hx-get="/enrichment/leads/{lead.id}?q=halden&amp;beside=1"' in page
    assert f'<a class="link" href="/enrichment/leads/{lead.id}">' in page


def test_each_fact_stands_there_with_its_source_its_quote_and_how_sure_it_is(cast, lead, company, sign_in):
    look_up(cast.alice, company, *CLAIMS)
    page = sign_in(cast.alice).get(f"/enrichment/leads/{lead.id}").text
    assert "Furniture" in page and "91%" in page and "1,240" in page
    assert 'href="https://halden.example/about"' in page and "as it stands there" in page
    assert "We make &lt;b&gt;chairs&lt;/b&gt; in Oslo" in page and "<b>chairs" not in page
    assert "Unsure. Is this right?" in page  # of 45


def test_one_click_starts_a_job_whose_state_shows_until_it_is_done(cast, lead, sign_in, htmx):
    alice = sign_in(cast.alice)
    assert "Not looked up yet" in panel(alice, lead, htmx)
    begun = alice.post(f"/enrichment/leads/{lead.id}?beside=1", headers=htmx).text
    assert "Waiting for its turn" in begun and "watching=1" in begun and 'hx-trigger="every 1s"' in begun
    assert 'id="activity"' not in begun
    alice.post(f"/enrichment/leads/{lead.id}?beside=1", headers=htmx)
    job = EnrichmentJob.get()
    EnrichmentResult.update(state=ResultState.FETCHING, stage="wikidata").execute()
    assert "Asking Wikidata" in panel(alice, lead, htmx, watching=1)
    EnrichmentResult.update(state=ResultState.WAITING, stage="").execute()
    finish(job, *CLAIMS, claim("city", "Oslo"))
    over = panel(alice, lead, htmx, watching=1)
    assert "every 1s" not in over and "4 of 29" in over
    assert 'hx-target="#fact-city"' in over and "Oslo" in over and 'hx-target="#fact-website"' not in over
    assert "</strong> filled 4 of 29 fields" in over


def test_a_second_look_fetches_anew_what_is_known(cast, lead, company, sign_in, htmx):
    look_up(cast.alice, company, *CLAIMS)
    sign_in(cast.alice).post(f"/enrichment/leads/{lead.id}", headers=htmx)
    assert EnrichmentJob.get(EnrichmentJob.total == 1).refreshes


def test_what_could_not_be_looked_up_says_why(cast, lead, sign_in, htmx):
    job = jobs.enrich_lead(cast.alice, lead)
    work = running.Work(leases.acquire(job.id))
    ending.failed(work.lease, work.job, work.claim(1)[0], "Nobody knows where their website is.")
    work.end()
    assert "Nobody knows where their website is." in panel(sign_in(cast.alice), lead, htmx)


def test_what_is_kept_comes_to_the_lead_and_what_is_removed_leaves_it(cast, lead, company, sign_in, htmx):
    enrich(cast.alice, company, *CLAIMS)
    alice, fact = sign_in(cast.alice), Fact.get(Fact.field == "employees")
    told = alice.post(f"/enrichment/leads/{lead.id}/facts/{fact.id}/keep?beside=1", headers=htmx).text
    assert Lead.get_by_id(lead.id).employees == 1240 and 'hx-target="#fact-employees"' in told
    assert "</strong> kept what enrichment found" in told and 'hx-target="#fact-industry"' not in told
    industry = Fact.get(Fact.field == "industry")
    told = alice.post(f"/enrichment/leads/{lead.id}/facts/{industry.id}/remove?beside=1", headers=htmx).text
    assert Lead.get_by_id(lead.id).industry == "" and 'hx-target="#fact-industry"' in told
    assert Fact.get_by_id(industry.id).state is FactState.REJECTED and "known-industry" not in told


def test_without_scripts_each_button_leads_back_to_the_page(cast, lead, company, sign_in):
    look_up(cast.alice, company, *CLAIMS)
    alice, fact = sign_in(cast.alice), Fact.get(Fact.field == "industry")
    for way in ("", f"/facts/{fact.id}/keep", f"/facts/{fact.id}/remove"):
        answer = alice.post(f"/enrichment/leads/{lead.id}{way}")
        assert answer.status_code == 303 and answer.location == f"/enrichment/leads/{lead.id}"


def test_what_was_not_found_can_be_added_by_hand(cast, lead, sign_in):
    finish(jobs.enrich_lead(cast.alice, lead), *CLAIMS[:1])
    page = sign_in(cast.alice).get(f"/enrichment/leads/{lead.id}").text
    assert "1 of 29" in page and f'href="/leads/{lead.id}/edit/industry">Add it yourself' in page


def test_a_lead_without_anything_to_go_by_says_so(cast, sign_in, htmx):
    nobody = factories.lead(cast.acme, company="", domain="", owner=cast.alice.user_id)
    alice = sign_in(cast.alice)
    page = panel(alice, nobody, htmx)
    assert "Add a website" in page and 'id="enrich"' not in page
    assert alice.post(f"/enrichment/leads/{nobody.id}", headers=htmx).status_code == 422


def test_who_only_looks_gets_no_buttons_and_a_fact_of_another_company_is_none_of_this_one(
    cast, lead, company, sign_in, htmx
):
    look_up(cast.alice, company, *CLAIMS)
    fact, vera = Fact.get(Fact.field == "employees"), sign_in(cast.vera)
    assert "<form" not in panel(vera, lead, htmx) and "1,240" in panel(vera, lead, htmx)
    assert vera.post(f"/enrichment/leads/{lead.id}/facts/{fact.id}/keep").status_code == 403
    other = factories.lead(cast.acme, "Initech", domain="initech.example", owner=cast.alice.user_id)
    look_up(cast.alice, companies.company_of(cast.acme.id, domain="initech.example"), claim("ticker", "INI"))
    assert sign_in(cast.alice).post(f"/enrichment/leads/{other.id}/facts/{fact.id}/keep").status_code == 404
    assert sign_in(cast.charlie).get(f"/enrichment/leads/{lead.id}").status_code == 404
    assert Fact.get_by_id(fact.id).state is FactState.FOUND


def test_a_change_by_enrichment_stands_in_the_history_and_can_be_taken_back(cast, lead, company, sign_in):
    enrich(cast.alice, company, *CLAIMS, lead=lead)
    entry, alice = Activity.get(Activity.kind == ActivityKind.ENRICHED), sign_in(cast.alice)
    assert Lead.get_by_id(lead.id).industry == "Furniture"
    for address in ("/leads/history", f"/leads/{lead.id}/history", f"/leads/history/{entry.id}"):
        page = alice.get(address).text
        assert "by enrichment" in page and "Furniture" in page, address
    alice.post(f"/leads/history/{entry.id}/restore")
    assert Lead.get_by_id(lead.id).industry == ""


def test_a_job_that_changed_nothing_of_a_lead_is_told_without_changes(cast, lead, company, sign_in):
    enrich(cast.alice, company, claim("ticker", "HLD"), lead=lead)
    page = sign_in(cast.alice).get(f"/leads/{lead.id}").text
    assert "</strong> filled 1 of 29 fields" in page and "Look at this change" not in page
