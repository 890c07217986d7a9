"""What becomes of the leads of somebody who leaves the workspace."""

from datetime import date, time, timedelta

import pytest

from tests import factories
from webapp.accounts import team
from webapp.accounts.members import member_of
from webapp.accounts.models import Departure, Reach, User
from webapp.accounts.workspaces import add_member
from webapp.core import jobs
from webapp.core.clock import freeze, now
from webapp.leads import handing_on, todo_queries, todos
from webapp.leads.models import Activity, HandOver, Lead, Todo


@pytest.fixture
def leads(cast):
    """Three leads of Bob's, one of them in the bin, one of Alice's, and one that Bob has in another workspace."""
    add_member(cast.other, cast.bob.user_id)
    mine = [factories.lead(cast.acme, owner=cast.bob.user_id) for _ in range(2)]
    binned = factories.lead(cast.acme, owner=cast.bob.user_id, deleted_at=now())
    hers, elsewhere = (
        factories.lead(cast.acme, owner=cast.alice.user_id),
        factories.lead(cast.other, owner=cast.bob.user_id),
    )
    return {"mine": [*mine, binned], "hers": hers, "elsewhere": elsewhere}


def owner_of(lead):
    return Lead.get_by_id(lead.id).owner_id


@pytest.mark.parametrize("heir", ["alice", None])
def test_they_go_to_the_chosen_heir_or_to_nobody_and_say_why(cast, leads, run_jobs, heir):
    heir_id = heir and cast.alice.user_id
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice, heir_id=heir_id)
    run_jobs()
    assert [owner_of(lead) for lead in leads["mine"]] == [heir_id] * 3
    assert owner_of(leads["hers"]) == cast.alice.user_id and owner_of(leads["elsewhere"]) == cast.bob.user_id
    assert {row.reason for row in HandOver.select()} == {
        "Bob Baker left the workspace"
    } and HandOver.select().count() == 3
    assert HandOver.get().former_id == cast.bob.user_id and HandOver.get().actor_id == cast.alice.user_id
    entry = Activity.get(Activity.lead == leads["mine"][0])
    assert entry.data["changes"] == {"owner": ["Bob Baker", "Alice Archer" if heir else ""]}
    assert not Departure.select().exists()


def test_many_go_in_batches_and_a_second_run_adds_nothing(cast, run_jobs, monkeypatch):
    monkeypatch.setattr(handing_on, "BATCH", 2)
    monkeypatch.setattr(handing_on, "PAUSE", 0)
    for _ in range(5):
        factories.lead(cast.acme, owner=cast.bob.user_id)
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice, heir_id=cast.alice.user_id)
    departure = Departure.get()
    handing_on.hand_leads_on(departure.id)
    handing_on.hand_leads_on(departure.id)
    assert handing_on.leads_owned(cast.acme.id, cast.alice.user_id) == 5 and HandOver.select().count() == 5


def test_a_run_that_finds_its_batch_taken_by_another_goes_on_with_the_rest(cast, monkeypatch):
    monkeypatch.setattr(handing_on, "BATCH", 2)
    leads = [factories.lead(cast.acme, owner=cast.bob.user_id) for _ in range(4)]
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice)
    change = Lead.update

    def update_behind_another(*args, **changes):
        monkeypatch.undo()
        change(owner=None).where(Lead.id.in_([lead.id for lead in leads[:2]])).execute()
        return change(*args, **changes)

    monkeypatch.setattr(Lead, "update", update_behind_another)
    handing_on.hand_leads_on(Departure.get().id)
    assert [owner_of(lead) for lead in leads] == [None] * 4


def test_a_lost_job_is_found_again_but_not_one_that_runs(cast, leads, run_jobs):
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice)
    jobs.huey.flush()
    handing_on.requeue_stalled()
    assert jobs.huey.pending_count() == 0
    with freeze(now() + handing_on.STALLED + timedelta(seconds=1)):
        handing_on.requeue_stalled()
        run_jobs()
    assert owner_of(leads["mine"][0]) is None


def test_open_to_dos_go_to_the_heir_and_where_they_do_not_see_the_lead_to_its_owner(cast, leads, run_jobs, monkeypatch):
    monkeypatch.setattr(handing_on, "BATCH", 2)
    dora = factories.member(cast.acme, "Dora Dale", reach=Reach.OWN)
    User.update(time_zone="Asia/Tokyo").where(User.id == dora.user_id).execute()
    nobodys = factories.lead(cast.acme)
    friday = {"day": date(2027, 1, 1), "assignee": cast.bob.user_id}
    mine, hers, free = (
        todos.add_todo(lead, {"title": "Call", **friday}, actor=cast.bob)
        for lead in (leads["mine"][0], leads["hers"], nobodys)
    )
    at_noon = todos.add_todo(leads["mine"][1], {"title": "Meet", "time": time(12), **friday}, actor=cast.bob)
    done = todos.add_todo(leads["hers"], {"title": "Done", **friday}, actor=cast.bob)
    todos.finish_todo(done, actor=cast.bob)
    elsewhere = todos.add_todo(leads["elsewhere"], {"title": "There", "assignee": cast.bob.user_id}, actor=cast.charlie)
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice, heir_id=dora.user_id)
    run_jobs()
    whose = {todo.id: todo.assignee_id for todo in Todo.select()}
    assert whose[mine.id] == whose[at_noon.id] == dora.user_id and whose[hers.id] == cast.alice.user_id
    assert whose[free.id] is None and whose[done.id] == whose[elsewhere.id] == cast.bob.user_id
    handed = Todo.get_by_id(mine.id)
    assert todos.day_of(handed, actor=cast.alice) == (date(2027, 1, 1), None)
    assert Lead.get_by_id(handed.lead_id).next_due_at == handed.due_at < mine.due_at
    assert Todo.get_by_id(at_noon.id).due_at == at_noon.due_at
    listed = todo_queries.open_todos(member_of(cast.acme, User.get_by_id(dora.user_id))).rows
    assert [todo.id for todo in listed] == [at_noon.id, mine.id]


def test_to_dos_go_to_nobody_when_nobody_is_the_heir_or_the_heir_left_too(cast, leads, run_jobs):
    todo = todos.add_todo(leads["mine"][0], {"title": "Call"}, actor=cast.bob)
    vic = factories.member(cast.acme, "Vic Vance")
    team.remove_member(cast.acme, cast.bob.user_id, actor=cast.alice, heir_id=vic.user_id)
    team.remove_member(cast.acme, vic.user_id, actor=cast.alice)
    run_jobs()
    assert Todo.get_by_id(todo.id).assignee_id is None and owner_of(leads["mine"][0]) is None
