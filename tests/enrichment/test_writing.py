"""What enrichment writes into leads: by policy, within reach, and never over what a person typed."""

import io

import pytest

from db import db, is_sqlite
from tests import factories
from tests.enrichment.claimed import claim, enrich, job_of, look_up
from webapp.accounts.centers import create_center, put_in
from webapp.accounts.models import Membership, Reach, Role
from webapp.core.errors import Forbidden
from webapp.enrichment import companies, facts, writing
from webapp.enrichment.models import Conflict, Fact, LeadWrite, Policy
from webapp.imports import starting, undoing, uploading
from webapp.imports.models import Import
from webapp.leads import adding, bulk, editing, history, merging, restoring, scoring
from webapp.leads.conditions import Condition
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.queries import get_lead
from webapp.leads.score_running import score_leads

OSLO, BERGEN = claim("city", "Oslo", 90), claim("city", "Bergen", 90)
ALWAYS = (Policy.FILL, Policy.REFRESH, Policy.OVERWRITE)


@pytest.fixture
def company(cast):
    return companies.company_of(cast.acme, domain="globex.example", name="Globex")


@pytest.fixture
def lead(cast):
    """A lead that Alice typed, without a city."""
    return adding.add_lead(cast.alice, {"company": "Globex", "email": "gina@globex.example", "first_name": "Gina"})


@pytest.fixture
def imported_lead(cast, run_jobs):
    """A lead that an import brought, from Bergen."""
    return import_row(cast.alice, run_jobs, "E-mail,Company,City\ngus@globex.example,Globex,Bergen\n")


def import_row(member, run_jobs, text, **options):
    imported = uploading.upload(member, "some.csv", io.BytesIO(text.encode()))
    starting.keep_options(imported, basis="interest", **options)
    starting.start_import(imported)
    run_jobs()
    return Lead.select().order_by(Lead.id.desc()).first()


def city(lead):
    return Lead.get_by_id(lead.id).city


def entries(lead, kind=ActivityKind.ENRICHED):
    return [row.data for row in Activity.select().where(Activity.lead == lead.id, Activity.kind == kind)]


# ------------------------------------------------------------------------ what is written


def test_empty_fields_are_filled_and_the_timeline_tells(cast, company, lead):
    claims = (
        OSLO, claim("country", "Norwegen", 90), claim("employees", "1,200", 90), claim("industry", "Printing", 90),
        claim("website", "http://www.globex.example/", 90), claim("ticker", "GLX", 90),
        claim("company_name", "GLOBEX", 90),
    )  # fmt: skip
    assert enrich(cast.alice, company, *claims) == 1
    fresh = Lead.get_by_id(lead.id)
    assert (fresh.city, fresh.country, fresh.employees, fresh.industry) == ("Oslo", "Norway", 1200, "Printing")
    assert (fresh.website, fresh.company) == ("http://www.globex.example/", "Globex")
    [told] = entries(lead)
    assert (told["company_id"], told["found"], told["asked"]) == (company.id, 7, 29)
    assert told["changes"]["employees"] == [None, 1200] and told["changes"]["city"] == ["", "Oslo"]
    writes = {(row.field, row.value) for row in LeadWrite.select()}
    assert ("employees", "1200") in writes and ("city", "Oslo") in writes and len(writes) == 5


def test_what_is_derived_is_right_at_once(cast, company, run_jobs):
    scoring.add_rule(cast.acme, "fit", Condition.read("city.is.Oslo"), 20, actor=cast.alice)
    run_jobs()
    named = companies.company_of(cast.acme, name="Globex Norge")
    lead = adding.add_lead(cast.alice, {"company": "Globex Norge", "last_name": "Ås", "email": "s@gmail.com"})
    assert lead.domain == ""
    enrich(cast.alice, named, OSLO, claim("website", "https://globex.no", 90), domain="globex.no")
    fresh = Lead.get_by_id(lead.id)
    assert (fresh.domain, fresh.company_key, fresh.name_key) == ("globex.no", "globex norge", "as")
    assert fresh.search_text.splitlines() == ["globex norge", "as", "s@gmail.com", "globex.no"]
    score_leads(cast.acme.id, pause=0)
    assert Lead.get_by_id(lead.id).score == 20


def test_all_leads_at_the_company_get_it_and_nobody_elses(cast, company, lead):
    same = factories.lead(cast.acme, domain="globex.example")
    others = [
        factories.lead(cast.acme, company="Globex", domain="globex.test"),
        factories.lead(cast.acme, company="Globex"),
        factories.lead(cast.other, domain="globex.example"),
    ]
    gone = factories.lead(cast.acme, domain="globex.example")
    bulk.delete_leads(cast.alice, [gone.id])
    assert enrich(cast.alice, company, OSLO) == 2
    assert [city(one) for one in (lead, same, *others, gone)] == ["Oslo", "Oslo", "", "", "", ""]


def test_without_a_domain_the_name_says_which_leads(cast):
    company = companies.company_of(cast.acme, name="Ångström")
    lead, other = factories.lead(cast.acme, "ANGSTROM"), factories.lead(cast.acme, "Angstrom", domain="angstrom.test")
    enrich(cast.alice, company, OSLO)
    assert (city(lead), city(other)) == ("Oslo", "")


def test_many_leads_are_written_in_batches(cast, company):
    leads = [factories.lead(cast.acme, domain="globex.example") for _ in range(2 * writing.BATCH + 1)]
    assert enrich(cast.alice, company, OSLO) == len(leads)
    assert Lead.select().where(Lead.city == "Oslo").count() == len(leads) == LeadWrite.select().count()


def test_a_second_run_changes_nothing_and_tells_nothing(cast, company, lead):
    job = job_of(cast.alice)
    look_up(cast.alice, company, OSLO)
    assert [writing.write(company, job) for _ in range(2)] == [1, 0]
    assert len(entries(lead)) == 1


def test_the_lead_that_was_asked_about_tells_of_it_once_even_where_nothing_changed(cast, company, lead):
    other = factories.lead(cast.acme, domain="globex.example")
    enrich(cast.alice, company, claim("ticker", "GLX"), lead=lead)
    assert [entry["changes"] for entry in entries(lead)] == [{}] and entries(other) == []
    job = Activity.get(Activity.lead == lead.id, Activity.kind == ActivityKind.ENRICHED).data["job_id"]
    writing.write(company, type(job_of(cast.alice)).get_by_id(job))
    assert len(entries(lead)) == 1


def test_only_the_leads_that_are_named_and_at_the_company(cast, company, lead):
    other, foreign = factories.lead(cast.acme, domain="globex.example"), factories.lead(cast.acme)
    look_up(cast.alice, company, OSLO)
    assert writing.write(company, job_of(cast.alice), [other.id, foreign.id]) == 1
    assert [city(one) for one in (lead, other, foreign)] == ["", "Oslo", ""]


def test_only_what_the_job_asked_for_is_written(cast, company, lead):
    look_up(cast.alice, company, OSLO, claim("industry", "Printing", 90))
    writing.write(company, job_of(cast.alice, fields=["industry", "ticker"]))
    fresh = Lead.get_by_id(lead.id)
    assert (fresh.city, fresh.industry) == ("", "Printing")
    assert (entries(lead)[0]["found"], entries(lead)[0]["asked"]) == (1, 2)


def test_what_is_unsure_waits_until_somebody_keeps_it(cast, company, lead):
    enrich(cast.alice, company, claim("city", "Oslo", 49))
    assert city(lead) == ""
    facts.keep_fact(cast.bob, Fact.get())
    assert city(lead) == "Oslo"
    assert Activity.get(kind=ActivityKind.ENRICHED).actor_id == cast.bob.user_id


def test_nothing_makes_a_lead_one_of_another_company(cast, company, lead):
    for policy in ALWAYS:
        enrich(cast.alice, company, claim("website", "https://elsewhere.example", 95), policy=policy)
    assert (Lead.get_by_id(lead.id).website, Lead.get_by_id(lead.id).domain) == ("", "globex.example")
    named = companies.company_of(cast.acme, name="Initech")
    other = factories.lead(cast.acme, "Initech", origin_row=2)
    enrich(cast.alice, named, claim("company_name", "Umbrella", 95), policy=Policy.OVERWRITE)
    assert Lead.get_by_id(other.id).company == "Initech"


# ------------------------------------------------------------------------ whose value it is


def test_what_a_person_typed_stays_under_every_policy_and_waits_for_their_word(cast, company, lead):
    editing.edit_lead(lead, {"city": "Bergen"}, actor=cast.alice)
    for policy, count in zip(ALWAYS, (0, 1, 1), strict=True):
        assert enrich(cast.alice, company, OSLO, policy=policy) == 0
        assert Conflict.select().count() == count
    assert city(lead) == "Bergen"
    conflict = Conflict.get()
    assert (conflict.field, conflict.lead_value, conflict.fact.value) == ("city", "Bergen", "Oslo")


def test_what_was_typed_when_the_lead_was_added_is_a_persons_too(cast, company):
    lead = adding.add_lead(cast.alice, {"email": "a@globex.example", "city": "Bergen", "first_name": "Al"})
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(lead) == "Bergen" and Conflict.select().count() == 1


def test_what_an_import_wrote_gives_way_to_overwriting_only(cast, company, imported_lead):
    for policy, wanted in zip(ALWAYS, ("Bergen", "Bergen", "Oslo"), strict=True):
        enrich(cast.alice, company, OSLO, policy=policy)
        assert city(imported_lead) == wanted
    assert Conflict.select().count() == 0


def test_what_an_import_changed_is_the_imports(cast, company, lead, run_jobs):
    editing.edit_lead(lead, {"city": "Halden"}, actor=cast.alice)
    text = "E-mail,Company,City\ngina@globex.example,Globex,Bergen\n"
    import_row(cast.alice, run_jobs, text, policy="update")
    assert city(lead) == "Bergen"
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(lead) == "Oslo"


def test_what_the_undoing_of_an_import_brought_back_is_whose_it_was(cast, company, lead, run_jobs):
    editing.edit_lead(lead, {"city": "Halden"}, actor=cast.alice)
    import_row(cast.alice, run_jobs, "E-mail,Company,City\ngina@globex.example,Globex,Bergen\n", policy="update")
    [done] = Import.select()
    undoing.undo_import(done, actor=cast.alice)
    run_jobs()
    assert city(lead) == "Halden"
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(lead) == "Halden" and Conflict.get().lead_value == "Halden"


def test_what_an_import_wrote_and_the_undoing_of_another_brought_back_is_an_imports(
    cast, company, imported_lead, run_jobs
):
    import_row(cast.alice, run_jobs, "E-mail,Company,City\ngus@globex.example,Globex,Moss\n", policy="update")
    assert city(imported_lead) == "Moss"
    undoing.undo_import(Import.select().order_by(Import.id.desc()).get(), actor=cast.alice)
    run_jobs()
    assert city(imported_lead) == "Bergen"
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(imported_lead) == "Oslo"


def test_what_enrichment_wrote_gives_way_to_refreshing(cast, company, lead):
    enrich(cast.alice, company, OSLO)
    enrich(cast.alice, company, BERGEN)
    assert city(lead) == "Oslo"
    enrich(cast.alice, company, BERGEN, policy=Policy.REFRESH)
    assert city(lead) == "Bergen" and LeadWrite.get().value == "Bergen"


def test_what_a_person_typed_over_enrichment_is_the_persons_even_when_it_is_the_same(cast, company, lead):
    enrich(cast.alice, company, OSLO)
    lead = get_lead(cast.alice, lead.id)
    editing.edit_lead(lead, {"city": "Bergen"}, actor=cast.alice)
    editing.edit_lead(lead, {"city": "Oslo"}, actor=cast.alice)
    enrich(cast.alice, company, BERGEN, policy=Policy.OVERWRITE)
    assert city(lead) == "Oslo" and Conflict.get().lead_value == "Oslo"


def test_what_somebody_emptied_does_not_come_back_by_itself_but_another_value_does(cast, company, lead):
    enrich(cast.alice, company, OSLO)
    editing.edit_lead(get_lead(cast.alice, lead.id), {"city": ""}, actor=cast.bob)
    enrich(cast.alice, company, OSLO)
    assert city(lead) == "" and Conflict.get().lead_value == ""
    enrich(cast.alice, company, BERGEN)
    assert city(lead) == "Bergen"


def test_what_was_chosen_in_a_merge_is_a_persons(cast, company, imported_lead, lead):
    editing.edit_lead(lead, {"city": "Halden"}, actor=cast.alice)
    merging.merge_leads(imported_lead, lead, {"city": "other"}, actor=cast.alice)
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(imported_lead) == "Halden" and Conflict.select().count() == 1


def test_the_same_written_otherwise_is_no_difference(cast, company):
    fields = {"city": " OSLO", "country": "Norwegen", "website": "http://globex.example"}
    lead = factories.lead(cast.acme, **fields, domain="globex.example")
    claims = OSLO, claim("country", "Norway"), claim("website", "https://www.globex.example/")
    assert enrich(cast.alice, company, *claims, policy=Policy.OVERWRITE) == 0
    assert Conflict.select().count() == 0 and city(lead) == " OSLO"


# ------------------------------------------------------------------------ reach


def test_only_the_leads_within_its_makers_reach_are_written(cast, company):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    berlin = create_center(cast.acme, "Berlin")
    cleo = factories.member(cast.acme, "Cleo Center", reach=Reach.CENTERS)
    put_in(berlin, cleo.user_id, actor=cast.alice)
    mine = factories.lead(cast.acme, domain="globex.example", owner=olga.user_id)
    centers = factories.lead(cast.acme, domain="globex.example", center=berlin.id)
    nobodys = factories.lead(cast.acme, domain="globex.example")
    enrich(olga, company, OSLO)
    assert [city(one) for one in (mine, centers, nobodys)] == ["Oslo", "", ""]
    enrich(cleo, company, OSLO)
    assert [city(one) for one in (mine, centers, nobodys)] == ["Oslo", "Oslo", ""]


def test_a_lead_that_leaves_its_reach_this_moment_is_not_written(cast, company, monkeypatch):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    gone, given, kept = (factories.lead(cast.acme, domain="globex.example", owner=olga.user_id) for _ in range(3))
    hold = writing.hold

    def held(ids):  # after it was looked for, and before it is locked
        bulk.delete_leads(cast.alice, [gone.id])
        Lead.update(owner=cast.bob.user_id).where(Lead.id == given.id).execute()
        hold(ids)

    monkeypatch.setattr(writing, "hold", held)
    assert enrich(olga, company, OSLO) == 1
    assert [city(one) for one in (gone, given, kept)] == ["", "", "Oslo"]


def test_who_may_not_write_any_more_writes_nothing(cast, company, lead):
    job = job_of(cast.bob)
    look_up(cast.bob, company, OSLO)
    Membership.update(role=Role.VIEWER).where(Membership.user == cast.bob.user_id).execute()
    with pytest.raises(Forbidden):
        writing.write(company, job)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    with pytest.raises(Forbidden):
        writing.write(company, job)
    assert city(lead) == ""


# ------------------------------------------------------------------------ back


def test_one_value_of_what_was_written_can_be_restored(cast, company, lead):
    enrich(cast.alice, company, OSLO, claim("industry", "Printing", 90))
    [entry] = [row for row in history.changes(cast.alice, lead=lead).rows if row.kind is ActivityKind.ENRICHED]
    assert {change.name for change in entry.changes} == {"city", "industry"}
    restoring.restore(cast.bob, history.get_change(cast.alice, entry.id), ["city"])
    fresh = Lead.get_by_id(lead.id)
    assert (fresh.city, fresh.industry) == ("", "Printing")
    enrich(cast.alice, company, OSLO)
    assert city(lead) == ""


def test_rejecting_a_fact_takes_its_value_from_the_leads_that_have_it_from_enrichment(cast, company, lead):
    typed = factories.lead(cast.acme, domain="globex.example", city="Oslo")
    enrich(cast.alice, company, OSLO, claim("city", "Bergen", 70, "wikidata"))
    facts.reject(cast.bob, Fact.get(Fact.value == "Oslo"))
    assert (city(lead), city(typed)) == ("Bergen", "Oslo")  # the next best one
    facts.reject(cast.bob, Fact.get(Fact.value == "Bergen"))
    assert city(lead) == ""
    enrich(cast.alice, company, OSLO, BERGEN, policy=Policy.OVERWRITE)
    assert city(lead) == "" and city(typed) == "Oslo"


def test_what_an_import_had_written_before_comes_back_with_a_rejection(cast, company, imported_lead):
    enrich(cast.alice, company, OSLO, policy=Policy.OVERWRITE)
    assert city(imported_lead) == "Oslo"
    facts.reject(cast.bob, Fact.get())
    assert city(imported_lead) == "Bergen"


def test_a_rejection_reaches_only_the_leads_that_its_member_sees(cast, company):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    mine = factories.lead(cast.acme, domain="globex.example", owner=olga.user_id)
    other = factories.lead(cast.acme, domain="globex.example")
    enrich(cast.alice, company, OSLO)
    facts.reject(olga, Fact.get())
    assert (city(mine), city(other)) == ("", "Oslo")


def test_a_member_of_another_workspace_changes_nothing(cast, company, lead):
    look_up(cast.alice, company, OSLO)
    job = job_of(cast.charlie)
    assert writing.write(company, job) == 0 and city(lead) == ""


def test_the_leads_at_a_company_are_found_along_an_index(cast, company):
    if not is_sqlite():
        pytest.skip("Postgres reads a small table as a whole")
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for one in (company, companies.company_of(cast.acme, name="Globex")):
        for member in (cast.alice, olga):
            sql, values = companies.leads_at(member, one, ("initech",)).sql()
            plan = " ".join(row[-1] for row in db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            assert "SCAN lead" not in plan and ("lead_by_company" in plan or "lead_by_person" in plan)  # begin alike
            assert ("lead_by_domain" in plan) == bool(one.domain)
