"""Jobs and people at the same company at once: nobody is refused, nothing is written twice or lost."""

import random
import threading
from contextlib import suppress

from db import db
from tests import factories
from tests.enrichment.claimed import claim, result_of, supported_by
from webapp.core import errors
from webapp.enrichment import companies, conflicts, facts, writing
from webapp.enrichment.models import (
    Company,
    Conflict,
    ConflictState,
    CoverageDay,
    Fact,
    FactState,
    LeadWrite,
    Policy,
    WaterfallStage,
)
from webapp.leads import editing
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.queries import get_lead

ROUNDS = 12


def together(*works):
    """What went wrong in threads with a connection each, one for each of `works`."""
    failed, ready = [], threading.Barrier(len(works))

    def run(work, number):
        with db.connection_context():
            ready.wait(timeout=20)
            try:
                work(random.Random(number))
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=run, args=(work, number)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return failed


def test_two_jobs_with_the_same_company_at_once_know_it_once(cast):
    leads = [factories.lead(cast.acme, domain="globex.example") for _ in range(writing.BATCH + 5)]
    asked = {WaterfallStage.WEBSITE: ["city", "industry"]}

    def work(dice):
        for _ in range(ROUNDS):
            company = companies.company_of(cast.acme, domain="globex.example")
            job, result = result_of(cast.alice, company, policy=Policy.REFRESH)
            claims = claim("city", "Oslo", 90), claim("industry", "Printing", 90), claim("ticker", "GLX")
            with db.atomic():
                facts.keep(company, supported_by(*claims, asked=asked), result)
            writing.write(company, job)

    assert together(work, work, work) == []
    assert Company.select().count() == 1
    assert sorted(Fact.select(Fact.field, Fact.is_best).tuples()) == [
        ("city", True), ("industry", True), ("ticker", True),
    ]  # fmt: skip
    assert CoverageDay.get(field="city", stage="").asked == 3 * ROUNDS == CoverageDay.get(field="city", stage="").found
    assert LeadWrite.select().count() == 2 * len(leads)
    assert Activity.select().where(Activity.kind == ActivityKind.ENRICHED).count() == len(leads)


def test_companies_that_learn_the_same_domain_at_once_become_one(cast):
    def work(dice):
        for number in range(ROUNDS):
            company = companies.company_of(cast.acme, name=f"Halden {dice.randrange(4)}")
            _, result = result_of(cast.alice, company)
            domain = f"halden{number % 3}.example"
            with db.atomic():
                facts.keep(company, supported_by(claim("city", "Oslo"), domain=domain), result)
            assert company.domain == domain and Fact.select().where(Fact.company == company.id).count() == 1

    assert together(work, work, work) == []
    domains = [domain for (domain,) in Company.select(Company.domain).where(Company.domain != "").tuples()]
    assert sorted(domains) == ["halden0.example", "halden1.example", "halden2.example"]
    assert Fact.select().where(Fact.is_best).count() == len({fact.company_id for fact in Fact.select()})


def test_jobs_edits_and_decisions_at_once_end_in_one_order(cast):
    company = companies.company_of(cast.acme, domain="globex.example")
    leads = [factories.lead(cast.acme, domain="globex.example", city="Moss") for _ in range(6)]
    towns = ["Oslo", "Bergen", "Voss"]

    def job(dice):
        for _ in range(ROUNDS):
            ours = Company.get_by_id(company.id)
            begun, result = result_of(cast.alice, ours, policy=dice.choice(list(Policy)))
            with db.atomic():
                facts.keep(ours, supported_by(claim("city", dice.choice(towns), 90)), result)
            writing.write(ours, begun)

    def person(dice):
        for _ in range(ROUNDS):
            with suppress(errors.Conflict):
                lead = get_lead(cast.bob, dice.choice(leads).id)
                editing.edit_lead(lead, {"city": f"Town {dice.random()}"}, actor=cast.bob)

    def decider(dice):
        for _ in range(ROUNDS):
            rows = conflicts.waiting(cast.alice).rows
            decide = dice.choice([conflicts.accept_many, conflicts.reject_many])
            decide(cast.alice, [row.id for row in rows[:3]])
            with suppress(errors.NotFound):
                if fact := Fact.select().where(Fact.is_best).first():
                    dice.choice([facts.keep_fact, facts.reject])(cast.alice, fact)

    assert together(job, job, person, decider) == []
    assert Fact.select().where(Fact.is_best).count() <= 1
    assert not Fact.select().where(Fact.is_best, Fact.state.in_((FactState.REJECTED, FactState.UNSUPPORTED))).exists()
    waiting = Conflict.select(Conflict.lead, Conflict.field).where(Conflict.state == ConflictState.WAITING).tuples()
    assert len(list(waiting)) == len(set(waiting))
    for lead in leads:
        told = list(Activity.select().where(Activity.lead == lead.id).order_by(Activity.id))
        city = "Moss"
        for entry in told:  # each change begins where the one before ended
            if "city" in entry.data.get("changes", {}):
                old, city_then = entry.data["changes"]["city"]
                assert old == city
                city = city_then
        assert Lead.get_by_id(lead.id).city == city


def test_of_two_who_decide_at_once_one_is_told(cast):
    company = companies.company_of(cast.acme, domain="globex.example")
    lead = factories.lead(cast.acme, domain="globex.example", city="Moss")
    begun, result = result_of(cast.alice, company, policy=Policy.REFRESH)
    facts.keep(company, supported_by(claim("city", "Oslo", 90)), result)
    writing.write(company, begun)
    seen = [conflicts.get_conflict(member, Conflict.get().id) for member in (cast.alice, cast.bob)]
    failed = together(
        lambda dice: conflicts.accept(cast.alice, seen[0]), lambda dice: conflicts.reject(cast.bob, seen[1])
    )
    assert [type(error) for error in failed] == [errors.Conflict]
    accepted = Conflict.get().state is ConflictState.ACCEPTED
    assert Lead.get_by_id(lead.id).city == ("Oslo" if accepted else "Moss")
