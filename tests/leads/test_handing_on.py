"""What becomes of the leads of somebody who leaves the workspace."""

from datetime import timedelta

import pytest

from tests import factories
from webapp.accounts import team
from webapp.accounts.models import Departure
from webapp.accounts.workspaces import add_member
from webapp.core import jobs
from webapp.core.clock import freeze, now
from webapp.leads import handing_on
from webapp.leads.models import Activity, HandOver, Lead


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
