"""Which of a company's facts are best, and how sources that agree raise each other. Pure."""

from math import prod
from urllib.parse import urlsplit

from .models import FactState, WaterfallStage

SURE = 50  # confidence under which a fact is only shown, until somebody keeps it
SUREST = 99  # what agreement alone can come to
_ORDER = list(WaterfallStage)


def ranked(facts, domain):
    """Set `confidence`, `raised` and `is_best` of Facts: {field: the best one}. `domain` is their company's."""
    current, best = _current(facts), {}
    for fact in facts:
        fact.confidence, fact.raised, fact.is_best = fact.confidence - fact.raised, 0, False
    same = {}
    for fact in current:
        same.setdefault((fact.field, fact.value_key), []).append(fact)
    for those in same.values():
        _raise(those, domain)
    for fact in sorted(current, key=_rank):
        best.setdefault(fact.field, fact)
    for fact in best.values():
        fact.is_best = True
    return best


def _current(facts):
    """Those that count: what people kept, and of the others what each stage said last."""
    counted = [fact for fact in facts if fact.state in (FactState.FOUND, FactState.KEPT)]
    latest = {}
    for fact in counted:
        if fact.state is FactState.FOUND:
            key = fact.field, fact.stage
            latest[key] = max(latest.get(key, fact.found_at), fact.found_at)
    return [fact for fact in counted if fact.state is FactState.KEPT or fact.found_at == latest[fact.field, fact.stage]]


def _rank(fact):
    kept = fact.state is FactState.KEPT
    decided = fact.decided_at.timestamp() if kept and fact.decided_at else 0
    return not kept, -decided, -fact.confidence, _ORDER.index(fact.stage), fact.id


def _raise(those, domain):
    """Let facts with one value raise each other, as far as they are from different sites."""
    together = agreed([(site_of(fact.source_url, domain), fact.confidence) for fact in those])
    for fact in those:
        fact.raised = max(0, together - fact.confidence)
        fact.confidence += fact.raised


def agreed(said):
    """The confidence of a value that several say, (site, confidence) each: of a site, its highest counts."""
    sites = {}
    for site, confidence in said:
        sites[site] = max(sites.get(site, 0), confidence)
    wrong = prod(1 - confidence / 100 for confidence in sites.values())
    return max(*sites.values(), min(SUREST, round(100 * (1 - wrong))))


def site_of(address, domain):
    """Whose word it is: a host, or the company's domain where it is one of that."""
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        host = address
    return domain if domain and (host == domain or host.endswith(f".{domain}")) else host
