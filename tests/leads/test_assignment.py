"""Leads that come into a center without an owner find one: in turn, or by room; exactly once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from db import db
from tests import factories
from webapp.accounts import centers
from webapp.accounts.models import Assignment, Center, CenterMember, Membership, Role, User
from webapp.core import clock
from webapp.core.errors import Conflict, Invalid
from webapp.leads import assignment, bulk, editing
from webapp.leads.models import Activity, ActivityKind, HandOver, Lead, Stage

ROUND, CAPACITY = Assignment.ROUND_ROBIN, Assignment.CAPACITY


@pytest.fixture
def berlin(cast):
    """A center with Alice, Bob and Cleo in it, in this order."""
    cast.cleo = factories.member(cast.acme, "Cleo Clark")
    center = centers.create_center(cast.acme, "Berlin")
    for member in (cast.alice, cast.bob, cast.cleo):
        centers.put_in(center, member.user_id, actor=cast.alice)
    return way(cast, center, ROUND)


def way(cast, center, chosen):
    centers.set_assignment(center, chosen, actor=cast.alice)
    return center


def come(cast, center, count=1, **fields):
    """So many new leads without an owner come into `center` together; returns the names of who got them."""
    leads = [factories.lead(cast.acme, **fields) for _ in range(count)]
    bulk.move_to_center(cast.alice, [lead.id for lead in leads], center.id)
    return [owner_of(lead) for lead in leads]


def owner_of(lead):
    owner = Lead.get_by_id(lead.id).owner
    return owner and owner.full_name.split()[0]


def reasons():
    return [row.reason for row in HandOver.select().order_by(HandOver.id)]


# ------------------------------------------------------------------- turns


def test_leads_go_round_also_from_one_time_to_the_next(cast, berlin):
    assert come(cast, berlin, 4) == ["Alice", "Bob", "Cleo", "Alice"]
    assert come(cast, berlin, 1) + come(cast, berlin, 3) == ["Bob", "Cleo", "Alice", "Bob"]
    assert reasons()[0] == "Round robin: Alice Archer’s turn in Berlin"


def test_turns_stay_in_order_when_the_clock_goes_back(cast, berlin):
    assert come(cast, berlin, 2) == ["Alice", "Bob"]
    with clock.freeze(clock.now() - timedelta(days=9000)):
        assert come(cast, berlin, 4) == ["Cleo", "Alice", "Bob", "Cleo"]
    assert come(cast, berlin, 1) == ["Alice"]


def test_who_is_new_in_the_center_is_next(cast, berlin):
    come(cast, berlin, 3)
    dan = factories.member(cast.acme, "Dan Dale")
    centers.put_in(berlin, dan.user_id, actor=cast.alice)
    assert come(cast, berlin, 2) == ["Dan", "Alice"]


def test_viewers_the_inactive_and_who_left_get_none(cast, berlin):
    centers.put_in(berlin, cast.vera.user_id, actor=cast.alice)
    User.update(is_active=False).where(User.id == cast.bob.user_id).execute()
    Membership.delete().where(Membership.user == cast.cleo.user_id).execute()
    assert come(cast, berlin, 3) == ["Alice"] * 3
    Membership.update(role=Role.VIEWER).where(Membership.user == cast.alice.user_id).execute()
    assert come(cast, berlin) == [None] and reasons()[-1] == "Nobody in Berlin takes leads"


# -------------------------------------------------------------------- room


def test_by_capacity_they_go_to_who_has_the_most_room(cast, berlin):
    way(cast, berlin, CAPACITY)
    for member, room in ((cast.alice, 2), (cast.bob, 4), (cast.cleo, 1)):
        centers.set_capacity(berlin, member.user_id, room, actor=cast.alice)
    got = come(cast, berlin, 8)
    assert got[:2] == ["Bob", "Bob"] and Counter(got) == {"Bob": 4, "Alice": 2, "Cleo": 1, None: 1}
    assert reasons()[1] == "Capacity: Bob Baker had the most room (1 of 4) in Berlin"
    assert reasons()[-1] == "Nobody in Berlin has room"


def test_closed_leads_and_those_of_other_centers_take_no_room(cast, berlin):
    way(cast, berlin, CAPACITY)
    lisbon = centers.create_center(cast.acme, "Lisbon")
    for member in (cast.alice, cast.cleo):
        centers.take_out(berlin, member.user_id, actor=cast.alice)
    centers.set_capacity(berlin, cast.bob.user_id, 2, actor=cast.alice)
    bobs = {"owner": cast.bob.user_id}
    factories.lead(cast.acme, center=berlin, stage=Stage.LOST, **bobs)
    factories.lead(cast.acme, center=berlin, stage=Stage.CONVERTED, **bobs)
    factories.lead(cast.acme, center=berlin, deleted_at=clock.now(), **bobs)
    factories.lead(cast.acme, center=lisbon, **bobs)
    assert come(cast, berlin, 3) == ["Bob", "Bob", None]


def test_no_limit_is_the_most_room_and_taken_in_turn(cast, berlin):
    way(cast, berlin, CAPACITY)
    centers.set_capacity(berlin, cast.bob.user_id, 900, actor=cast.alice)
    assert come(cast, berlin, 3) == ["Alice", "Cleo", "Alice"]
    assert reasons()[0] == "Capacity: Alice Archer had the most room (no limit) in Berlin"


def test_a_full_member_is_passed_over_in_turn_too(cast, berlin):
    centers.set_capacity(berlin, cast.bob.user_id, 1, actor=cast.alice)
    assert come(cast, berlin, 5) == ["Alice", "Bob", "Cleo", "Alice", "Cleo"]


# ------------------------------------------------------------- coming in


def test_what_has_an_owner_or_is_closed_is_left_alone(cast, berlin):
    assert come(cast, berlin, owner=cast.vera.user_id) == ["Vera"]
    assert come(cast, berlin, stage=Stage.LOST) == [None]
    way(cast, berlin, Assignment.NONE)
    assert come(cast, berlin) == [None] and reasons() == []


def test_a_hand_over_and_the_timeline_say_who_and_why(cast, berlin):
    lead = factories.lead(cast.acme)
    bulk.move_to_center(cast.bob, [lead.id], berlin.id)
    [row] = HandOver.select()
    assert (row.lead_id, row.center_id, row.owner_id, row.actor_id, row.former_id) == (
        lead.id, berlin.id, cast.alice.user_id, cast.bob.user_id, None
    )  # fmt: skip
    changed, assigned = Activity.select().order_by(Activity.id)
    assert changed.data["changes"] == {"center": ["", "Berlin"]}
    assert (assigned.kind, assigned.data) == (
        ActivityKind.ASSIGNED,
        {
            "owner": "Alice Archer",
            "reason": "Round robin: Alice Archer’s turn in Berlin",
            "ids": {"owner": [None, cast.alice.user_id]},
        },
    )  # fmt: skip


def test_a_new_lead_without_an_owner_gets_one(cast, berlin):
    lead = editing.add_lead(cast.alice, {"first_name": "Ann", "center": berlin.id, "owner": None})
    assert owner_of(lead) == "Alice"
    kept = editing.add_lead(cast.alice, {"first_name": "Ben", "center": berlin.id, "owner": cast.vera.user_id})
    assert owner_of(kept) == "Vera"


def test_a_lead_whose_center_is_edited_gets_one_unless_its_owner_was_just_taken_away(cast, berlin):
    lead = factories.lead(cast.acme)
    editing.edit_lead(Lead.get_by_id(lead.id), {"center": berlin.id}, actor=cast.alice)
    assert owner_of(lead) == "Alice"
    editing.edit_lead(Lead.get_by_id(lead.id), {"owner": None}, actor=cast.alice)
    assert owner_of(lead) is None


def test_an_archived_center_takes_none(cast, berlin):
    lead = factories.lead(cast.acme)
    centers.archive_center(berlin, actor=cast.alice)
    for put in (
        lambda: bulk.move_to_center(cast.alice, [lead.id], berlin.id),
        lambda: editing.edit_lead(Lead.get_by_id(lead.id), {"center": berlin.id}, actor=cast.alice),
        lambda: editing.add_lead(cast.alice, {"first_name": "Ann", "center": berlin.id}),
    ):
        with pytest.raises(Invalid):
            put()
    assert Lead.get_by_id(lead.id).center_id is None and Lead.select().count() == 1


# --------------------------------------------------------- those who waited


def waiting(cast, center, count):
    for _ in range(count):
        factories.lead(cast.acme, center=center)


def counted():
    return Counter(owner_of(lead) for lead in Lead.select())


def test_those_who_waited_are_assigned_at_once(cast, berlin):
    waiting(cast, berlin, 6)
    assert assignment.waiting_in(berlin) == 6
    assert assignment.assign_waiting(berlin, actor=cast.alice) == 6
    assert counted() == {"Alice": 2, "Bob": 2, "Cleo": 2} and assignment.waiting_in(berlin) == 0
    assert assignment.assign_waiting(berlin, actor=cast.alice) == 0


def test_asking_again_while_nobody_has_room_writes_nothing_down(cast, berlin):
    for member in (cast.alice, cast.bob, cast.cleo):
        centers.set_capacity(berlin, member.user_id, 1, actor=cast.alice)
    waiting(cast, berlin, 5)
    given = [assignment.assign_waiting(berlin, actor=cast.alice) for _ in range(3)]
    assert given == [3, 0, 0] and len(reasons()) == 3


def test_many_are_assigned_by_a_job_in_batches(cast, berlin, run_jobs, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 4)
    monkeypatch.setattr(assignment, "BATCH", 4)
    waiting(cast, berlin, 9)
    assert assignment.assign_waiting(berlin, actor=cast.alice) is None
    with pytest.raises(Conflict, match="already"):
        assignment.assign_waiting(berlin, actor=cast.alice)
    assert counted() == {None: 9}
    run_jobs()
    assert counted() == {"Alice": 3, "Bob": 3, "Cleo": 3} and len(reasons()) == 9
    assert Center.get_by_id(berlin.id).assigning_until is None
    assignment.run_waiting(berlin.id)  # the job may run twice
    assert len(reasons()) == 9


def test_the_sweep_wakes_a_job_that_was_lost(cast, berlin, run_jobs, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 0)
    waiting(cast, berlin, 3)
    with db.atomic():
        monkeypatch.setattr(assignment, "later", lambda *args: None)
        assignment.assign_waiting(berlin, actor=cast.alice)
        monkeypatch.undo()
    assignment.requeue_stalled()
    run_jobs()
    assert counted() == {None: 3}
    with clock.freeze(clock.now() + 2 * assignment.LEASE):
        assignment.requeue_stalled()
        run_jobs()
    assert counted() == {"Alice": 1, "Bob": 1, "Cleo": 1}


def test_a_job_with_nobody_who_has_room_ends(cast, berlin, run_jobs, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 2)
    monkeypatch.setattr(assignment, "BATCH", 2)
    CenterMember.delete().execute()
    waiting(cast, berlin, 5)
    assignment.assign_waiting(berlin, actor=cast.alice)
    run_jobs()
    assert counted() == {None: 5} and Center.get_by_id(berlin.id).assigning_until is None


def test_a_center_that_is_archived_meanwhile_ends_the_job_for_good(cast, berlin, run_jobs, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 0)
    waiting(cast, berlin, 3)
    assignment.assign_waiting(berlin, actor=cast.alice)
    centers.archive_center(berlin, actor=cast.alice)
    run_jobs()
    assert counted() == {None: 3}
    centers.bring_back(berlin, actor=cast.alice)
    with clock.freeze(clock.now() + 2 * assignment.LEASE):
        assignment.requeue_stalled()
        run_jobs()
    assert counted() == {None: 3}


def test_a_center_that_assigns_by_hand_says_so(cast, berlin):
    way(cast, berlin, Assignment.NONE)
    with pytest.raises(Conflict, match="does not assign"):
        assignment.assign_waiting(berlin, actor=cast.alice)


def at_once(*works):
    """Run each of these in a thread with a connection of its own, begun together; raises what one raises."""
    failures, start = [], threading.Barrier(len(works))

    def run(work):
        try:
            with db.connection_context():
                start.wait()
                work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


def test_four_workers_at_one_job_assign_each_lead_once(cast, berlin, monkeypatch):
    monkeypatch.setattr(assignment, "BATCH", 5)
    monkeypatch.setattr(assignment, "PAUSE", 0)
    waiting(cast, berlin, 60)
    Center.update(assigning_until=clock.now()).execute()
    at_once(*[lambda: assignment.run_waiting(berlin.id)] * 4)
    assert counted() == {"Alice": 20, "Bob": 20, "Cleo": 20}
    handed = [row.lead_id for row in HandOver.select()]
    assert len(handed) == len(set(handed)) == 60


def test_leads_that_come_in_at_four_doors_at_once_keep_to_turns_and_room(cast, berlin):
    centers.set_capacity(berlin, cast.cleo.user_id, 7, actor=cast.alice)
    doors = [[factories.lead(cast.acme).id for _ in range(15)] for _ in range(4)]

    def enter(ids):
        return lambda: [bulk.move_to_center(cast.alice, [lead_id], berlin.id) for lead_id in ids]

    at_once(*map(enter, doors))
    got = counted()
    assert got["Cleo"] == 7 and sum(got.values()) == 60 and abs(got["Alice"] - got["Bob"]) <= 1
