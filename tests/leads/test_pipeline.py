from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from webapp.core import clock
from webapp.core.errors import Conflict, Invalid
from webapp.leads.bulk_kinds import KINDS
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.leads.pipeline import explain_loss, mark_contacted, mark_replied, move_lead
from webapp.leads.timeline import record, timeline

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


def test_moving_a_lead_stamps_it_and_records_who_did_it(cast):
    lead = factories.lead(cast.acme)
    with clock.freeze(NOON):
        move_lead(lead, Stage.REPLIED, actor=cast.bob)
    stored = Lead.get_by_id(lead.id)
    assert (stored.stage, stored.stage_changed_at, stored.replied_at, stored.touched_at) == (
        Stage.REPLIED,
        NOON,
        NOON,
        NOON,
    )
    (entry,) = timeline(cast.bob, lead).rows
    assert (entry.kind, entry.actor, entry.created_at) == (ActivityKind.STAGE, "Bob Baker", NOON)
    assert entry.data == {"from": "new", "to": "replied"}


def test_the_moment_a_stage_was_first_reached_stays(cast):
    lead = factories.lead(cast.acme)
    with clock.freeze(NOON):
        move_lead(lead, Stage.CONTACTED, actor=cast.bob)
    with clock.freeze(NOON + timedelta(days=1)):
        move_lead(lead, Stage.NEW, actor=cast.bob)
        move_lead(lead, Stage.CONTACTED, actor=cast.bob)
    stored = Lead.get_by_id(lead.id)
    assert stored.contacted_at == NOON and stored.stage_changed_at == NOON + timedelta(days=1)


def test_moving_to_the_same_stage_does_nothing(cast):
    lead = factories.lead(cast.acme)
    move_lead(lead, Stage.NEW, actor=cast.bob)
    assert Activity.select().count() == 0


def test_a_loss_keeps_its_reason_until_the_lead_leaves_it(cast):
    lead = factories.lead(cast.acme)
    move_lead(lead, Stage.LOST, actor=cast.bob, reason=" No\n budget\0 ")
    assert Lead.get_by_id(lead.id).lost_reason == lead.lost_reason == "No budget"
    assert Activity.get().data == {"from": "new", "to": "lost", "reason": "No budget"}
    move_lead(lead, Stage.REPLIED, actor=cast.bob, reason="it is back")
    assert Lead.get_by_id(lead.id).lost_reason == lead.lost_reason == ""
    assert timeline(cast.bob, lead).rows[0].data == {"from": "lost", "to": "replied"}
    with pytest.raises(Invalid):
        move_lead(lead, Stage.LOST, actor=cast.bob, reason="x" * 201)


def test_many_that_leave_a_loss_lose_its_reason_too(cast):
    lead = factories.lead(cast.acme)
    move_lead(lead, Stage.LOST, actor=cast.bob, reason="No budget")
    KINDS["stage"].change(cast.bob, [lead.id], {"stage": "new"})
    assert Lead.get_by_id(lead.id).lost_reason == ""


def test_the_reason_of_a_loss_is_changed_and_a_stale_change_refused(cast):
    lead, stale = factories.lead(cast.acme), None
    move_lead(lead, Stage.LOST, actor=cast.bob)
    stale = Lead.get_by_id(lead.id)
    explain_loss(lead, "Chose other", actor=cast.alice)
    explain_loss(lead, "Chose other", actor=cast.alice)
    assert Lead.get_by_id(lead.id).lost_reason == "Chose other" and Activity.select().count() == 2
    assert timeline(cast.bob, lead).rows[0].data == {"changes": {"lost_reason": ["", "Chose other"]}}
    with pytest.raises(Conflict):
        explain_loss(stale, "No reply", actor=cast.bob)
    move_lead(Lead.get_by_id(lead.id), Stage.NEW, actor=cast.bob)
    with pytest.raises(Conflict):
        explain_loss(lead, "No reply", actor=cast.bob)


def test_a_stale_copy_cannot_overwrite_a_newer_move(cast):
    mine = factories.lead(cast.acme)
    move_lead(Lead.get_by_id(mine.id), Stage.CONVERTED, actor=cast.bob)
    with pytest.raises(Conflict):
        move_lead(mine, Stage.CONTACTED, actor=cast.alice)
    assert Lead.get_by_id(mine.id).stage is Stage.CONVERTED
    assert Activity.select().count() == 1


def test_a_mail_moves_new_leads_on_and_never_any_back(cast):
    leads = {stage: factories.lead(cast.acme, stage=stage, touched_at=NOON - timedelta(days=9)) for stage in Stage}
    outsider = factories.lead(cast.other)
    assert mark_contacted(cast.acme, [lead.id for lead in [*leads.values(), outsider]], moment=NOON) == 1
    stored = {stage: Lead.get_by_id(lead.id) for stage, lead in leads.items()}
    assert stored[Stage.NEW].stage is Stage.CONTACTED and stored[Stage.NEW].contacted_at == NOON
    assert all(lead.touched_at == NOON for lead in stored.values())
    assert [stored[stage].stage for stage in list(Stage)[1:]] == list(Stage)[1:]
    assert Lead.get_by_id(outsider.id).stage is Stage.NEW
    (entry,) = Activity.select()
    assert (entry.lead_id, entry.actor_id, entry.data) == (
        leads[Stage.NEW].id,
        None,
        {"from": "new", "to": "contacted"},
    )


def test_marking_twice_moves_once_and_an_older_mail_does_not_turn_the_clock_back(cast):
    lead = factories.lead(cast.acme)
    mark_contacted(cast.acme, [lead.id], moment=NOON + timedelta(days=900))
    assert mark_contacted(cast.acme, [lead.id], moment=NOON) == 0
    stored = Lead.get_by_id(lead.id)
    assert stored.touched_at == stored.contacted_at == NOON + timedelta(days=900)
    assert Activity.select().count() == 1


def test_more_leads_than_one_statement_holds_are_marked(cast):
    leads = [factories.lead(cast.acme) for _ in range(501)]
    assert mark_contacted(cast.acme.id, [lead.id for lead in leads], moment=NOON) == 501
    assert Activity.select().count() == 501


def test_the_timeline_is_newest_first_filtered_and_paged(cast):
    lead = factories.lead(cast.acme)
    for number in range(7):
        kind = ActivityKind.NOTE if number % 2 else ActivityKind.EMAIL
        record(cast.acme, lead.id, kind, {"n": number}, actor_id=cast.bob.user_id, moment=NOON)
    first = timeline(cast.bob, lead, size=4)
    rest = timeline(cast.bob, lead, size=4, cursor=first.older)
    assert [entry.data["n"] for entry in [*first.rows, *rest.rows]] == [6, 5, 4, 3, 2, 1, 0]
    assert [entry.data["n"] for entry in timeline(cast.bob, lead, only="notes").rows] == [5, 3, 1]
    assert [entry.data["n"] for entry in timeline(cast.bob, lead, only="mail").rows] == [6, 4, 2, 0]
    assert timeline(cast.bob, lead, only="changes").rows == ()


def test_an_answer_moves_a_lead_on_and_never_back(cast):
    leads = {stage: factories.lead(cast.acme, stage=stage, touched_at=NOON - timedelta(days=9)) for stage in Stage}
    moved = {stage for stage, lead in leads.items() if mark_replied(cast.acme, lead.id, moment=NOON)}
    assert moved == {Stage.NEW, Stage.CONTACTED}
    stored = {stage: Lead.get_by_id(lead.id) for stage, lead in leads.items()}
    assert all(stored[stage].replied_at == stored[stage].stage_changed_at == NOON for stage in moved)
    assert all(lead.touched_at >= NOON for lead in stored.values())
    assert [stored[stage].stage for stage in (Stage.REPLIED, Stage.CONVERTED, Stage.LOST)] == list(Stage)[2:]
    told = {row.lead_id: row.data for row in Activity.select()}
    assert told == {leads[stage].id: {"from": stage, "to": "replied"} for stage in moved}


def test_an_answer_of_a_lead_in_the_bin_or_of_another_workspace_moves_nothing(cast):
    lead = factories.lead(cast.acme)
    assert not mark_replied(cast.other, lead.id, moment=NOON)
    Lead.update(deleted_at=NOON).execute()
    assert not mark_replied(cast.acme, lead.id, moment=NOON) and not Activity.select().exists()
