"""The centers under /settings, and centers in the pages of leads."""

import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts import centers
from webapp.accounts.models import Assignment, AuditEntry, Center, CenterMember, Reach, Role
from webapp.leads import assignment
from webapp.leads.list_models import BulkAction
from webapp.leads.models import Activity, HandOver, Lead


@pytest.fixture
def berlin(cast):
    return centers.create_center(cast.acme, "Berlin")


def page_of(center):
    return f"/settings/centers/{center.id}"


# ------------------------------------------------------------ under settings


def test_the_list_shows_each_center_with_its_people_and_leads(cast, alice, berlin):
    centers.put_in(berlin, cast.bob.user_id, actor=cast.alice)
    for _ in range(2):
        factories.lead(cast.acme, center=berlin)
    page = alice.get("/settings/centers").text
    assert "Berlin" in page and "Bob Baker" in page and "Assigns by hand" in page
    assert re.search(r">2</span> <span[^>]*>leads", page) and re.search(r">1</span> <span[^>]*>member<", page)
    assert f'href="/leads?center={berlin.id}"' in page


def test_a_center_is_added_with_a_form_that_keeps_what_was_typed(cast, alice, berlin, htmx):
    assert "<html" not in alice.get("/settings/centers/new", headers=htmx).text
    taken = alice.post("/settings/centers/new", data={"name": "BERLIN"}, headers=htmx)
    assert taken.status_code == 422 and 'value="BERLIN"' in taken.text and "already a center" in taken.text
    assert alice.post("/settings/centers/new", data={}).status_code == 422
    answer = alice.post("/settings/centers/new", data={"name": "Lisbon"})
    lisbon = Center.get(Center.name == "Lisbon")
    assert answer.location == page_of(lisbon)
    assert AuditEntry.get(AuditEntry.subject == "Lisbon").actor_id == cast.alice.user_id


def test_renaming_archiving_and_bringing_back(alice, berlin):
    page = page_of(berlin)
    assert 'value="Berlin"' in alice.get(f"{page}/rename").text
    assert alice.post(f"{page}/rename", data={"name": " "}).status_code == 422
    alice.post(f"{page}/rename", data={"name": "Hamburg"})
    assert "Hamburg is archived" in alice.post(f"{page}/archive", follow_redirects=True).text
    assert "Bring back" in alice.get(page).text
    assert alice.post(f"{page}/archive").status_code == 409  # from another tab
    assert "Hamburg takes leads again" in alice.post(f"{page}/bring-back", follow_redirects=True).text


def test_people_are_put_in_given_room_and_taken_out(cast, alice, berlin):
    page, bob = page_of(berlin), cast.bob.user_id
    wrong = alice.post(f"{page}/members", data={"user": bob, "capacity": "lots"})
    assert wrong.status_code == 422 and "whole number" in wrong.text and 'value="lots"' in wrong.text
    assert alice.post(f"{page}/members", data={"user": cast.charlie.user_id}).status_code == 422
    alice.post(f"{page}/members", data={"user": bob, "capacity": "1,200"})
    assert CenterMember.get().capacity == 1200
    for typed, said in (("many", "whole number"), ("-1", "from 0")):
        wrong = alice.post(f"{page}/members/{bob}/capacity", data={"capacity": typed})
        assert wrong.status_code == 422 and said in wrong.text and f'value="{typed}"' in wrong.text
    alice.post(f"{page}/members/{bob}/capacity", data={"capacity": ""})
    assert CenterMember.get().capacity is None
    alice.post(f"{page}/members/{bob}/remove")
    assert not CenterMember.select().exists()
    assert alice.post(f"{page}/members/{bob}/remove").status_code == 404
    assert alice.post(f"{page}/members/{bob}/capacity", data={"capacity": "3"}).status_code == 404


def test_those_who_wait_are_assigned_from_the_page_and_the_log_says_why(cast, alice, berlin):
    page = page_of(berlin)
    factories.lead(cast.acme, "Globex", first_name="Gina", last_name="Vale", center=berlin)
    assert "1 open lead here has no owner" in alice.get(page).text
    assert alice.post(f"{page}/assignment", data={"assignment": "by magic"}).status_code == 422
    alice.post(f"{page}/assignment", data={"assignment": "round_robin"})
    assert "Nobody in Berlin has room for another lead" in alice.post(f"{page}/assign", follow_redirects=True).text
    alice.post(f"{page}/members", data={"user": cast.bob.user_id})
    assert "Assign the 1 unassigned lead now" in alice.get(page).text
    assert "1 lead assigned" in alice.post(f"{page}/assign", follow_redirects=True).text
    shown = alice.get(page).text
    assert "Gina Vale" in shown and "Round robin: Bob Baker’s turn in Berlin" in shown
    lead = alice.get(f"/leads/{Lead.get().id}").text
    assert "Assigned to <strong>Bob Baker</strong>" in lead and "turn in Berlin" in lead


def test_a_long_assignment_shows_how_far_it_is_only_while_it_runs(cast, alice, berlin, htmx, run_jobs, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 1)
    centers.put_in(berlin, cast.bob.user_id, actor=cast.alice)
    centers.set_assignment(berlin, Assignment.ROUND_ROBIN, actor=cast.alice)
    for _ in range(3):
        factories.lead(cast.acme, center=berlin)
    assert "3 leads of Berlin are being assigned" in alice.post(f"{page_of(berlin)}/assign", follow_redirects=True).text
    part = alice.get(page_of(berlin), headers=htmx).text
    assert "<html" not in part and "3 leads to go" in part and "every 2s" in part
    assert alice.post(f"{page_of(berlin)}/assign", follow_redirects=True).text.count("being assigned already")
    run_jobs()
    assert "every 2s" not in alice.get(page_of(berlin), headers=htmx).text
    assert Lead.select().where(Lead.owner == cast.bob.user_id).count() == 3


def test_the_log_goes_by_pages_and_asks_no_more_for_more_rows(cast, alice, berlin):
    counts = []
    for _ in range(2):
        for number in range(20):
            lead = factories.lead(cast.acme, f"Globex {number}", center=berlin)
            HandOver.create(workspace=cast.acme, lead=lead, center=berlin, owner=cast.bob.user_id, reason="Why not")
        alice.get(page_of(berlin))
        with count_queries() as counted:
            page = alice.get(page_of(berlin)).text
        counts.append(counted.count)
    assert counts[0] == counts[1] and page.count("Why not") == 25
    older = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
    assert alice.get(older).text.count("Why not") == 15


def test_members_look_at_centers_and_change_none(cast, sign_in, berlin):
    for member in (cast.bob, cast.vera):
        client, page = sign_in(member), page_of(berlin)
        assert client.get(page).status_code == client.get("/settings/centers").status_code == 200
        assert "<form" not in client.get(page).text.split('<div class="settings">')[1].split("</main>")[0]
        for change in ("archive", "bring-back", "assignment", "assign", "members", "rename", "members/1/remove"):
            assert client.post(f"{page}/{change}").status_code == 403, change
        assert client.get("/settings/centers/new").status_code == 403
    assert Center.get_by_id(berlin.id).archived_at is None


def test_a_manager_runs_centers(cast, sign_in):
    max_ = factories.member(cast.acme, "Max Manager", role=Role.MANAGER)
    assert sign_in(max_).post("/settings/centers/new", data={"name": "Porto"}).status_code == 303


def test_another_workspaces_center_is_not_there(cast, sign_in, berlin):
    client, page = sign_in(cast.charlie), page_of(berlin)
    assert client.get(page).status_code == client.get(f"{page}/rename").status_code == 404
    for change in ("archive", "assignment", "assign", "members", "rename"):
        assert client.post(f"{page}/{change}").status_code == 404
    for path in ("/leads", "/leads/board", "/leads/board/new"):
        assert client.get(f"{path}?center={berlin.id}").status_code == 404


def test_counts_of_a_center_are_told_only_to_who_sees_its_leads(cast, sign_in, berlin):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    cora = factories.member(cast.acme, "Cora Center", reach=Reach.CENTERS)
    for member in (olga, cora):
        centers.put_in(berlin, member.user_id, actor=cast.alice)
    for _ in range(7):
        factories.lead(cast.acme, center=berlin)
    seen = {member: sign_in(member).get(page_of(berlin)).text for member in (olga, cora)}
    assert "0 leads" in seen[olga] and "no owner" not in seen[olga] and "Open leads" not in seen[olga]
    assert "7 leads" in seen[cora] and "7 open leads here have no owner" in seen[cora]


# ------------------------------------------------------------ in the pages of leads


def test_a_center_is_a_filter_kept_in_every_link(cast, alice, berlin):
    inside = factories.lead(cast.acme, "Inside", center=berlin)
    factories.lead(cast.acme, "Outside")
    centers.create_center(cast.acme, "Lisbon")
    for path in ("/leads", "/leads/board"):
        page = alice.get(f"{path}?center={berlin.id}").text
        assert "Inside" in page and "Outside" not in page and 'aria-label="Remove filter Center"' in page
        assert f'name="f" value="center.is.{berlin.id}"' in page and f'href="{path}"' in page
        everything = alice.get(path).text
        assert "Outside" in everything
    assert "Berlin" in alice.get("/leads/filter?field=center").text
    assert "Nothing matches" in alice.get(f"/leads?center={berlin.id}&stage=lost").text
    assert "Berlin" in alice.get(f"/leads/{inside.id}?center={berlin.id}").text


def test_an_archived_centers_leads_can_still_be_looked_at(cast, alice, berlin):
    factories.lead(cast.acme, "Inside", center=berlin)
    centers.archive_center(berlin, actor=cast.alice)
    page = alice.get(f"/leads?center={berlin.id}").text
    assert "Inside" in page and "Berlin" in page


def test_ticked_leads_move_to_a_center_and_to_none(cast, alice, berlin, htmx):
    leads = [factories.lead(cast.acme) for _ in range(2)]
    data = {"do": "center", "lead": [lead.id for lead in leads]}
    moved = alice.post("/leads/bulk", data={**data, "center": berlin.id}, headers=htmx).text
    assert "2 leads moved to Berlin" in moved and 'hx-target="#results"' in moved
    again = alice.post("/leads/bulk", data={**data, "center": berlin.id}, headers=htmx).text
    assert "Nothing to change" in again
    assert [entry.data["changes"] for entry in Activity.select()] == [{"center": ["", "Berlin"]}] * 2
    alice.post("/leads/bulk", data={**data, "center": "none"})
    assert [lead.center_id for lead in Lead.select()] == [None, None]
    for wrong in ("", "x", str(centers.create_center(cast.other, "Elsewhere").id)):
        assert alice.post("/leads/bulk", data={**data, "center": wrong}).status_code == 422
    assert alice.post("/leads/bulk", data={"do": "center", "center": berlin.id}).status_code == 422


def test_a_move_to_a_center_finds_an_owner_and_its_undo_takes_them_away(cast, alice, berlin, htmx):
    centers.put_in(berlin, cast.bob.user_id, actor=cast.alice)
    centers.set_assignment(berlin, Assignment.ROUND_ROBIN, actor=cast.alice)
    data = {"do": "center", "lead": factories.lead(cast.acme).id, "center": berlin.id}
    assert "1 lead moved to Berlin" in alice.post("/leads/bulk", data=data, headers=htmx).text
    assert Lead.get().owner_id == cast.bob.user_id
    alice.post(f"/leads/bulk/{BulkAction.get().id}/undo")
    assert (Lead.get().owner_id, Lead.get().center_id) == (None, None)


def test_a_new_lead_begins_in_the_center_that_was_looked_at(alice, berlin):
    form = alice.get(f"/leads/new?center={berlin.id}").text
    assert f'<option selected value="{berlin.id}">Berlin' in form
    alice.post("/leads/new", data={"first_name": "Ann", "center": berlin.id, "owner": ""})
    assert Lead.get().center_id == berlin.id


def test_changing_the_center_on_the_page_shows_the_owner_it_found(cast, alice, berlin, htmx):
    centers.put_in(berlin, cast.bob.user_id, actor=cast.alice)
    centers.set_assignment(berlin, Assignment.CAPACITY, actor=cast.alice)
    lead = factories.lead(cast.acme)
    part = alice.post(f"/leads/{lead.id}/edit/center", data={"center": berlin.id}, headers=htmx).text
    assert 'hx-target="#fact-owner"' in part and "Bob Baker" in part and "most room (no limit)" in part
    centers.archive_center(berlin, actor=cast.alice)
    assert f'<option selected value="{berlin.id}">' in alice.get(f"/leads/{lead.id}/edit/center").text
