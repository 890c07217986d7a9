"""Changes to all leads of a filter: by a request or a job, stopped and started, cancelled, taken back exactly."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.leads.test_totals import kept
from webapp.accounts.centers import create_center
from webapp.accounts.models import Membership, Reach
from webapp.accounts.workspaces import give_up
from webapp.core import clock
from webapp.core.errors import Conflict
from webapp.leads import bulk, bulk_running, tags
from webapp.leads.bulk_running import begin, cancel, run_bulk, undo
from webapp.leads.field_models import LeadTag
from webapp.leads.filters import Filter
from webapp.leads.list_models import BulkAction, BulkItem, BulkItemState, BulkState
from webapp.leads.models import Activity, Lead, Stage, StageTotal
from webapp.leads.pipeline import explain_loss
from webapp.leads.total_models import LeadHour

LOST = {"stage": "lost"}
LONG_AGO = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
EVERYTHING = Filter()


@pytest.fixture
def batches(monkeypatch):
    """Batches of 2, and whatever has more than 3 leads is a job's work."""
    monkeypatch.setattr(bulk_running, "BATCH", 2)
    monkeypatch.setattr(bulk_running, "GATHERED", 2)
    monkeypatch.setattr(bulk_running, "AT_ONCE", 3)
    monkeypatch.setattr(bulk_running, "PAUSE", 0)


@pytest.fixture
def seven(cast, batches):
    """Leads of four stages, worth something, each moved and touched at moments of its own, weeks ago."""
    stages, made = list(Stage), []
    for number in range(7):
        past = LONG_AGO + timedelta(days=number, microseconds=number)
        moments = dict.fromkeys(("stage_changed_at", "touched_at", "created_at", "lost_at"), past)
        if number % 2:
            moments["contacted_at"] = past
        made.append(factories.lead(cast.acme, f"Company{number}", stage=stages[number % 4], value=number, **moments))
    return made


def fresh(action):
    return BulkAction.get_by_id(action.id)


def state_of(workspace):
    """Everything that a bulk action may change of leads, and what the database counts of them."""
    tagged = list(LeadTag.select(LeadTag.lead, LeadTag.tag).order_by(LeadTag.lead).tuples())
    totals = sorted(StageTotal.of(workspace).select(StageTotal.stage, StageTotal.leads, StageTotal.value).tuples())
    return list(Lead.of(workspace).order_by(Lead.id).tuples()), tagged, totals, kept(workspace)


def hours_of(workspace):
    """By how much the leads' worth changed, by hour."""
    hours = Counter()
    for row in LeadHour.of(workspace):
        hours[row.hour] += row.value
    return {hour: value for hour, value in hours.items() if value}


def items(action, state):
    return BulkItem.select().where(BulkItem.action == action.id, BulkItem.state == state).count()


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the program sees it."""


def dies_at(monkeypatch, step, count):
    """Let the program die at the `count`-th call of a step of the run; returns how to mend it."""
    real, left = getattr(bulk_running, step), [count]

    def dying(*args, **options):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*args, **options)

    monkeypatch.setattr(bulk_running, step, dying)
    return lambda: monkeypatch.setattr(bulk_running, step, real)


def test_few_leads_are_changed_at_once_and_taken_back_exactly(cast, batches):
    for _ in range(3):
        factories.lead(cast.acme)
    before = state_of(cast.acme)
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    assert (action.state, action.total, action.done, action.changed) == (BulkState.DONE, 3, 3, 3)
    assert {lead.stage for lead in Lead.of(cast.acme)} == {Stage.LOST}
    undo(action)
    assert (fresh(action).state, fresh(action).undone) == (BulkState.UNDONE, 3)
    assert state_of(cast.acme) == before


def test_many_leads_are_changed_by_a_job_that_may_run_twice(cast, seven, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    assert action.state is BulkState.QUEUED and Lead.of(cast.acme).where(Lead.stage == Stage.LOST).count() == 0
    run_jobs()
    run_bulk(action.id)
    action = fresh(action)
    assert (action.state, action.total, action.done, action.changed) == (BulkState.DONE, 7, 7, 7)
    assert Activity.of(cast.acme).count() == 7


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("stage", LOST),
        ("stage", {"stage": "replied"}),
        ("owner", "bob"),
        ("center", "center"),
        ("tag", "tag"),
        ("untag", "tag"),
        ("delete", {}),
    ],
)
def test_every_kind_is_done_and_taken_back_exactly(cast, seven, run_jobs, kind, data):
    tag = tags.named(cast.acme, "VIP")
    tags.tag_leads(cast.alice, [lead.id for lead in seven[:3]], tag)
    Lead.update(owner=cast.alice.user_id).where(Lead.id == seven[1].id).execute()
    data = (
        {
            "bob": {"owner": cast.bob.user_id},
            "tag": {"tag": tag._asdict()},
            "center": {"center": create_center(cast.acme, "Berlin").id},
        }.get(data, data)
        if isinstance(data, str)
        else data
    )
    before = state_of(cast.acme)
    action = begin(cast.bob, kind, data, EVERYTHING)
    run_jobs()
    changed = 5 if data == {"stage": "replied"} else {"tag": 4, "untag": 3}.get(kind, 7)
    assert state_of(cast.acme) != before and fresh(action).changed == changed
    undo(fresh(action))
    run_jobs()
    assert (fresh(action).state, fresh(action).undone) == (BulkState.UNDONE, fresh(action).changed)
    assert state_of(cast.acme) == before


@pytest.mark.parametrize("kind", ["stage", "delete"])
def test_what_is_taken_back_hours_later_leaves_no_trace_in_what_home_draws(cast, seven, run_jobs, kind):
    before = hours_of(cast.acme)
    with clock.freeze(LONG_AGO + timedelta(days=20)):
        action = begin(cast.bob, kind, LOST, EVERYTHING)
        run_jobs()
    assert hours_of(cast.acme) != before
    with clock.freeze(LONG_AGO + timedelta(days=20, hours=5)):
        undo(fresh(action))
        run_jobs()
    assert hours_of(cast.acme) == before


def test_the_change_may_take_leads_out_of_the_filter_it_goes_through(cast, seven, run_jobs):
    chosen = EVERYTHING.narrowed(stage="new")
    Lead.update(stage=Stage.NEW).execute()
    action = begin(cast.bob, "stage", LOST, chosen)
    factories.lead(cast.acme, "Came later")
    run_jobs()
    assert fresh(action).changed == 7 and Lead.of(cast.acme).where(Lead.stage == Stage.NEW).count() == 1


@pytest.mark.parametrize("step", ["_move", "wait", "_mark"])
@pytest.mark.parametrize("times", [0, 1, 3, 5])
def test_a_run_that_dies_goes_on_once_its_lease_has_passed(cast, seven, monkeypatch, step, times):
    before = state_of(cast.acme)
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    for do, done in ((lambda: None, BulkState.DONE), (lambda: undo(fresh(action)), BulkState.UNDONE)):
        do()
        mend = dies_at(monkeypatch, step, times)
        with pytest.raises(Killed):
            run_bulk(action.id)
            raise Killed  # it got through before that step
        mend()
        run_bulk(action.id)
        assert fresh(action).state is done or fresh(action).lease_until  # the lease is still held
        with clock.freeze(clock.now() + timedelta(minutes=1)):
            run_bulk(action.id)
        assert fresh(action).state is done
    assert (fresh(action).total, fresh(action).done, fresh(action).changed, fresh(action).undone) == (7, 7, 7, 7)
    assert state_of(cast.acme) == before and Activity.of(cast.acme).count() == 14


def test_the_sweep_wakes_an_action_whose_run_died(cast, seven, monkeypatch, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    mend = dies_at(monkeypatch, "wait", 4)
    with pytest.raises(Killed):
        run_jobs()
    mend()
    bulk_running.requeue_stalled()
    run_jobs()
    assert fresh(action).state is BulkState.RUNNING
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        bulk_running.requeue_stalled()
        run_jobs()
    assert fresh(action).state is BulkState.DONE


def test_cancelling_stops_between_batches_and_what_was_changed_can_be_taken_back(cast, seven, monkeypatch, run_jobs):
    before = state_of(cast.acme)
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    real = bulk_running._change_some

    def once(*args):
        more = real(*args)
        if fresh(action).state is BulkState.RUNNING:
            cancel(action)
        return more

    monkeypatch.setattr(bulk_running, "_change_some", once)
    run_jobs()
    action = fresh(action)
    assert (action.state, action.changed, items(action, BulkItemState.WAITING)) == (BulkState.CANCELLED, 2, 5)
    with pytest.raises(Conflict):
        cancel(action)
    undo(action)
    run_jobs()
    assert fresh(action).state is BulkState.UNDONE and state_of(cast.acme) == before


def test_the_undo_keeps_what_somebody_changed_since(cast, seven, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    Lead.update(stage=Stage.REPLIED).where(Lead.id == seven[0].id).execute()
    there_and_back = datetime(2027, 1, 1, tzinfo=UTC)
    Lead.update(stage_changed_at=there_and_back).where(Lead.id == seven[1].id).execute()
    undo(fresh(action))
    run_jobs()
    kept = BulkItem.select().where(BulkItem.action == action.id, BulkItem.state == BulkItemState.KEPT)
    assert {item.lead_id for item in kept} == {seven[0].id, seven[1].id} and fresh(action).undone == 5
    assert Lead.get_by_id(seven[0].id).stage is Stage.REPLIED and Lead.get_by_id(seven[1].id).stage is Stage.LOST
    with pytest.raises(Conflict):
        undo(fresh(action))


def meanwhile(monkeypatch, act, done=6):
    """Let `act()` happen once, when the next run has looked at so many leads."""
    real = bulk_running._change_some

    def acting(action, member):
        if action.done == done:
            monkeypatch.setattr(bulk_running, "_change_some", real)
            act()
        return real(action, member)

    monkeypatch.setattr(bulk_running, "_change_some", acting)


@pytest.mark.parametrize("kind", ["stage", "owner", "center"])
def test_what_somebody_changed_meanwhile_stays_and_is_named(cast, seven, monkeypatch, run_jobs, sign_in, kind):
    last, place = seven[-1], {name: create_center(cast.acme, name).id for name in ("Berlin", "Paris")}
    data, change = {
        "stage": (LOST, {"stage": Stage.NEW, "stage_changed_at": clock.now()}),
        "owner": ({"owner": cast.bob.user_id}, {"owner": cast.alice.user_id}),
        "center": ({"center": place["Berlin"]}, {"center": place["Paris"]}),
    }[kind]
    meanwhile(monkeypatch, lambda: Lead.update(change).where(Lead.id == last.id).execute())
    action = begin(cast.bob, kind, {**data, "words": "changed"}, EVERYTHING)
    run_jobs()
    assert (fresh(action).changed, fresh(action).done, items(action, BulkItemState.KEPT)) == (6, 7, 1)
    name, value = next(iter(change.items()))
    assert Lead.select(getattr(Lead, name)).where(Lead.id == last.id).scalar() == value
    page = sign_in(cast.bob).get(f"/leads/bulk/{action.id}").text
    assert "Somebody changed this lead" in page and f'href="/leads/{last.id}"' in page


def test_a_lead_that_was_deleted_meanwhile_stays_in_the_bin(cast, seven, monkeypatch, run_jobs):
    meanwhile(monkeypatch, lambda: bulk.delete_leads(cast.alice, [seven[-1].id]))
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    binned = Lead.get_by_id(seven[-1].id)
    assert binned.deleted_at and binned.stage is Stage.REPLIED and fresh(action).changed == 6


def test_the_undo_leaves_said_when_somebody_wrote_to_a_lead_since(cast, seven, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    written = clock.now() + timedelta(hours=1)
    Lead.update(touched_at=written).where(Lead.id == seven[2].id).execute()
    undo(fresh(action))
    run_jobs()
    lead = Lead.get_by_id(seven[2].id)
    assert (lead.stage, lead.touched_at, fresh(action).undone) == (Stage.REPLIED, written, 7)


def test_the_undo_keeps_a_loss_for_which_somebody_gave_a_reason_since(cast, seven, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    explain_loss(Lead.get_by_id(seven[2].id), "No budget", actor=cast.alice)
    undo(fresh(action))
    run_jobs()
    lead = Lead.get_by_id(seven[2].id)
    assert (lead.stage, lead.lost_reason, fresh(action).undone) == (Stage.LOST, "No budget", 6)


def test_two_actions_at_once_change_each_lead_once_and_go_back_one_after_the_other(cast, seven, monkeypatch, run_jobs):
    before, second = state_of(cast.acme), []

    def another():
        second.append(begin(cast.alice, "stage", {"stage": "replied"}, EVERYTHING))
        run_bulk(second[0].id)

    meanwhile(monkeypatch, another)
    first = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    assert (fresh(first).changed, fresh(second[0]).changed) == (7, 6)  # one was replied to all along, until the first
    assert items(second[0], BulkItemState.SAME) == 1
    for action in (second[0], first):
        undo(fresh(action))
        run_jobs()
    assert state_of(cast.acme) == before


def test_the_second_of_two_clicks_begins_nothing(cast, seven, run_jobs):
    first = begin(cast.bob, "stage", LOST, EVERYTHING)
    assert begin(cast.bob, "stage", LOST, EVERYTHING) == first
    other = begin(cast.bob, "stage", LOST, EVERYTHING.narrowed(stage="new"))
    assert other != first and begin(cast.alice, "stage", LOST, EVERYTHING) != first
    run_jobs()
    assert begin(cast.bob, "stage", LOST, EVERYTHING) != first
    undo(fresh(first))
    undo(fresh(first))
    run_jobs()
    assert fresh(first).state is BulkState.UNDONE


def test_it_stops_when_its_actor_is_put_out_in_the_middle(cast, seven, monkeypatch, run_jobs):
    meanwhile(monkeypatch, lambda: Membership.delete().where(Membership.user == cast.bob.user_id).execute(), 2)
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    run_jobs()
    assert (fresh(action).state, fresh(action).changed) == (BulkState.FAILED, 4) and "no longer" in fresh(action).error


def test_it_ends_quietly_when_its_workspace_is_deleted(cast, seven, monkeypatch, run_jobs):
    begin(cast.bob, "stage", LOST, EVERYTHING)
    meanwhile(monkeypatch, lambda: give_up(cast.acme, typed_name="Acme", actor=cast.alice))
    run_jobs()
    assert BulkAction.select().count() == BulkItem.select().count() == Lead.of(cast.acme).count() == 0


def test_it_changes_only_what_its_actor_sees(cast, seven, run_jobs):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    Lead.update(owner=olga.user_id).where(Lead.id.in_([lead.id for lead in seven[:4]])).execute()
    foreign = factories.lead(cast.other)
    action = begin(olga, "stage", LOST, EVERYTHING)
    Lead.update(owner=None).where(Lead.id == seven[0].id).execute()
    run_jobs()
    lost = {lead.id for lead in Lead.select().where(Lead.stage == Stage.LOST)}
    assert lost == {lead.id for lead in seven[1:4]} and fresh(action).total == 3
    assert Lead.get_by_id(foreign.id).stage is Stage.NEW


def test_it_ends_with_a_sentence_when_its_actor_left(cast, seven, run_jobs):
    action = begin(cast.bob, "stage", LOST, EVERYTHING)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    run_jobs()
    assert fresh(action).state is BulkState.FAILED and "no longer" in fresh(action).error
    assert Lead.of(cast.acme).where(Lead.stage == Stage.LOST).count() == 0


# ------------------------------------------------------------------------ pages


def test_few_leads_are_changed_in_the_request_with_an_undo(cast, batches, sign_in):
    leads = [factories.lead(cast.acme) for _ in range(3)]
    client = sign_in(cast.bob)
    page = client.get("/leads/bulk?stage=new&all=1&do=stage").text
    assert "Set the stage of all 3 leads" in page and 'action="/leads/bulk?f=stage.is.new"' in page
    answer = client.post("/leads/bulk?stage=new", data={"do": "stage", "stage": "lost", "all": 1})
    assert answer.status_code == 303 and answer.location.startswith("/leads?")
    action = BulkAction.get()
    page = client.get("/leads").text
    assert "3 leads moved to Lost" in page and f"/leads/bulk/{action.id}/undo" in page
    client.post(f"/leads/bulk/{action.id}/undo")
    assert {Lead.get_by_id(lead.id).stage for lead in leads} == {Stage.NEW}


def test_many_leads_show_their_progress_until_they_are_done(cast, seven, sign_in, run_jobs):
    client = sign_in(cast.bob)
    address = client.post("/leads/bulk", data={"do": "tag", "tag": "VIP", "all": 1}).location
    page = client.get(address).text
    assert 'hx-trigger="every 2s"' in page and "/cancel" in page
    run_jobs()
    page = client.get(address).text
    assert "every 2s" not in page and "7 leads tagged VIP" in page and "/undo" in page
    LeadTag.delete().where(LeadTag.lead == seven[0].id).execute()
    client.post(f"{address}/undo")
    run_jobs()
    page = client.get(address).text
    assert "6 of them put back" in page and f'href="/leads/{seven[0].id}"' in page and "/undo" not in page


def test_what_runs_can_be_cancelled_on_its_page(cast, seven, sign_in, run_jobs):
    client = sign_in(cast.bob)
    address = client.post("/leads/bulk", data={"do": "delete", "all": 1}).location
    client.post(f"{address}/cancel")
    run_jobs()
    assert "Cancelled" in client.get(address).text and Lead.of(cast.acme).where(Lead.deleted_at.is_null()).count() == 7
    assert client.post(f"{address}/cancel").status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "stage", "stage": "x"},
        {"do": "owner", "owner": "999"},
        {"do": "center", "center": "7"},
        {"do": "tag"},
        {"do": "untag", "tag": "Nobody has it"},
    ],
)
def test_what_is_no_choice_is_refused(cast, batches, sign_in, form):
    factories.lead(cast.acme)
    assert sign_in(cast.bob).post("/leads/bulk", data={**form, "all": 1}).status_code == 422
    assert BulkAction.select().count() == 0


def test_nobody_else_sees_or_takes_back_a_members_change(cast, seven, sign_in):
    address = sign_in(cast.bob).post("/leads/bulk", data={"do": "delete", "all": 1}).location
    for member in (cast.alice, cast.charlie):
        client = sign_in(member)
        assert client.get(address).status_code == 404
        assert client.post(f"{address}/undo").status_code == client.post(f"{address}/cancel").status_code == 404
    assert sign_in(cast.vera).post("/leads/bulk", data={"do": "delete"}).status_code == 403
