"""The model's last word: checked against its form before anything in it is believed."""

import json
import re
from functools import lru_cache

from .fields import LIST_SEPARATOR

MOST_FACTS = 200
_FENCE = re.compile(r"```(?:json)?", re.IGNORECASE)


class Unusable(Exception):
    """The message goes on after "The model" and, to the model itself, after "it"."""


def read_answer(reply):
    """The facts of a client.Reply, as dicts with `field`, `value`, `url`, `quote` (texts, maybe empty) and `confidence`
    (0 to 100). Raises Unusable.
    """
    if reply.refused:
        raise Unusable("refused to answer")
    if reply.calls:
        raise Unusable("kept asking for pages and never answered")
    text = _FENCE.sub("", reply.text.rpartition("</think>")[2]).strip()
    if not text:
        raise Unusable("was cut off before the answer" if reply.is_cut else "gave an empty answer")
    try:
        said, _ = json.JSONDecoder().raw_decode(text[max(0, text.find("{")) :])
    except (ValueError, RecursionError):
        raise Unusable("was cut off in its answer" if reply.is_cut else "gave no valid JSON") from None
    return [_plain(fact) for fact in _checked(said).facts]


def _checked(said):
    from pydantic import ValidationError  # heavy: loaded on first use

    try:
        return _form().model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][:3])) or "the answer"
        raise Unusable(f"gave JSON of another form ({where[:60]}: {first['msg'][:100]})") from None


@lru_cache(maxsize=1)
def _form():
    from pydantic import BaseModel, Field  # heavy: loaded on first use

    class Fact(BaseModel):
        field: str
        value: str | int | float | list[str] | None
        url: str | None
        quote: str | None
        confidence: float = Field(default=50, ge=0, le=100)

    class Answer(BaseModel):
        facts: list[Fact] = Field(max_length=MOST_FACTS)

    return Answer


def _plain(fact):
    value = LIST_SEPARATOR.join(fact.value) if isinstance(fact.value, list) else fact.value
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    sure = fact.confidence * 100 if 0 < fact.confidence <= 1 else fact.confidence  # many write 0.9
    said = {"field": fact.field, "value": "" if value is None else str(value), "url": fact.url, "quote": fact.quote}
    texts = {name: (text or "").encode(errors="replace").decode().strip() for name, text in said.items()}
    return {**texts, "confidence": round(sure)}
