"""Facts: merged by confidence and by sources that agree; what people say of them stays."""

from datetime import timedelta

import pytest
from peewee import ModelInsert

from tests import factories
from tests.enrichment.claimed import claim, job_of, look_up, result_of, supported_by
from webapp.core.clock import freeze, now
from webapp.core.errors import Invalid, NotFound
from webapp.enrichment import companies, facts
from webapp.enrichment.models import Company, CoverageDay, EnrichmentResult, Fact, FactState, WaterfallStage


@pytest.fixture
def company(cast):
    return companies.company_of(cast.acme, domain="halden.example", name="Halden")


def values(company, field="industry", **where):
    query = Fact.select().where(Fact.company == company.id, Fact.field == field)
    return sorted(fact.value for fact in query.filter(**where))


def test_the_most_confident_source_is_best_and_the_others_stay_beside_it(cast, company):
    best = look_up(cast.alice, company, claim("industry", "Printing", 60), claim("industry", "Media", 80, "wikidata"))
    assert best["industry"].value == "Media" and best["industry"].stage is WaterfallStage.WIKIDATA
    assert values(company) == ["Media", "Printing"] and values(company, is_best=True) == ["Media"]


def test_sources_of_different_sites_that_agree_raise_each_other(cast, company):
    best = look_up(
        cast.alice,
        company,
        claim("industry", "Printing", 60),
        claim("industry", "printing ", 60, "wikidata"),
        claim("industry", "Media", 80, "model", url="https://news.example/halden"),
    )
    assert (best["industry"].value, best["industry"].confidence) == ("Printing", 84)


def test_pages_of_one_site_are_one_source_whoever_read_them(cast, company):
    best = look_up(
        cast.alice,
        company,
        claim("industry", "Printing", 60),
        claim("industry", "Printing", 65, "model", url="https://www.halden.example/about"),
    )
    assert best["industry"].confidence == 65


def test_agreement_never_makes_certain(cast, company):
    best = look_up(cast.alice, company, claim("city", "Halden", 95), claim("city", "Halden", 95, "wikidata"))
    assert best["city"].confidence == 99


def test_looking_up_again_does_not_raise_twice(cast, company):
    claims = claim("industry", "Printing", 60), claim("industry", "Printing", 60, "wikidata")
    look_up(cast.alice, company, *claims)
    best = look_up(cast.alice, company, claims[1])
    assert best["industry"].confidence == 84 and len(values(company)) == 2
    best = look_up(cast.alice, company, claim("industry", "Media", 70, "wikidata"))
    assert best["industry"].value == "Media"
    assert Fact.get(Fact.value == "Printing").confidence == 60  # nobody else says so any more


def test_what_a_stage_says_now_takes_the_place_of_what_it_said_before(cast, company):
    look_up(cast.alice, company, claim("employees", "100", 90), claim("city", "Halden", 90))
    best = look_up(cast.alice, company, claim("employees", "120", 60))
    assert best["employees"].value == "120" and values(company, "employees") == ["120"]
    assert best["city"].value == "Halden"  # of which it says nothing now


def test_lists_of_one_stage_become_one_list(cast, company):
    best = look_up(
        cast.alice,
        company,
        claim("technologies", "nginx; Django", 90, "header", quote="server: nginx"),
        claim("technologies", "django; htmx", 70, "script", quote="htmx.js"),
    )
    fact = best["technologies"]
    assert (fact.value, fact.confidence, fact.quote) == ("nginx; Django; htmx", 80, "server: nginx … htmx.js")


def test_of_a_field_no_more_than_five_values_of_a_stage_are_kept(cast, company):
    look_up(cast.alice, company, *(claim("phone", f"+49 30 12345{number:02}", number) for number in range(90)))
    assert values(company, "phone") == [f"+49 30 12345{number}" for number in range(85, 90)]


def test_a_rejected_value_never_comes_back_whoever_says_it(cast, company):
    best = look_up(cast.alice, company, claim("industry", "Printing", 90), claim("industry", "Media", 60, "wikidata"))
    facts.reject(cast.bob, best["industry"])
    assert Fact.get(Fact.is_best).value == "Media"
    best = look_up(
        cast.alice,
        company,
        claim("industry", "PRINTING", 99),
        claim("industry", "Printing", 99, "model", url="https://news.example/"),
    )
    assert best["industry"].value == "Media"
    assert [fact.state for fact in Fact.select().where(Fact.value_key == "printing")] == [FactState.REJECTED]


def test_a_kept_fact_stays_best_and_two_clicks_count_once(cast, company):
    look_up(cast.alice, company, claim("industry", "Printing", 60), claim("industry", "Media", 80, "wikidata"))
    fact = Fact.get(Fact.value == "Printing")
    for _ in range(2):
        kept = facts.keep_fact(cast.bob, fact)
    assert kept.is_best and kept.state is FactState.KEPT and kept.decided_by_id == cast.bob.user_id
    best = look_up(cast.alice, company, claim("industry", "Software", 99), claim("industry", "Media", 99, "wikidata"))
    assert best["industry"].value == "Printing"
    assert CoverageDay.get(field="industry", stage="website").accepted == 1
    assert CoverageDay.get(field="industry", stage="").accepted == 1


def test_a_kept_fact_that_is_found_again_stays_kept(cast, company):
    fact = look_up(cast.alice, company, claim("industry", "Printing", 60))["industry"]
    facts.keep_fact(cast.bob, fact)
    best = look_up(cast.alice, company, claim("industry", "PRINTING", 20), claim("industry", "Media", 99, "wikidata"))
    assert best["industry"].state is FactState.KEPT and best["industry"].value == "PRINTING"


def test_whoever_thinks_better_of_it_may_keep_what_was_rejected(cast, company):
    best = look_up(cast.alice, company, claim("industry", "Printing", 60))
    facts.reject(cast.bob, best["industry"])
    assert look_up(cast.alice, company, claim("industry", "Printing", 60)) == {}
    assert facts.keep_fact(cast.alice, best["industry"]).is_best


def test_what_has_no_evidence_is_kept_apart_and_cannot_be_kept_as_right(cast, company):
    subject = supported_by(claim("city", "Halden", 50), without=[claim("city", "Oslo", 99, "model")])
    _, result = result_of(cast.alice, company)
    best = facts.keep(company, subject, result)
    unsupported = Fact.get(Fact.state == FactState.UNSUPPORTED)
    assert best["city"].value == "Halden" and unsupported.value == "Oslo" and not unsupported.is_best
    with pytest.raises(Invalid, match="add it yourself"):
        facts.keep_fact(cast.alice, unsupported)
    facts.reject(cast.alice, unsupported)
    assert Fact.get_by_id(unsupported.id).state is FactState.REJECTED


def test_evidence_that_turns_up_makes_an_unsupported_fact_a_found_one(cast, company):
    subject = supported_by(without=[claim("city", "Oslo", 90, "model")])
    facts.keep(company, subject, result_of(cast.alice, company)[1])
    best = look_up(cast.alice, company, claim("city", "Oslo", 70, "model"))
    assert best["city"].state is FactState.FOUND and Fact.select().count() == 1


def test_a_company_that_was_known_by_its_name_learns_its_domain(cast):
    company = companies.company_of(cast.acme, name="Halden Studio")
    _, result = result_of(cast.alice, company)
    facts.keep(company, supported_by(claim("industry", "Design", 80), domain="www.Halden.example"), result)
    assert company.domain == "halden.example" and Company.get().domain == "halden.example"
    assert EnrichmentResult.get().company_id == company.id


def test_it_becomes_the_company_that_has_the_domain_already(cast, company):
    printing = claim("industry", "Printing", 60)
    look_up(cast.alice, company, printing, printing._replace(method="wikidata", source_url="https://wikidata.org/x"))
    named = companies.company_of(cast.acme, name="Halden Studio")
    best = look_up(cast.alice, named, claim("industry", "Printing", 60), claim("city", "Oslo", 90))
    facts.reject(cast.alice, best["industry"])
    asked = look_up(cast.alice, named, claim("phone", "+47 22 12 34 56", 80), domain="halden.example")
    assert named.id == company.id and Company.select().count() == 1
    assert set(asked) == {"city", "phone"}
    assert {result.company_id for result in EnrichmentResult.select()} == {company.id}


def test_what_was_known_by_a_name_goes_to_the_company_that_the_name_turns_out_to_be(cast, company):
    named = companies.company_of(cast.acme, name="Halden Studio")
    fact = look_up(cast.alice, named, claim("industry", "Printing", 60))["industry"]
    _, result = result_of(cast.alice, named)  # looked up by its name, and the caller has learned the domain
    best = facts.keep(company, supported_by(claim("city", "Oslo"), domain="halden.example"), result)
    assert set(best) == {"city", "industry"} and best["industry"].id == fact.id
    assert [row.domain for row in Company.select()] == ["halden.example"]


def test_a_company_is_made_once_and_is_its_workspaces(cast, company):
    assert companies.company_of(cast.acme, domain="halden.example") == company
    assert companies.company_of(cast.other, domain="halden.example") != company
    assert companies.company_of(cast.acme, name="Ångström") == companies.company_of(cast.acme, name="angstrom")
    with pytest.raises(Invalid):
        companies.company_of(cast.acme)


def test_a_company_that_is_gone_the_moment_it_was_made_is_made_again(cast, monkeypatch):
    execute, lost = ModelInsert.execute, []

    def losing(query, *args):
        made = execute(query, *args)
        if not lost and query.model is Company:
            lost.append(Company.delete().execute())  # another job has found out its domain
        return made

    monkeypatch.setattr(ModelInsert, "execute", losing)
    company = companies.company_of(cast.acme, name="Halden")
    assert lost == [1] and [row.id for row in Company.select()] == [company.id]


def test_what_was_asked_and_found_is_counted_by_field_and_stage(cast, company):
    asked = {WaterfallStage.WEBSITE: ["city", "industry"], WaterfallStage.WIKIDATA: ["city"]}
    look_up(cast.alice, company, claim("city", "Oslo", 60, "wikidata"), claim("phone", "+47 22 12 34 56"), asked=asked)
    rows = CoverageDay.select(CoverageDay.field, CoverageDay.stage, CoverageDay.asked, CoverageDay.found)
    assert sorted(rows.tuples()) == [
        ("city", "", 1, 1),
        ("city", "website", 1, 0),
        ("city", "wikidata", 1, 1),
        ("industry", "", 1, 0),
        ("industry", "website", 1, 0),
    ]


def test_a_fact_is_seen_by_who_sees_a_lead_there_or_asked_for_it(cast, company):
    own = factories.member(cast.acme, "Olga Own", reach="own")
    fact = look_up(cast.alice, company, claim("city", "Oslo"))["city"]
    assert facts.get_fact(cast.bob, fact.id) == fact
    for outsider in (own, cast.charlie):
        with pytest.raises(NotFound):
            facts.get_fact(outsider, fact.id)
    lead = factories.lead(cast.acme, domain="halden.example", owner=own.user_id)
    assert facts.get_fact(own, fact.id) == fact
    lead.delete_instance()
    look_up(own, company, claim("city", "Oslo"))
    assert facts.get_fact(own, fact.id) == fact
    with pytest.raises(NotFound):
        facts.get_fact(cast.bob, 2**40)


def test_a_fact_that_is_gone_is_said_to_be(cast, company):
    fact = look_up(cast.alice, company, claim("city", "Oslo"))["city"]
    look_up(cast.alice, company, claim("city", "Bergen"))
    for verb in (facts.keep_fact, facts.reject):
        with pytest.raises(NotFound, match="newer"):
            verb(cast.alice, fact)


def test_a_fact_tells_when_it_was_last_found(cast, company):
    later = now() + timedelta(days=40)
    look_up(cast.alice, company, claim("city", "Oslo"), claim("phone", "+47 22 12 34 56"))
    with freeze(later):
        look_up(cast.alice, company, claim("city", "Oslo"))
    assert Fact.get(field="city").found_at == later > Fact.get(field="phone").found_at
    assert Company.get().enriched_at == later


def test_a_job_of_another_workspace_has_facts_of_its_own(cast, company):
    look_up(cast.alice, company, claim("city", "Oslo"))
    other = companies.company_of(cast.other, domain="halden.example")
    look_up(cast.charlie, other, claim("city", "Bergen"))
    assert values(company, "city") == ["Oslo"] and values(other, "city") == ["Bergen"]
    assert job_of(cast.charlie).workspace_id == cast.other.id
