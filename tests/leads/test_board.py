import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.leads.bulk import delete_leads
from webapp.leads.models import Lead, Stage


def move(client, lead, stage, was="new", query="", **options):
    return client.post(f"/leads/{lead.id}/move{query}", data={"stage": stage, "was": was}, **options)


def test_the_board_has_a_lane_a_stage_with_count_sum_and_cards(cast, sign_in):
    factories.lead(cast.acme, "Globex", value=1500, industry="Steel", owner=cast.bob.user_id)
    factories.lead(cast.acme, "Initech", value=62_500)
    factories.lead(cast.other, "Hooli")
    text = sign_in(cast.bob).get("/leads/board").text
    assert all(f'id="lane-{stage}"' in text for stage in Stage)
    assert "Globex" in text and "€1.5k" in text and "Steel" in text and "Bob Baker" in text
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


def test_a_move_answers_with_the_card_and_both_lanes_heads(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, value=700)
    answer = move(sign_in(cast.bob), lead, "replied", headers=htmx)
    assert answer.status_code == 200 and Lead.get_by_id(lead.id).stage is Stage.REPLIED
    targets = re.findall(r'hx-target="([^"]+)" hx-swap="(\w+)"', answer.text)
    assert targets[:2] == [(f"#lead-{lead.id}", "delete"), ("#lane-replied-cards", "afterbegin")]
    assert ("#lane-new-head", "outerHTML") in targets and ("#lane-replied-head", "outerHTML") in targets
    assert "moved to Replied, now 1 lead." in answer.text and "€700" in answer.text


def test_a_stale_move_is_refused_and_the_card_comes_back_where_it_is(cast, sign_in, htmx):
    lead = factories.lead(cast.acme, stage=Stage.CONVERTED)
    answer = move(sign_in(cast.bob), lead, "replied", was="new", headers=htmx)
    assert answer.status_code == 409 and Lead.get_by_id(lead.id).stage is Stage.CONVERTED
    assert "#lane-converted-cards" in answer.text and "was moved or deleted meanwhile" in answer.text


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
