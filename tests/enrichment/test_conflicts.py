"""Conflicts with what people typed: accepted, rejected, several at once, by two people, and settled by themselves."""

import pytest

from tests import factories
from tests.enrichment.claimed import claim, enrich, look_up
from webapp.accounts.models import Reach
from webapp.core import errors
from webapp.enrichment import companies, conflicts, facts
from webapp.enrichment.models import Conflict, ConflictState, CoverageDay, Fact, FactState, Policy
from webapp.leads import adding, bulk, editing, history, restoring
from webapp.leads.models import Activity, ActivityKind, Lead
from webapp.leads.queries import get_lead

OSLO, BERGEN = claim("city", "Oslo", 90), claim("city", "Bergen", 90)


@pytest.fixture
def company(cast):
    return companies.company_of(cast.acme, domain="globex.example", name="Globex")


@pytest.fixture
def lead(cast):
    fields = {"company": "Globex", "email": "gina@globex.example", "city": "Halden", "employees": 50}
    return adding.add_lead(cast.alice, fields)


def disagree(member, company, *claims):
    return enrich(member, company, *(claims or (OSLO,)), policy=Policy.REFRESH)


def waiting(member):
    return [(one.lead_id, one.field, one.fact.value) for one in conflicts.waiting(member).rows]


def city(lead):
    return Lead.get_by_id(lead.id).city


def edit(member, lead, **fields):
    editing.edit_lead(get_lead(member, lead.id), fields, actor=member)


def test_accepting_writes_the_value_as_if_the_member_had_typed_it_and_keeps_the_fact(cast, company, lead):
    disagree(cast.alice, company, OSLO, claim("employees", "120", 90))
    assert sorted(waiting(cast.bob)) == [(lead.id, "city", "Oslo"), (lead.id, "employees", "120")]
    for conflict in conflicts.waiting(cast.bob).rows:
        conflicts.accept(cast.bob, conflict)
    fresh = Lead.get_by_id(lead.id)
    assert (fresh.city, fresh.employees) == ("Oslo", 120) and waiting(cast.bob) == []
    entries = Activity.select().where(Activity.kind == ActivityKind.EDITED, Activity.actor == cast.bob.user_id)
    assert {name: pair for entry in entries for name, pair in entry.data["changes"].items()} == {
        "city": ["Halden", "Oslo"],
        "employees": [50, 120],
    }
    assert {fact.state for fact in Fact.select()} == {FactState.KEPT}
    assert CoverageDay.get(field="city", stage="").accepted == 1
    disagree(cast.alice, company, BERGEN)
    assert city(lead) == "Oslo" and waiting(cast.bob) == []


def test_an_accepted_value_can_be_restored(cast, company, lead):
    disagree(cast.alice, company)
    conflicts.accept(cast.bob, Conflict.get())
    [entry] = [row for row in history.changes(cast.alice, lead=lead).rows if row.actor_id == cast.bob.user_id]
    restoring.restore(cast.alice, entry)
    assert city(lead) == "Halden"


def test_rejecting_leaves_the_lead_as_it_is_and_does_not_ask_again(cast, company, lead):
    other = factories.lead(cast.acme, domain="globex.example")
    disagree(cast.alice, company)
    conflicts.reject(cast.bob, Conflict.get())
    assert city(lead) == "Halden" and waiting(cast.bob) == []
    disagree(cast.alice, company, claim("city", "OSLO", 95))
    assert waiting(cast.bob) == [] and city(other) == "Oslo"  # it was about one lead, not about the company
    disagree(cast.alice, company, BERGEN)
    assert waiting(cast.bob) == [(lead.id, "city", "Bergen")]
    disagree(cast.alice, company)
    assert waiting(cast.bob) == [] and Conflict.select().where(Conflict.state == ConflictState.GONE).count() == 1
    assert CoverageDay.get(field="city", stage="website").rejected == 1


def test_of_a_field_one_waits_and_another_fact_takes_its_place(cast, company, lead):
    for _ in range(2):
        disagree(cast.alice, company)
    assert Conflict.select().count() == 1
    disagree(cast.alice, company, BERGEN)
    assert waiting(cast.alice) == [(lead.id, "city", "Bergen")]


def test_what_was_edited_since_is_asked_about_anew(cast, company, lead):
    disagree(cast.alice, company)
    edit(cast.alice, lead, city="Moss")
    disagree(cast.alice, company)
    [asked] = conflicts.waiting(cast.alice).rows
    assert asked.lead_value == "Moss"
    edit(cast.alice, lead, city="oslo")
    disagree(cast.alice, company)
    assert {row.state for row in Conflict.select()} == {ConflictState.GONE}


def test_the_second_of_two_people_is_told(cast, company, lead):
    disagree(cast.alice, company)
    seen = [conflicts.get_conflict(member, Conflict.get().id) for member in (cast.alice, cast.bob)]
    conflicts.reject(cast.alice, seen[0])
    with pytest.raises(errors.Conflict, match="meanwhile"):
        conflicts.accept(cast.bob, seen[1])
    assert city(lead) == "Halden" and Conflict.get().state is ConflictState.REJECTED
    assert Conflict.get().decided_by_id == cast.alice.user_id


@pytest.mark.parametrize("decide", [conflicts.accept, conflicts.reject])
def test_a_lead_that_was_edited_meanwhile_settles_it(cast, company, lead, decide):
    disagree(cast.alice, company)
    conflict = conflicts.get_conflict(cast.bob, Conflict.get().id)
    edit(cast.alice, lead, city="Moss")
    assert waiting(cast.bob) == [] and conflicts.count_waiting(cast.bob) == 0
    with pytest.raises(errors.Conflict, match="meanwhile"):
        decide(cast.bob, conflict)
    assert city(lead) == "Moss" and Conflict.get().state is ConflictState.GONE
    assert CoverageDay.select().where((CoverageDay.accepted > 0) | (CoverageDay.rejected > 0)).count() == 0


def test_a_fact_that_is_not_the_best_any_more_settles_it(cast, company, lead):
    disagree(cast.alice, company)
    conflict = conflicts.get_conflict(cast.bob, Conflict.get().id)
    look_up(cast.alice, company, claim("city", "Bergen", 99, "wikidata"))
    assert waiting(cast.bob) == []
    with pytest.raises(errors.Conflict):
        conflicts.accept(cast.bob, conflict)
    assert city(lead) == "Halden" and Conflict.get().state is ConflictState.GONE


def test_a_rejected_fact_settles_its_conflicts(cast, company, lead):
    disagree(cast.alice, company)
    conflict = conflicts.get_conflict(cast.bob, Conflict.get().id)
    facts.reject(cast.bob, conflict.fact)
    assert waiting(cast.bob) == []
    with pytest.raises(errors.Conflict):
        conflicts.accept(cast.bob, conflict)
    assert city(lead) == "Halden"


def test_several_are_decided_each_for_itself(cast, company, lead):
    others = [factories.lead(cast.acme, domain="globex.example", city="Moss") for _ in range(3)]
    disagree(cast.alice, company)
    ids = [row.id for row in conflicts.waiting(cast.bob).rows]
    edit(cast.alice, others[0], city="Voss")
    assert conflicts.accept_many(cast.bob, [*ids, ids[0], 2**40]) == (3, 2)
    assert [city(one) for one in (lead, *others)] == ["Oslo", "Voss", "Oslo", "Oslo"]
    assert conflicts.reject_many(cast.bob, ids) == (0, 4)


def test_a_member_sees_and_decides_those_of_their_leads_only(cast, company, lead):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    mine = factories.lead(cast.acme, domain="globex.example", city="Moss", owner=olga.user_id)
    disagree(cast.alice, company)
    assert waiting(olga) == [(mine.id, "city", "Oslo")] and waiting(cast.charlie) == []
    foreign = Conflict.get(Conflict.lead == lead.id)
    for outsider in (olga, cast.charlie):
        with pytest.raises(errors.NotFound):
            conflicts.get_conflict(outsider, foreign.id)
        with pytest.raises(errors.NotFound):
            conflicts.accept(outsider, foreign)
        assert conflicts.accept_many(outsider, [foreign.id]) == (0, 1)
    assert city(lead) == "Halden" and Conflict.get_by_id(foreign.id).state is ConflictState.WAITING


def test_those_of_deleted_leads_wait_out_of_sight(cast, company, lead):
    disagree(cast.alice, company)
    conflict = conflicts.get_conflict(cast.bob, Conflict.get().id)
    bulk.delete_leads(cast.alice, [lead.id])
    assert waiting(cast.alice) == []
    with pytest.raises(errors.NotFound):
        conflicts.accept(cast.bob, conflict)
    bulk.restore_leads(cast.alice, [lead.id])
    assert len(waiting(cast.alice)) == 1


def test_the_queue_comes_in_pages(cast, company):
    for number in range(5):
        factories.lead(cast.acme, domain="globex.example", city=f"Town {number}")
    disagree(cast.alice, company)
    first = conflicts.waiting(cast.alice, size=3)
    rest = conflicts.waiting(cast.alice, first.older, size=3)
    assert [len(first.rows), len(rest.rows), rest.older] == [3, 2, None]
    assert len({row.id for row in (*first.rows, *rest.rows)}) == 5
    assert first.rows[0].lead.city == "Town 4" and first.rows[0].fact.company.name == "Globex"
