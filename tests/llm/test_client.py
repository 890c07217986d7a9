import logging
import time

import pytest

from tests.enrichment import model_server
from tests.enrichment.model_server import KEY, calls, error, says
from webapp.enrichment.models import EnrichmentSettings
from webapp.llm import client
from webapp.llm.budgets import Budget, ModelFailed
from webapp.llm.client import TRIES, ask
from webapp.llm.models import CallState, ModelCall

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def budget(cast):
    def budget(**limits):
        return Budget(cast.acme, EnrichmentSettings(**limits), purpose="enrichment", reference="result:1")

    return budget


def charged():
    return [
        (call.state, call.tokens_in + call.tokens_out, call.cost) for call in ModelCall.select().order_by(ModelCall.id)
    ]


def test_an_answer_is_paid_for_with_what_the_endpoint_counted(model, budget):
    server = model(says("Hi", used=(1000, 500)), llm_price=(2_000_000, 4_000_000))
    mine = budget()
    assert ask(HELLO, budget=mine).text == "Hi"
    [call] = ModelCall.select()
    assert (call.state, call.tokens_in, call.tokens_out, call.cost) == (CallState.DONE, 1000, 500, 4000)
    assert (call.model, call.purpose, call.reference, call.error) == ("test-model", "enrichment", "result:1", "")
    assert (mine.calls, mine.tokens, mine.cost) == (1, 1500, 4000)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.requests[0]["messages"] == HELLO and "tools" not in server.requests[0]


def test_an_endpoint_without_a_key_is_sent_none_and_nothing_of_the_environment(model, budget, settings, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "canary-of-the-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = model(says("Hi"))
    settings(llm_api_key=None)
    ask(HELLO, budget=budget())
    assert "Authorization" not in server.headers[0]
    assert "canary" not in str(server.headers[0])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (error(429), "The model endpoint is too busy (429). It was tried 4 times."),
        (error(500), "The model endpoint has a fault (500). It was tried 4 times."),
        (model_server.drops, "The connection to the model endpoint broke. It was tried 4 times."),
        (model_server.breaks_off, "The connection to the model endpoint broke. It was tried 4 times."),
        (
            (200, {}, b'{"choices": [{'),
            "The model endpoint answered with something that is no JSON. It was tried 4 times.",
        ),
        (
            (200, {}, b"[" * 100_000),
            "The model endpoint answered with something that is no JSON. It was tried 4 times.",
        ),
        (
            {"choices": "none", "usage": {"prompt_tokens": -5, "completion_tokens": "many"}},
            "The model endpoint's answer has not the form of its protocol. It was tried 4 times.",
        ),
        (
            error(400, code="tool_use_failed"),
            "The model's answer could not be used by its endpoint (400). It was tried 4 times.",
        ),
    ],
)
def test_a_fault_is_tried_a_few_times_then_its_reason_is_said(model, budget, pauses, fault, reason):
    server = model(fault)
    with pytest.raises(ModelFailed) as failed:
        ask(HELLO, budget=budget())
    assert str(failed.value) == reason
    assert len(server.requests) == TRIES and len(pauses) == TRIES - 1
    assert {call.state for call in ModelCall.select()} == {CallState.FAILED}
    assert all(call.error and call.error in reason for call in ModelCall.select())
    if not isinstance(fault, dict):
        assert {tokens for _, tokens, _ in charged()} == {0}  # what was reserved is free again


def test_an_answer_of_no_use_is_charged_with_what_it_used(model, budget, pauses):
    model({"choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 7}})
    with pytest.raises(ModelFailed):
        ask(HELLO, budget=budget())
    assert charged() == [(CallState.FAILED, 77, 0)] * TRIES


@pytest.mark.parametrize("fault", [model_server.hangs, model_server.drips])
def test_an_endpoint_that_never_ends_is_given_up_in_time(model, budget, pauses, monkeypatch, fault):
    monkeypatch.setattr(client, "TRY_SECONDS", 0.15)
    server = model(fault)
    began = time.monotonic()
    with pytest.raises(ModelFailed, match=r"did not answer in time\. It was tried 4 times"):
        ask(HELLO, budget=budget())
    assert len(server.requests) == TRIES and time.monotonic() - began < 5
    assert charged() == [(CallState.FAILED, 0, 0)] * TRIES


def test_a_company_takes_no_longer_than_it_may(model, budget, pauses):
    server = model(model_server.hangs)
    with pytest.raises(ModelFailed, match="no time to try again"):
        ask(HELLO, budget=budget(seconds_per_company=0.3))
    assert len(server.requests) == 1


def test_trouble_that_passes_is_waited_for_as_long_as_the_endpoint_says(model, budget, pauses):
    server = model(error(429, {"Retry-After": "7"}), error(503), error(500), says("Hi"))
    assert ask(HELLO, budget=budget()).text == "Hi"
    assert len(server.requests) == 4
    assert pauses[0] == 7 and 1 <= pauses[1] <= 2 and 2 <= pauses[2] <= 4
    assert [state for state, _, _ in charged()] == [CallState.FAILED] * 3 + [CallState.DONE]


def test_a_wait_that_is_longer_than_the_time_left_is_not_begun(model, budget, pauses):
    server = model(error(429, {"Retry-After": "Wed, 21 Oct 2071 07:28:00 GMT"}))
    with pytest.raises(ModelFailed, match=r"too busy \(429\)\. There was no time to try again"):
        ask(HELLO, budget=budget())
    assert len(server.requests) == 1 and pauses == []


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "refused the key"), (404, "knows no such model"), (400, "refused the request")]
)
def test_a_refusal_that_no_try_mends_is_said_at_once(model, budget, pauses, status, reason):
    server = model(error(status))
    with pytest.raises(ModelFailed, match=reason):
        ask(HELLO, budget=budget())
    assert len(server.requests) == 1 and charged() == [(CallState.FAILED, 0, 0)]


def test_an_endpoint_may_call_the_most_tokens_by_either_name(model, budget, pauses):
    server = model(error(400, param="max_tokens", code="unsupported_parameter"), says("Hi"))
    ask(HELLO, budget=budget())
    ask(HELLO, budget=budget())
    names = [[name for name in request if name.startswith("max")] for request in server.requests]
    assert names == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]] and pauses == []


def test_an_endpoint_that_counts_nothing_is_charged_for_about_what_was_said(model, budget):
    answer = says("A" * 3000)
    del answer["usage"]
    model(answer)
    ask(HELLO, budget=budget())
    [(state, tokens, _)] = charged()
    assert state is CallState.DONE and 1000 < tokens < 1600


def test_an_answer_that_is_too_large_is_not_read_to_its_end(model, budget, pauses, monkeypatch):
    monkeypatch.setattr(client, "MAX_BYTES", 50_000)
    model(says("A" * 200_000))
    with pytest.raises(ModelFailed, match="too large"):
        ask(HELLO, budget=budget())


def test_nobody_asks_while_the_program_stops(model, budget, monkeypatch):
    server = model(says("Hi"))
    monkeypatch.setattr(client, "stopping", lambda: True)
    with pytest.raises(ModelFailed, match="stopped"):
        ask(HELLO, budget=budget())
    assert server.requests == [] and charged() == []


def test_the_key_stands_in_no_log_no_error_and_no_row(model, budget, pauses, caplog):
    caplog.set_level(logging.INFO)
    said = []
    for fault in (error(401), error(429), error(400), error(500), (200, {}, KEY.encode()), says(None, refusal=KEY)):
        model(fault)
        try:
            ask(HELLO, budget=budget())
        except ModelFailed as failed:
            said += [str(failed), repr(failed), str(failed.__cause__)]
    rows = [list(call.__data__.values()) for call in ModelCall.select()]
    assert len(said) == 15 and len(rows) == 15
    assert KEY not in f"{said}{rows}{caplog.text}"


def test_what_a_model_calls_is_told_apart(model, budget):
    model(calls(("search_web", {"query": "acme"}), ("scrape_website", "no json")))
    reply = ask(HELLO, budget=budget(), tools=[{"type": "function", "function": {"name": "search_web"}}])
    assert [(call.id, call.name, call.arguments) for call in reply.calls] == [
        ("call_0", "search_web", '{"query": "acme"}'),
        ("call_1", "scrape_website", "no json"),
    ]
