"""A model's last word as JSON: checked against its form before anything in it is believed."""

import json
import re

_FENCE = re.compile(r"```(?:json)?", re.IGNORECASE)


class Unusable(Exception):
    """The message goes on after "The model" and, to the model itself, after "it"."""


def read_json(reply, form, *, looping="kept calling tools and never answered"):
    """What a client.Reply says, as an instance of `form` (a pydantic model). Raises Unusable; `looping` is what is said
    of a reply that calls tools where an answer was due.
    """
    if reply.refused:
        raise Unusable("refused to answer")
    if reply.calls:
        raise Unusable(looping)
    text = _FENCE.sub("", reply.text.rpartition("</think>")[2]).strip()
    if not text:
        raise Unusable("was cut off before the answer" if reply.is_cut else "gave an empty answer")
    try:
        said, _ = json.JSONDecoder().raw_decode(text[max(0, text.find("{")) :])
    except (ValueError, RecursionError):
        raise Unusable("was cut off in its answer" if reply.is_cut else "gave no valid JSON") from None
    return _checked(said, form)


def _checked(said, form):
    from pydantic import ValidationError  # heavy: loaded on first use

    try:
        return form.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][:3])) or "the answer"
        raise Unusable(f"gave JSON of another form ({where[:60]}: {first['msg'][:100]})") from None
