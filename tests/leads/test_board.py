import re
from datetime import UTC, date, datetime, time

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach
from webapp.core.clock import freeze
from webapp.leads import todos
from webapp.leads.bulk import delete_leads
from webapp.leads.models import Lead, Stage


def move(client, lead, stage, was="new", query="", **options):
    return client.post(f"/leads/{lead.id}/move{query}", data={"stage": stage, "was": was}, **options)


def test_the_board_has_a_lane_a_stage_with_count_sum_and_cards(cast, sign_in):
    factories.lead(cast.acme, "Globex", value=1500, title="Head of Steel", owner=cast.bob.user_id)
    factories.lead(cast.acme, "Initech", value=62_500)
    factories.lead(cast.other, "Hooli")
    text = sign_in(cast.bob).get("/leads/board").text
    assert all(f'id="lane-{stage}"' in text for stage in Stage)
    assert "Globex" in text and "€1.5k" in text and "Head of Steel" in text and "Bob Baker" in text
    assert "€64k" in text and "Hooli" not in text


def test_a_lane_shows_25_cards_and_show_more_leads_through_the_rest(cast, sign_in, htmx):
    for number in range(60):
        factories.lead(cast.acme, f"Company{number}")
    client, seen = sign_in(cast.bob), []
    text = client.get("/leads/board").text
    while True:
        seen += re.findall(r'id="(lead-\d+)" data-card', text)
        more = re.search(r'class="lane-more" href="([^"]+)"', text)
        if not more:
            break
        whole = client.get(more[1].replace("&amp;", "&")).text
        text = client.get(more[1].replace("&amp;", "&"), headers=htmx).text
        assert "<html" in whole and "<html" not in text and text.strip() in whole
    assert len(seen) == len(set(seen)) == 60


def test_searching_the_board_gives_only_its_lanes_and_counts_what_matches(cast, sign_in, htmx):
    factories.lead(cast.acme, "Ångström", value=5000)
    factories.lead(cast.acme, "Globex", value=70_000)
    client = sign_in(cast.bob)
    part = client.get("/leads/board?q=gstrom", headers=htmx)
    assert "<html" not in part.text and "Ångström" in part.text and "Globex" not in part.text and "€5k" in part.text
    assert {"HX-Request", "HX-Request-Type"} <= set(part.vary)
    assert part.text.partition("<hx-partial")[0].strip() in client.get("/leads/board?q=gstrom").text
    assert "Nothing matches" in client.get("/leads/board?q=zzz").text


def test_an_empty_board_says_what_to_do(cast, sign_in):
    assert "No leads yet" in sign_in(cast.bob).get("/leads/board").text
    viewer = sign_in(cast.vera).get("/leads/board").text
    assert "No leads yet" in viewer and "/leads/new" not in viewer


def test_a_move_answers_with_the_card_in_its_place_and_the_lanes_heads(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, value=700)
    answer = move(sign_in(cast.bob), lead, "replied", headers=htmx)
    assert answer.status_code == 200 and Lead.get_by_id(lead.id).stage is Stage.REPLIED
    assert '<div data-place="replied" data-after="0">' in answer.text and f'id="lead-{lead.id}"' in answer.text
    assert all(f'hx-target="#lane-{stage}-head"' in answer.text for stage in Stage)
    assert "moved to Replied, 1 of 1." in answer.text and "€700" in answer.text


def test_a_stale_move_is_refused_and_the_card_comes_back_where_it_is(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, stage=Stage.CONVERTED)
    answer = move(sign_in(cast.bob), lead, "replied", was="new", headers=htmx)
    assert answer.status_code == 409 and Lead.get_by_id(lead.id).stage is Stage.CONVERTED
    assert 'data-place="converted"' in answer.text and "was moved or deleted meanwhile" in answer.text
    assert "is in Converted." in answer.text


def test_a_card_that_leaves_what_the_filter_shows_is_gone(cast, sign_in, htmx):
    lead = factories.lead(cast.acme)
    answer = move(sign_in(cast.bob), lead, "lost", query="?f=stage.is.new", headers=htmx)
    assert f'data-gone="lead-{lead.id}"' in answer.text and f'id="lead-{lead.id}"' not in answer.text


def test_the_same_move_twice_has_one_effect(cast, sign_in, htmx):
    lead, client = factories.lead(cast.acme), sign_in(cast.bob)
    assert [move(client, lead, "lost", headers=htmx).status_code for _ in range(2)] == [200, 200]
    assert lead.activities.count() == 1


def test_without_javascript_a_move_leads_back_to_the_filtered_board(cast, sign_in):
    lead = factories.lead(cast.acme)
    answer = move(sign_in(cast.bob), lead, "lost", query="?q=glo")
    assert answer.status_code == 303 and answer.location == "/leads/board?q=glo"


@pytest.mark.parametrize("data", [{}, {"stage": "won", "was": "new"}, {"stage": "lost"}, {"stage": "lost", "was": "x"}])
def test_a_move_to_no_stage_is_refused(cast, sign_in, htmx, data):
    lead = factories.lead(cast.acme)
    answer = sign_in(cast.bob).post(f"/leads/{lead.id}/move", data=data, headers=htmx)
    assert answer.status_code == 422 and "Choose one of the stages." in answer.text


def test_outsiders_and_viewers_move_nothing(cast, sign_in):
    lead = factories.lead(cast.acme)
    assert move(sign_in(cast.charlie), lead, "lost").status_code == 404
    assert move(sign_in(cast.vera), lead, "lost").status_code == 403
    assert Lead.get_by_id(lead.id).stage is Stage.NEW
    text = sign_in(cast.vera).get("/leads/board").text
    assert "Globex" in text and "data-move" not in text and "data-board" not in text


def test_a_deleted_lead_is_neither_shown_nor_moved(cast, sign_in):
    lead = factories.lead(cast.acme)
    delete_leads(cast.bob, [lead.id])
    client = sign_in(cast.bob)
    assert "Globex" not in client.get("/leads/board").text and move(client, lead, "lost").status_code == 404


def test_no_lane_but_of_a_stage(cast, sign_in):
    assert sign_in(cast.bob).get("/leads/board/won").status_code == 404


@pytest.mark.parametrize("address", ["/leads/board", "/leads/board?q=glo", "/leads", "/leads?q=glo&stage=new"])
def test_a_list_takes_as_many_queries_for_a_hundred_leads_as_for_ten(cast, sign_in, address):
    client, counts = sign_in(cast.bob), []
    for total in (10, 100):
        while Lead.select().count() < total:
            factories.lead(cast.acme, owner=cast.bob.user_id)
        with count_queries() as counted:
            assert client.get(address).status_code == 200
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8


def test_cards_show_what_is_chosen_and_two_lines_when_compact(cast, sign_in):
    factories.lead(cast.acme, "Globex", value=700, title="Head of Steel", industry="Mining", city="Rome", score=73)
    client = sign_in(cast.bob)
    usual = client.get("/leads/board").text
    assert "Head of Steel" in usual and "No next step" in usual and "Mining" not in usual and "Rome" not in usual
    chosen = client.get("/leads/board?cards=industry,city,score").text
    assert all(text in chosen for text in ("Mining", "Rome", "73"))
    assert "Head of Steel" not in chosen and "No next step" not in chosen and 'class="value"' not in chosen
    compact = client.get("/leads/board?density=compact").text
    assert "data-compact" in compact and "No next step" not in compact and "data-compact" not in usual
    assert "density=compact" in re.search(r'id="board-live"[^>]*', compact)[0]


def test_the_boxes_of_the_display_menu_become_one_short_address(cast, sign_in, htmx):
    factories.lead(cast.acme, "Globex", city="Rome")
    client, boxes = sign_in(cast.bob), "?density=&cards=none&cards=value&cards=city"
    answer = client.get(f"/leads/board{boxes}", headers=htmx)
    assert answer.headers["HX-Replace-Url"] == "/leads/board?cards=value%2Ccity" and "Rome" in answer.text
    nothing = client.get("/leads/board?cards=none", headers=htmx).text
    assert "No next step" not in nothing and "Globex" in nothing


def test_a_card_says_what_is_next_and_when_and_what_is_overdue(cast, sign_in):
    with freeze(datetime(2026, 3, 4, 12, tzinfo=UTC)):
        for title, kind, day, at in (
            ("Call", "call", date(2026, 3, 4), time(14, 30)),
            ("Send deck", "email", date(2026, 3, 6), None),
            ("Old news", "task", date(2026, 3, 2), None),
            ("Hand over", "task", date(2026, 4, 6), None),
        ):
            fields = {"title": title, "kind": kind, "day": day, "time": at, "assignee": cast.bob.user_id}
            todos.add_todo(factories.lead(cast.acme, title), fields, actor=cast.bob)
        text = sign_in(cast.bob).get("/leads/board").text
    said = re.findall(r'class="due"([^>]*)>.*?<span class="truncate">([^<]*)', text)
    assert {(words, state) for state, words in said} == {
        ("Call today 14:30", ' data-state="info"'),
        ("Send deck Fri", ""),
        ("Overdue by 1 d", ' data-state="bad" title="Old news"'),
        ("Hand over Mon 6 Apr", ""),
    }


def test_a_lane_adds_a_lead_in_its_stage(cast, sign_in):
    factories.lead(cast.acme)
    client = sign_in(cast.bob)
    assert '"/leads/new?stage=replied"' in client.get("/leads/board").text
    assert "New lead in Replied" in client.get("/leads/new?stage=replied").text
    client.post("/leads/new?stage=replied", data={"company": "Initech"})
    lead = Lead.get(Lead.company == "Initech")
    assert lead.stage is Stage.REPLIED and lead.replied_at is not None


def test_a_card_is_given_to_somebody_or_to_nobody(cast, sign_in, htmx):
    lead, client = factories.lead(cast.acme), sign_in(cast.bob)
    answer = client.post(f"/leads/{lead.id}/owner", data={"owner": cast.alice.user_id}, headers=htmx)
    assert answer.status_code == 200 and f"Alice Archer owns {lead.name} now." in answer.text
    assert Lead.get_by_id(lead.id).owner_id == cast.alice.user_id and 'aria-label="Alice Archer"' in answer.text
    assert client.post(f"/leads/{lead.id}/owner", data={"owner": ""}).location == "/leads/board"
    assert Lead.get_by_id(lead.id).owner_id is None


@pytest.mark.parametrize("owner", ["charlie", "nobody", "10000"])
def test_a_card_is_given_to_no_outsider(cast, sign_in, htmx, owner):
    lead = factories.lead(cast.acme)
    data = {"owner": cast.charlie.user_id if owner == "charlie" else owner}
    answer = sign_in(cast.bob).post(f"/leads/{lead.id}/owner", data=data, headers=htmx)
    assert answer.status_code == 422 and "Choose somebody from the list." in answer.text
    assert sign_in(cast.charlie).post(f"/leads/{lead.id}/owner", data={"owner": ""}).status_code == 404
    assert sign_in(cast.vera).post(f"/leads/{lead.id}/owner", data={"owner": ""}).status_code == 403


def test_the_menu_of_owners_names_those_to_whom_one_may_give(cast, sign_in, htmx):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    everybody = sign_in(cast.bob).get("/leads/board/owners", headers=htmx).text
    assert "Alice Archer" in everybody and "Nobody" in everybody and "Charlie" not in everybody
    hers = sign_in(olga).get("/leads/board/owners", headers=htmx).text
    assert "Olga Own" in hers and "Alice Archer" not in hers and "Nobody" not in hers


def test_without_javascript_a_card_is_moved_and_assigned_on_a_page_of_its_own(cast, sign_in):
    lead, client = factories.lead(cast.acme), sign_in(cast.bob)
    link = re.search(r'class="card-menu" href="([^"]+)"', client.get("/leads/board?q=glo").text)[1]
    text = client.get(link).text
    assert link == f"/leads/{lead.id}/move?q=glo"
    assert f'action="/leads/{lead.id}/move?q=glo"' in text and f'action="/leads/{lead.id}/owner?q=glo"' in text
    assert "card-menu" not in sign_in(cast.vera).get("/leads/board").text
