"""Asking the model endpoint: one request at a time, each paid from a Budget, tried again where that may help.

What an endpoint says about an error is never passed on: it may repeat the key that it was given.
"""

import json
import random
import time
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from webapp import config
from webapp.core.clock import now
from webapp.core.jobs import stopping, wait

from .budgets import ModelFailed

TRIES = 4  # of one question
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0  # seconds between two tries; doubled each time, and never quite the same
TRY_SECONDS = 60  # for one request, if the budget leaves as much
MAX_BYTES = 4_000_000  # of an answer
MOST_OUT, LEAST_OUT = 2_500, 400  # tokens that an answer may have; fewer are not worth asking for
BYTES_A_TOKEN = 3  # about 4.5 in English; a tokeniser that makes more of a text is charged for in the end all the same
_OVERHEAD = 200  # tokens of a request beside its texts
_MODELS_FAULT = ("tool_use_failed", "json_validate_failed", "output_parse_failed")  # 400s that another try may mend
_BUSY = (408, 409, 425, 429)


class ToolCall(NamedTuple):
    id: str
    name: str
    arguments: str  # JSON, or what the model took for it


class Reply(NamedTuple):
    """What the model said. `is_cut`: its answer was longer than it may be."""

    text: str
    calls: tuple = ()  # ToolCalls
    is_cut: bool = False
    refused: bool = False


class _Passing(Exception):
    """A trouble that may be over at the next try, after `pause` seconds if the endpoint said so."""

    def __init__(self, sentence, pause=None):
        super().__init__(sentence)
        self.pause = pause


def ask(messages, *, budget, tools=()):
    """The Reply to `messages` (of the OpenAI protocol), which may call `tools`. Raises ModelFailed."""
    for number in range(TRIES):
        if stopping():
            raise ModelFailed("The program was being stopped.")
        try:
            return _ask_once(messages, tools, budget)
        except _Passing as trouble:
            if number + 1 == TRIES:
                raise ModelFailed(f"{trouble} It was tried {TRIES} times.") from None
            pause = trouble.pause
            if pause is None:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**number) * random.uniform(0.5, 1)
            if pause >= budget.seconds_left:
                raise ModelFailed(f"{trouble} There was no time to try again.") from None
        if pause:
            wait(pause)
    raise AssertionError("unreachable")


def tokens_of(messages, tools=()):
    """About how many tokens these take, at most."""
    size = len(json.dumps([*messages, *tools], ensure_ascii=False).encode())
    return size // BYTES_A_TOKEN + _OVERHEAD


def _ask_once(messages, tools, budget):
    asked = tokens_of(messages, tools)
    most = max(LEAST_OUT, min(MOST_OUT, budget.tokens_left - asked))
    call = budget.reserve(asked, most)
    began, used, error = time.monotonic(), (0, 0), "The call was broken off."
    try:
        answer = _post(messages, tools, most, budget)
        used = _used(answer, asked)
        reply, error = _reply(answer), ""
        return reply
    except (_Passing, ModelFailed) as failure:
        error = str(failure)
        raise
    finally:
        milliseconds = round((time.monotonic() - began) * 1000)
        budget.settle(call, tokens_in=used[0], tokens_out=used[1], milliseconds=milliseconds, error=error)


def _post(messages, tools, most, budget):
    """What the endpoint answered, as a dict. Raises _Passing and ModelFailed."""
    import httpx2  # heavy: loaded on first use
    import openai  # heavy: loaded on first use

    endpoint = _endpoint(config.current().llm_base_url, config.current().llm_api_key)
    deadline = time.monotonic() + min(TRY_SECONDS, budget.seconds_left)
    request = {"model": config.current().llm_model, "messages": messages, endpoint.limit: most}
    request |= {"tools": list(tools)} if tools else {}
    options = {"extra_headers": endpoint.headers, "timeout": max(0.1, deadline - time.monotonic())}
    try:
        with endpoint.client.chat.completions.with_streaming_response.create(**request, **options) as response:
            body = _read(response.iter_bytes(), deadline)
    except openai.APIStatusError as error:
        raise _explained(error, endpoint) from None
    except (openai.APITimeoutError, httpx2.TimeoutException):
        raise _Passing("The model endpoint did not answer in time.") from None
    except (openai.APIError, httpx2.HTTPError):
        raise _Passing("The connection to the model endpoint broke.") from None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _Passing("The model endpoint answered with something that is no JSON.")
    return answer


class _Endpoint:
    """`limit` is what it calls the most tokens of an answer: OpenAI's newer models know only the second name."""

    def __init__(self, client, headers):
        self.client, self.headers, self.limit = client, headers, "max_tokens"


@lru_cache(maxsize=4)
def _endpoint(base_url, api_key):
    import httpx2  # heavy: loaded on first use
    from openai import Omit, OpenAI  # heavy: loaded on first use

    client = OpenAI(
        base_url=base_url,
        api_key=api_key or "none",
        organization="",  # else the library takes what the environment has
        project="",
        max_retries=0,
        http_client=httpx2.Client(trust_env=False, follow_redirects=False),
    )
    ours = ("OpenAI-Organization", "OpenAI-Project", *(() if api_key else ("Authorization",)))
    return _Endpoint(client, dict.fromkeys(ours, Omit()))


def _read(chunks, deadline):
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BYTES:
            raise ModelFailed("The model endpoint's answer was too large.")
        if time.monotonic() > deadline:
            raise _Passing("The model endpoint did not answer in time.")
    return bytes(body)


def _explained(error, endpoint):
    """The exception to raise for a status that is no answer."""
    status, said = error.status_code, error.body if isinstance(error.body, dict) else {}
    if status in _BUSY or status >= 500:
        what = "is too busy" if status == 429 else "has a fault"
        return _Passing(f"The model endpoint {what} ({status}).", _retry_after(error.response.headers))
    if status == 400 and said.get("param") == "max_tokens" and endpoint.limit == "max_tokens":
        endpoint.limit = "max_completion_tokens"
        return _Passing("The model endpoint refused the request (400).", 0)
    if status == 400 and said.get("code") in _MODELS_FAULT:
        return _Passing("The model's answer could not be used by its endpoint (400).")
    if status in (401, 403):
        return ModelFailed(f"The model endpoint refused the key in LLM_API_KEY ({status}).")
    if status == 404:
        return ModelFailed("The model endpoint knows no such model or address (404): see LLM_MODEL and LLM_BASE_URL.")
    return ModelFailed(f"The model endpoint refused the request ({status}).")


def _retry_after(headers):
    """The seconds that the endpoint asks to wait (RFC 9110, section 10.2.3), or None."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.replace(".", "", 1).isdecimal():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _used(answer, asked):
    """(tokens in, tokens out) as the endpoint counted them; about that where it does not."""
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counted = tuple(usage.get(name) for name in ("prompt_tokens", "completion_tokens"))
    if all(type(number) is int and 0 <= number <= 10_000_000 for number in counted):
        return counted
    return asked, len(json.dumps(answer.get("choices"))) // BYTES_A_TOKEN


def _reply(answer):
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        text = _whole(message.get("content") or "")
        calls = tuple(_call(call, number) for number, call in enumerate(message.get("tool_calls") or ()))
        refused = bool(message.get("refusal")) or choice.get("finish_reason") == "content_filter"
    except (KeyError, IndexError, TypeError, AttributeError):
        raise _Passing("The model endpoint's answer has not the form of its protocol.") from None
    return Reply(text, calls, choice.get("finish_reason") == "length", refused)


def _call(call, number):
    function = call["function"]
    name, arguments = function["name"], function.get("arguments") or "{}"
    return ToolCall(_whole(str(call.get("id") or f"call_{number}")), _whole(name), _whole(arguments))


def _whole(text):
    """`text` without halves of letters, which JSON may hold and nobody can send. Raises TypeError for what is none."""
    if not isinstance(text, str):
        raise TypeError
    return text.encode(errors="replace").decode()
