import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from webapp.core.clock import freeze, now
from webapp.enrichment.models import EnrichmentSettings
from webapp.llm import budgets
from webapp.llm.budgets import Budget, OutOfBudget, cost_of, used_today
from webapp.llm.models import CallState, ModelCall


@pytest.fixture
def budget(cast, settings):
    settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="test-model", llm_price=(1_000_000, 2_000_000))

    def budget(workspace=None, **limits):
        return Budget(workspace or cast.acme, EnrichmentSettings(**limits), purpose="enrichment", reference="result:1")

    return budget


def settle(budget, call, tokens_in, tokens_out, **more):
    budget.settle(call, tokens_in=tokens_in, tokens_out=tokens_out, milliseconds=5, **more)


def test_what_is_reserved_counts_until_what_was_used_is_known(budget, cast):
    mine = budget()
    call = mine.reserve(3000, 1000)
    assert call.state is CallState.RESERVED and used_today(cast.acme) == (4000, 5000)
    settle(mine, call, 2000, 100)
    assert used_today(cast.acme) == (2100, 2200)
    settle(mine, mine.reserve(3000, 1000), 0, 0, error="It hung up.")
    assert used_today(cast.acme) == (2100, 2200) and (mine.calls, mine.tokens, mine.cost) == (1, 2100, 2200)


def test_money_is_rounded_up(budget):
    assert cost_of(1, 0) == 1 and cost_of(0, 0) == 0
    assert cost_of(1_000_000, 1_000_000) == 3_000_000


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"calls_per_company": 1}, "1 times for a company"),
        ({"tokens_per_company": 2000}, "2,000 tokens that a company may use"),
        ({"cost_per_company": 2300}, "money that a company may cost"),
        ({"tokens_per_day": 2000}, "2,000 tokens that the model may use in a day"),
        ({"cost_per_day": 2300}, "money that the model may cost in a day"),
        ({"seconds_per_company": 0}, "0 seconds"),
    ],
)
def test_nothing_is_reserved_beyond_a_limit(budget, limits, reason):
    mine = budget(**limits)
    with pytest.raises(OutOfBudget, match=reason):
        for _ in range(2):
            settle(mine, mine.reserve(1000, 100), 1000, 100)
    assert ModelCall.select().where(ModelCall.state == CallState.RESERVED).count() == 0


def test_the_budget_of_a_day_is_a_workspaces_own_and_new_at_midnight(budget, cast):
    noon = now().replace(hour=12)
    with freeze(noon):
        settle(budget(), budget().reserve(900, 0), 900, 0)
        with pytest.raises(OutOfBudget):
            budget(tokens_per_day=1000).reserve(200, 0)
        budget(cast.other, tokens_per_day=1000).reserve(200, 0)
    with freeze(noon + timedelta(hours=12)):
        budget(tokens_per_day=1000).reserve(200, 0)


def test_the_tokens_left_are_those_that_can_be_paid(budget):
    mine = budget(tokens_per_company=5000, cost_per_company=4000)
    assert mine.tokens_left == 2000
    settle(mine, mine.reserve(100, 0), 1000, 0)
    assert mine.tokens_left == 1500


def test_two_jobs_at_once_do_not_overspend_a_day(budget, cast, app):
    gate, granted, refused = threading.Barrier(4), [], []

    def spend():
        mine = budget(tokens_per_day=10_000, tokens_per_company=10**6, calls_per_company=50)
        gate.wait()
        for _ in range(5):
            try:
                granted.append(mine.reserve(900, 100))
            except OutOfBudget:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(granted) == 10 and len(refused) == 10
    assert used_today(cast.acme)[0] == 10_000


def test_who_looks_what_is_left_keeps_others_from_looking_until_it_has_reserved(budget, monkeypatch):
    both, granted, refused, check = threading.Barrier(2, timeout=0.5), [], [], Budget._check_day

    def check_together(self, call):
        check(self, call)
        with suppress(threading.BrokenBarrierError):  # the other one does not come: it waits for us
            both.wait()

    def spend():
        try:
            granted.append(budget(tokens_per_day=1500).reserve(900, 100))
        except OutOfBudget:
            refused.append(1)

    monkeypatch.setattr(Budget, "_check_day", check_together)
    threads = [threading.Thread(target=spend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(granted) == len(refused) == 1


def test_what_a_killed_process_reserved_is_released(budget, cast):
    with freeze(now() - timedelta(minutes=20)):
        lost = budget().reserve(3000, 1000)
    fresh = budget().reserve(30, 10)
    done = budget().reserve(30, 10)
    settle(budget(), done, 30, 10)
    budgets.sweep()
    states = {call.id: (call.state, call.tokens_in, call.error) for call in ModelCall.select()}
    assert states[lost.id] == (CallState.FAILED, 0, budgets.LOST)
    assert states[fresh.id][0] is CallState.RESERVED and states[done.id][0] is CallState.DONE
    assert used_today(cast.acme) == (80, 100)
