import json

import pytest

from tests import factories
from webapp.accounts.models import Reach
from webapp.core.errors import Conflict, Invalid
from webapp.leads.bulk import delete_leads, restore_leads
from webapp.leads.bulk_kinds import KINDS
from webapp.leads.editing import Duplicate, Stale, add_lead, check_unchanged, edit_lead, seen
from webapp.leads.filters import Filter
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.leads.queries import chosen_leads, get_lead, visible

NEW = {"first_name": " Ann ", "last_name": "Ångström", "email": "Ann@Globex.Example ", "value": 64000}


def kinds(lead_id):
    return [entry.kind for entry in Activity.select().where(Activity.lead == lead_id).order_by(Activity.id)]


def test_adding_a_lead_cleans_it_and_makes_it_findable(cast):
    lead = add_lead(cast.bob, {**NEW, "owner": cast.alice.user_id, "website": "globex.example"}, stage=Stage.REPLIED)
    stored = Lead.get_by_id(lead.id)
    assert (stored.first_name, stored.email, stored.domain) == ("Ann", "ann@globex.example", "globex.example")
    assert (stored.owner_id, stored.stage, stored.value) == (cast.alice.user_id, Stage.REPLIED, 64000)
    assert stored.replied_at == stored.created_at
    assert [found.id for found in chosen_leads(cast.bob, Filter(search="angstr"))] == [lead.id]
    assert kinds(lead.id) == [ActivityKind.CREATED]


def test_a_known_address_is_refused_with_the_lead_that_has_it(cast):
    first = add_lead(cast.bob, NEW)
    with pytest.raises(Duplicate) as refusal:
        add_lead(cast.bob, NEW)
    assert refusal.value.lead_id == first.id and refusal.value.field == "email"
    assert add_lead(cast.charlie, NEW).id != first.id  # another workspace's addresses are its own


def test_a_duplicate_beyond_the_members_reach_is_refused_without_naming_it(cast):
    add_lead(cast.bob, NEW)
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    with pytest.raises(Duplicate) as refusal:
        add_lead(dora, {**NEW, "owner": dora.user_id})
    assert refusal.value.lead_id is None


def test_leads_without_an_address_do_not_collide(cast):
    assert add_lead(cast.bob, {"company": "Globex"}).id != add_lead(cast.bob, {"company": "Globex"}).id


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "first_name"),
        ({"email": "nobody"}, "email"),
        ({"company": "x" * 256}, "company"),
        ({"company": "x", "website": "not a site"}, "website"),
        ({"company": "x", "linkedin": "https://example.org/me"}, "linkedin"),
        ({"company": "x", "linkedin": "javascript:alert(1)"}, "linkedin"),
        ({"company": "x", "value": -1}, "value"),
        ({"company": "x", "employees": 10**9}, "employees"),
        ({"company": "x", "owner": 10**9}, "owner"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(cast, fields, field):
    with pytest.raises(Invalid) as refusal:
        add_lead(cast.bob, fields)
    assert refusal.value.field == field
    assert Lead.select().count() == 0


def test_somebody_of_another_workspace_cannot_own_a_lead(cast):
    with pytest.raises(Invalid):
        add_lead(cast.bob, {"company": "x", "owner": cast.charlie.user_id})


def test_an_edit_records_from_and_to_and_keeps_search_and_domain_in_step(cast):
    lead = add_lead(cast.bob, NEW)
    edit_lead(get_lead(cast.bob, lead.id), {"company": "Initech", "website": "initech.example"}, actor=cast.alice)
    stored = Lead.get_by_id(lead.id)
    assert (stored.domain, stored.company_key) == ("initech.example", "initech")
    assert [found.id for found in chosen_leads(cast.bob, Filter(search="ann initech"))] == [lead.id]
    entry = Activity.get(Activity.kind == ActivityKind.EDITED)
    assert entry.actor_id == cast.alice.user_id
    assert entry.data == {"changes": {"company": ["", "Initech"], "website": ["", "https://initech.example"]}}


def test_an_edit_that_changes_nothing_records_nothing(cast):
    lead = add_lead(cast.bob, NEW)
    edit_lead(lead, {"email": "ANN@globex.example"}, actor=cast.bob)
    assert kinds(lead.id) == [ActivityKind.CREATED]


def test_giving_a_lead_to_somebody_names_both(cast):
    lead = add_lead(cast.bob, {**NEW, "owner": cast.bob.user_id})
    edit_lead(get_lead(cast.bob, lead.id), {"owner": cast.alice.user_id}, actor=cast.bob)
    edit_lead(get_lead(cast.bob, lead.id), {"owner": None}, actor=cast.bob)
    changes = [
        e.data["changes"] for e in Activity.select().where(Activity.kind == ActivityKind.EDITED).order_by(Activity.id)
    ]
    assert changes == [{"owner": ["Bob Baker", "Alice Archer"]}, {"owner": ["Alice Archer", ""]}]
    assert Lead.get_by_id(lead.id).owner_id is None


def test_two_people_editing_the_same_field_do_not_overwrite_each_other(cast):
    lead = add_lead(cast.bob, NEW)
    mine, theirs = get_lead(cast.bob, lead.id), get_lead(cast.alice, lead.id)
    edit_lead(theirs, {"title": "CTO"}, actor=cast.alice)
    with pytest.raises(Conflict):
        edit_lead(mine, {"title": "CEO"}, actor=cast.bob)
    edit_lead(mine, {"phone": "+49 30 1"}, actor=cast.bob)
    stored = Lead.get_by_id(lead.id)
    assert (stored.title, stored.phone) == ("CTO", "+49 30 1")


def test_an_edit_to_a_taken_address_is_refused(cast):
    first, second = add_lead(cast.bob, NEW), add_lead(cast.bob, {"company": "x"})
    with pytest.raises(Duplicate) as refusal:
        edit_lead(second, {"email": NEW["email"]}, actor=cast.bob)
    assert refusal.value.lead_id == first.id and Lead.get_by_id(second.id).email == ""


def test_an_edit_begun_before_somebody_elses_is_refused_with_what_the_field_is_now(cast):
    lead = add_lead(cast.bob, {**NEW, "owner": cast.bob.user_id})
    began = {name: seen(lead, name) for name in ("title", "value", "owner")}
    edit_lead(lead, {"title": "CTO", "value": 5, "owner": cast.alice.user_id}, actor=cast.alice)
    fresh = get_lead(cast.bob, lead.id)
    for name, now in (("title", "“CTO”"), ("value", "“5”"), ("owner", "“Alice Archer”")):
        with pytest.raises(Stale, match=now) as refusal:
            check_unchanged(fresh, name, began[name])
        assert refusal.value.field == name and refusal.value.current == seen(fresh, name)
        check_unchanged(fresh, name, refusal.value.current)


def test_moving_many_touches_only_what_the_member_sees_and_keeps_where_each_came_from(cast):
    one, two = factories.lead(cast.acme), factories.lead(cast.acme, stage=Stage.LOST)
    there, theirs = factories.lead(cast.acme, stage=Stage.REPLIED), factories.lead(cast.other)
    moved = KINDS["stage"].change(cast.bob, [one.id, two.id, there.id, theirs.id], {"stage": "replied"})
    assert {lead_id: json.loads(place)["stage"] for lead_id, place in moved.items()} == {one.id: "new", two.id: "lost"}
    assert Lead.get_by_id(one.id).replied_at and Lead.get_by_id(theirs.id).stage is Stage.NEW
    assert kinds(one.id) == kinds(two.id) == [ActivityKind.STAGE] and kinds(there.id) == []


def test_deleting_and_restoring_goes_through_the_bin(cast):
    lead, theirs = factories.lead(cast.acme), factories.lead(cast.other)
    assert delete_leads(cast.bob, [lead.id, theirs.id]) == [lead.id]
    assert list(visible(cast.bob)) == [] and delete_leads(cast.bob, [lead.id]) == []
    restored, refused = restore_leads(cast.bob, [lead.id, theirs.id])
    assert [found.id for found in restored] == [lead.id] and refused == []
    assert kinds(lead.id) == [ActivityKind.DELETED, ActivityKind.RESTORED]


def test_a_lead_whose_address_was_given_away_stays_in_the_bin(cast):
    old, other = factories.lead(cast.acme, email="a@globex.example"), factories.lead(cast.acme)
    delete_leads(cast.bob, [old.id, other.id])
    factories.lead(cast.acme, email="a@globex.example")
    restored, refused = restore_leads(cast.bob, [old.id, other.id])
    assert [lead.id for lead in restored] == [other.id] and [lead.id for lead in refused] == [old.id]
    assert kinds(old.id) == [ActivityKind.DELETED]
