"""The turns of a conversation with the model, beside its own: what tools gave, and what was wrong with an answer."""

import json


def used_tools(reply, run, at_once):
    """The messages of a turn with tools: the first `at_once` that the model called, and what run(call) gave of each."""
    calls = reply.calls[:at_once]
    called = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _valid(call.arguments)}}
        for call in calls
    ]
    return [
        {"role": "assistant", "content": reply.text, "tool_calls": called},
        *({"role": "tool", "tool_call_id": call.id, "content": run(call)} for call in calls),
    ]


def _valid(arguments):
    """Some endpoints refuse a conversation in which the arguments of a call are no JSON."""
    try:
        return arguments if isinstance(json.loads(arguments), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"


def corrected(reply, sentence):
    """The messages that say what was wrong with an answer."""
    said = reply.text[:2000] or "(nothing)"
    return [{"role": "assistant", "content": said}, {"role": "user", "content": sentence}]
