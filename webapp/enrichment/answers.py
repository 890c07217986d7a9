"""The model's last word about a company."""

from functools import lru_cache

from webapp.llm.answers import read_json

from .fields import LIST_SEPARATOR

MOST_FACTS = 200


def read_answer(reply):
    """The facts of a client.Reply, as dicts with `field`, `value`, `url`, `quote` (texts, maybe empty) and `confidence`
    (0 to 100). Raises Unusable.
    """
    said = read_json(reply, _form(), looping="kept asking for pages and never answered")
    return [_plain(fact) for fact in said.facts]


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
