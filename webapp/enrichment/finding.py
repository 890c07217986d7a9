"""What the stages claim, made into what facts are written from: checked, and each value once a stage."""

from typing import NamedTuple

from .claims import METHODS
from .fields import FIELDS, LIST_SEPARATOR
from .models import Fact, WaterfallStage
from .values import cleaned, key_of, plain

MOST = 5  # values of a field that are kept of one stage
CLAIMS = 5000  # of a company that are looked at
QUOTE = 500  # letters
ADDRESS = Fact.source_url.max_length


class Found(NamedTuple):
    """A value of one stage, with its best evidence. Unsupported: a model's whose quote was not in what was fetched."""

    field: str
    value: str
    value_key: str
    stage: WaterfallStage
    method: str
    source_url: str
    quote: str
    confidence: int
    supported: bool

    @property
    def key(self):
        return self.field, self.value_key


def stage_of(method):
    """The WaterfallStage that finds things by a method of claims.METHODS."""
    return WaterfallStage(method) if method in ("wikidata", "model") else WaterfallStage.WEBSITE


def found_in(subject):
    """The Founds of a claims.Subject, the most confident first."""
    claims = [(claim, True) for claim in subject.claims[:CLAIMS]]
    claims += [(claim, False) for claim in subject.unsupported[:CLAIMS]]
    values = {}
    for found in filter(None, (_found(claim, supported) for claim, supported in claims)):
        same = found.field, found.stage, found.supported
        values.setdefault(same, []).append(found)
    kept = []
    for (name, *_), those in values.items():
        those.sort(key=lambda one: -one.confidence)
        those = [_together(those)] if FIELDS[name].kind == "list" else those
        kept += [*{one.value_key: one for one in reversed(those)}.values()][::-1][:MOST]
    return sorted(kept, key=lambda one: -one.confidence)


def _found(claim, supported):
    """A claim as a Found; None when it is no value of its field, or nobody could look at where it stands."""
    name, method = claim.field, claim.method
    address = claim.source_url if isinstance(claim.source_url, str) else ""
    shown = len(address) <= ADDRESS and address.lower().startswith(("http://", "https://"))
    shown = shown and address == plain(address) and " " not in address
    if name not in FIELDS or method not in METHODS or not shown:
        return None
    value = cleaned(name, claim.value)
    if not value:
        return None
    quote = plain(str(claim.quote or "")[: 2 * QUOTE])[:QUOTE]
    confidence = min(100, max(0, int(claim.confidence)))
    return Found(name, value, key_of(name, value), stage_of(method), method, address, quote, confidence, supported)


def _together(those):
    """The items of several lists of one stage as one list, which is as certain as they are on average."""
    first = those[0]
    value = cleaned(first.field, LIST_SEPARATOR.join(one.value for one in those)) or first.value
    quotes = dict.fromkeys(filter(None, (one.quote for one in those)))
    confidence = round(sum(one.confidence for one in those) / len(those))
    quote = " … ".join(quotes)[:QUOTE]
    return first._replace(value=value, value_key=key_of(first.field, value), quote=quote, confidence=confidence)
