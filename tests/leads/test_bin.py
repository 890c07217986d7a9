from datetime import timedelta

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import AuditEntry, Reach, Role
from webapp.core.clock import freeze, now
from webapp.leads import bin, bulk, todos
from webapp.leads.merging import merge_leads
from webapp.leads.models import Activity, ActivityKind, Lead, Todo


@pytest.fixture
def lead(cast):
    lead = factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", email="gina@globex.example")
    bulk.delete_leads(cast.bob, [lead.id])
    return lead


def names(member, **given):
    return [row.name for row in bin.binned(member, **given).rows]


def test_the_bin_shows_what_was_deleted_last_first_by_whom_and_until_when(cast, sign_in, lead):
    with freeze(now() + timedelta(hours=1)) as later:
        second = factories.lead(cast.acme, "Initech", first_name="Ann", last_name="Hall")
        bulk.delete_leads(cast.alice, [second.id])
    factories.lead(cast.acme, "Alive")
    rows = bin.binned(cast.bob).rows
    assert [(row.name, row.by) for row in rows] == [("Ann Hall", "Alice Archer"), ("Gina Vale", "Bob Baker")]
    assert rows[0].goes_at == later + timedelta(days=30)
    text = sign_in(cast.bob).get("/leads/bin").text
    assert "Gina Vale" in text and "Restore selected" in text and "for good…" not in text
    assert "for good…" in sign_in(cast.alice).get("/leads/bin").text
    assert "Restore" not in sign_in(cast.vera).get("/leads/bin").text


def test_the_bin_is_searched_and_paged_both_ways(cast, sign_in, monkeypatch):
    monkeypatch.setattr(bin, "SIZE", 2)
    leads = [factories.lead(cast.acme, f"Company {n}", first_name="", last_name="", email="") for n in range(5)]
    for number, lead in enumerate(leads):
        with freeze(now() + timedelta(minutes=number)):
            bulk.delete_leads(cast.bob, [lead.id])
    first = bin.binned(cast.bob)
    second = bin.binned(cast.bob, cursor=first.older)
    third = bin.binned(cast.bob, cursor=second.older)
    assert [row.company[-1] for page in (first, second, third) for row in page.rows] == list("43210")
    assert bin.binned(cast.bob, cursor=third.newer).rows == second.rows
    assert names(cast.bob, search="company 3") == ["Company 3"]
    client = sign_in(cast.bob)
    assert "Nothing in the bin matches" in client.get("/leads/bin?q=zzz").text
    for cursor in ("nonsense", first.older[:-3], ""):
        assert client.get(f"/leads/bin?page={cursor}").status_code == 200


def test_only_who_would_see_a_lead_sees_it_in_the_bin(cast, sign_in, lead):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    mine = factories.lead(cast.acme, "Mine", first_name="", last_name="", owner=olga.user_id)
    bulk.delete_leads(olga, [mine.id])
    assert names(olga) == ["Mine"] and names(cast.charlie) == []
    client = sign_in(olga)
    assert client.post(f"/leads/bin/{lead.id}/restore").status_code == 404
    client.post("/leads/bin/restore", data={"lead": [lead.id, mine.id]})
    assert Lead.get_by_id(lead.id).deleted_at and not Lead.get_by_id(mine.id).deleted_at


def test_a_restored_lead_is_as_it_was_and_its_to_dos_count_again(cast, sign_in):
    lead = factories.lead(cast.acme)
    todos.add_todo(lead, {"title": "Call back"}, actor=cast.bob)
    bulk.delete_leads(cast.bob, [lead.id])
    Lead.update(next_step="").where(Lead.id == lead.id).execute()
    assert sign_in(cast.bob).post(f"/leads/bin/{lead.id}/restore").location.endswith("/leads/bin")
    kept = Lead.get_by_id(lead.id)
    assert kept.deleted_at is None and kept.next_step == "Call back"
    assert sign_in(cast.bob).post(f"/leads/bin/{lead.id}/restore").status_code == 404


def test_a_lead_whose_address_is_taken_says_by_whom_and_comes_back_without_it(cast, sign_in, lead):
    factories.lead(cast.acme, first_name="Nora", last_name="New", email="gina@globex.example")
    client = sign_in(cast.bob)
    answer = client.post("/leads/bin/restore", data={"lead": lead.id})
    assert answer.status_code == 409 and "Nora New" in answer.text and "gina@globex.example" in answer.text
    assert client.post(f"/leads/bin/{lead.id}/restore-without-address").status_code == 303
    kept = Lead.get_by_id(lead.id)
    assert (kept.deleted_at, kept.email) == (None, "") and "gina@" not in kept.search_text
    told = Activity.get(Activity.lead == lead.id, Activity.kind == ActivityKind.EDITED)
    assert told.data["changes"] == {"email": ["gina@globex.example", ""]}


def test_nothing_ticked_is_said(cast, sign_in):
    assert sign_in(cast.bob).post("/leads/bin/restore").status_code == 422
    assert sign_in(cast.alice).get("/leads/bin/erase").location.endswith("/leads/bin")


def test_deleting_for_good_asks_first_is_for_managers_and_takes_everything_along(cast, sign_in, lead):
    Todo.create(workspace=cast.acme, lead=lead, title="x")
    alive = factories.lead(cast.acme)
    assert sign_in(cast.bob).post("/leads/bin/erase", data={"lead": lead.id}).status_code == 403
    client = sign_in(cast.alice)
    assert "Delete Gina Vale for good?" in client.get(f"/leads/bin/erase?lead={lead.id}").text
    client.post("/leads/bin/erase", data={"lead": [lead.id, alive.id]})
    assert [one.id for one in Lead.select()] == [alive.id]
    assert not Todo.select().exists() and not Activity.select().where(Activity.lead == lead.id).exists()
    assert AuditEntry.get(AuditEntry.action == "lead.erased").subject == "Gina Vale"
    assert client.post("/leads/bin/erase", data={"lead": lead.id}).status_code == 303


def test_leads_go_for_good_after_thirty_days_in_batches(cast, monkeypatch, lead):
    monkeypatch.setattr(bin, "BATCH", 2)
    monkeypatch.setattr(bin, "PAUSE", 0)
    others = [factories.lead(cast.other) for _ in range(5)]
    bulk.delete_leads(cast.charlie, [other.id for other in others])
    with freeze(now() + timedelta(days=29, hours=23)):
        bin.empty()
        assert Lead.select().count() == 6
    with freeze(now() + timedelta(days=30, hours=1)):
        young = factories.lead(cast.acme)
        bulk.delete_leads(cast.bob, [young.id])
        bin.empty()
        bin.empty()
    assert [one.id for one in Lead.select()] == [young.id]


def test_a_merged_lead_stays_as_long_as_the_other_lives_and_goes_with_it(cast):
    keep, gone = factories.lead(cast.acme), factories.lead(cast.acme)
    merge_leads(keep, gone, {}, actor=cast.bob)
    assert names(cast.bob) == []
    with freeze(now() + timedelta(days=60)):
        bin.empty()
        assert Lead.select().count() == 2
        bulk.delete_leads(cast.bob, [keep.id])
    with freeze(now() + timedelta(days=91)):
        bin.empty()
    assert Lead.select().count() == 0


def test_the_page_takes_as_many_queries_for_ten_as_for_a_hundred(cast, sign_in):
    manager = factories.member(cast.acme, "Max Manager", role=Role.MANAGER)
    client, counts = sign_in(manager), []
    for many in (10, 90):
        leads = [factories.lead(cast.acme) for _ in range(many)]
        bulk.delete_leads(cast.bob, [lead.id for lead in leads])
        client.get("/leads/bin")
        with count_queries() as counted:
            client.get("/leads/bin")
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
