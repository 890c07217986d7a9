"""What a board hears of changes by others, and what it does not."""

import re

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from webapp.accounts.models import Reach
from webapp.leads import bulk, editing, live, pipeline, timeline
from webapp.leads.bulk_kinds import KINDS
from webapp.leads.models import Activity, ActivityKind, Lead, Stage, with_keys


@pytest.fixture
def board(sign_in, htmx):
    """Opens a board as it is now; a call of what it gives asks once what changed since, and goes on from there."""

    def board(member, query=""):
        client = sign_in(member)
        address = live_address(client.get(f"/leads/board{query}").text)

        def look():
            nonlocal address
            answer = client.get(address, headers=htmx)
            if answer.status_code == 200:
                address = live_address(answer.text)
            return answer

        return look

    return board


def live_address(text):
    return re.search(r'id="board-live" hidden hx-get="([^"]+)"', text)[1].replace("&amp;", "&")


def cards(answer):
    return re.findall(r'data-place="(\w+)" data-after="(\d+)".*?id="lead-(\d+)"', answer.text, re.DOTALL)


def test_a_board_hears_nothing_when_nothing_happened(cast, board):
    factories.lead(cast.acme)
    assert board(cast.bob)().status_code == 204


def test_a_board_tells_nobody_how_many_leads_are_beyond_their_reach(cast, sign_in):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for _ in range(3):
        factories.lead(cast.acme)
    since = re.search(r"since=([\d.]+)", live_address(sign_in(olga).get("/leads/board").text))[1]
    counts = live.Mark.read(since).leads
    assert counts and min(counts) > 1000


def test_somebody_elses_move_arrives_once_with_both_heads_and_a_sentence(cast, board):
    lead = factories.lead(cast.acme)
    factories.lead(cast.acme, stage=Stage.REPLIED)
    look = board(cast.bob)
    pipeline.move_lead(lead, Stage.REPLIED, actor=cast.alice)
    answer = look()
    assert cards(answer) == [("replied", "0", str(lead.id))] and "data-moved" in answer.text
    assert all(f'hx-target="#lane-{stage}-head"' in answer.text for stage in Stage)
    assert f"Alice Archer moved {lead.name} to Replied." in answer.text
    assert look().status_code == 204


def test_ones_own_move_arrives_in_ones_other_tab_unmarked_and_unsaid(cast, board):
    lead = factories.lead(cast.acme)
    look = board(cast.bob)
    pipeline.move_lead(lead, Stage.REPLIED, actor=cast.bob)
    answer = look()
    assert cards(answer) == [("replied", "0", str(lead.id))]
    assert "data-moved" not in answer.text and "#board-said" not in answer.text


def test_new_edited_and_deleted_cards_arrive_where_they_belong(cast, board):
    first, second, gone = (factories.lead(cast.acme, name) for name in ("Globex", "Initech", "Hooli"))
    look = board(cast.bob)
    editing.edit_lead(first, {"company": "Globex Steel"}, actor=cast.alice)
    added = editing.add_lead(cast.alice, {"company": "Umbrella"})
    bulk.delete_leads(cast.alice, [gone.id])
    answer = look()
    assert cards(answer) == [("new", "0", str(added.id)), ("new", str(second.id), str(first.id))]
    assert "Globex Steel" in answer.text and f'data-gone="lead-{gone.id}"' in answer.text
    bulk.restore_leads(cast.alice, [gone.id])
    assert f'id="lead-{gone.id}"' in look().text


def test_a_changed_card_below_the_first_of_its_lane_comes_without_a_place(cast, board):
    old = factories.lead(cast.acme, "Globex")
    for _ in range(30):
        factories.lead(cast.acme)
    look = board(cast.bob)
    editing.edit_lead(old, {"company": "Globex Steel"}, actor=cast.alice)
    answer = look()
    assert "Globex Steel" in answer.text and '<div data-place="new">' in answer.text


@pytest.mark.parametrize("total", [live.MANY + 1, 4 * live.MANY])
def test_many_changes_at_once_draw_the_board_anew(cast, board, total):
    leads = [factories.lead(cast.acme) for _ in range(total)]
    look = board(cast.bob)
    KINDS["stage"].change(cast.alice, [lead.id for lead in leads], {"stage": "lost"})
    answer = look()
    assert 'hx-target="#results"' in answer.text and answer.text.count("data-card") == min(total, 25)
    assert look().status_code == 204


def test_leads_that_an_import_adds_without_an_activity_draw_the_board_anew(cast, board):
    look = board(cast.bob)
    Lead.create(workspace=cast.acme, **with_keys({"company": "Brought along"}))
    answer = look()
    assert 'hx-target="#results"' in answer.text and "Brought along" in answer.text
    assert look().status_code == 204


def test_a_lead_added_without_an_activity_beside_a_move_is_not_missed(cast, board):
    lead = factories.lead(cast.acme)
    look = board(cast.bob)
    pipeline.move_lead(lead, Stage.LOST, actor=cast.alice)
    Lead.create(workspace=cast.acme, **with_keys({"company": "Brought along"}))
    assert "Brought along" in look().text


def test_a_move_whose_activity_shows_late_is_not_missed(cast, board):
    """On Postgres a transaction with an earlier id may be committed after a later one."""
    lead, other = factories.lead(cast.acme), factories.lead(cast.acme)
    look = board(cast.bob)
    early = timeline.record(cast.acme, lead.id, ActivityKind.STAGE, {}, actor_id=cast.alice.user_id)
    Activity.delete().execute()
    timeline.record(cast.acme, other.id, ActivityKind.NOTE, {"text": "hello"})
    Activity.update(id=early.id + 1).execute()
    look()
    Activity.insert(id=early.id, workspace=cast.acme, lead=lead, kind=ActivityKind.STAGE).execute()
    Lead.update(stage=Stage.LOST).where(Lead.id == lead.id).execute()
    assert 'hx-target="#results"' in look().text


def test_what_happens_in_another_workspace_shows_nowhere_here(cast, board):
    factories.lead(cast.acme)
    lead, look = factories.lead(cast.other, "Foreign"), board(cast.bob)
    pipeline.move_lead(lead, Stage.LOST, actor=cast.charlie)
    answer = look()
    assert "Foreign" not in answer.text and f"lead-{lead.id}" not in answer.text and "data-place" not in answer.text
    assert look().status_code == 204


def test_a_change_beyond_ones_reach_tells_no_name_and_a_lead_that_left_it_is_gone(cast, board):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers, beyond = factories.lead(cast.acme, owner=olga.user_id), factories.lead(cast.acme, "Hidden")
    look = board(olga)
    pipeline.move_lead(beyond, Stage.LOST, actor=cast.alice)
    answer = look()
    assert "Hidden" not in answer.text and beyond.name not in answer.text and "data-place" not in answer.text
    editing.edit_lead(hers, {"owner": cast.bob.user_id}, actor=cast.alice)
    assert f'data-gone="lead-{hers.id}"' in look().text


def test_only_what_the_boards_own_filter_leaves_arrives(cast, board):
    shown, hidden = factories.lead(cast.acme), factories.lead(cast.acme, "Initech", email="ini@tech.example")
    look = board(cast.bob, "?q=globex")
    pipeline.move_lead(hidden, Stage.LOST, actor=cast.alice)
    answer = look()
    assert "Initech" not in answer.text and "data-place" not in answer.text
    pipeline.move_lead(shown, Stage.LOST, actor=cast.alice)
    assert cards(look()) == [("lost", "0", str(shown.id))]


@pytest.mark.parametrize("since", ["", "x", "0", "1.2.3", "99999999999.1", "7.-1", "1..2", "٣.1"])
def test_a_made_up_mark_draws_the_board_anew(cast, sign_in, htmx, since):
    factories.lead(cast.acme)
    answer = sign_in(cast.bob).get("/leads/board/changes", query_string={"since": since}, headers=htmx)
    assert answer.status_code == 200 and 'hx-target="#results"' in answer.text


def test_without_htmx_changes_lead_back_to_the_board(cast, sign_in):
    assert sign_in(cast.bob).get("/leads/board/changes?q=glo").location == "/leads/board?q=glo"


def test_a_look_at_nothing_new_asks_the_database_once_besides_who_asks(cast, board):
    look = board(cast.bob)
    look()
    with count_queries() as counted:
        assert look().status_code == 204
    assert counted.count == 2


def test_a_look_at_few_changes_takes_as_many_queries_for_twenty_leads_as_for_one(cast, board):
    leads, counts = [factories.lead(cast.acme) for _ in range(live.MANY)], []
    for changed in (leads[:1], leads):
        look = board(cast.bob)
        for lead in changed:
            timeline.record(cast.acme, lead.id, ActivityKind.NOTE, {"text": "x"}, actor_id=cast.alice.user_id)
        with count_queries() as counted:
            assert "data-place" in look().text
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
