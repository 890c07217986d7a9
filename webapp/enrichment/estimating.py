"""What a job will take, before it starts: by what the last companies of the workspace took, else by what is usual."""

from peewee import Value, fn

from webapp.config import current

from .known import count_known
from .models import EnrichmentJob, EnrichmentResult, ResultState, WaterfallStage
from .settings import settings_of

SAMPLE = 200  # of the last companies that were looked up
ENOUGH = 10  # that many say more than what is usual
USUAL_MS = 4_000  # of a company with a website: its robots.txt and three to six pages
USUAL_MODEL_MS = 15_000  # more, where the model reads them
USUAL_TOKENS = (7_000, 700)  # in and out, of a company for which the model is asked


def estimate(job):
    """What reckoned() says, kept in the job, to compare with what it took in the end."""
    found = reckoned(job)
    EnrichmentJob.update(estimate=found).where(EnrichmentJob.id == job.id).execute()
    job.estimate = found
    return found


def reckoned(job):
    """{companies, known, to_fetch, seconds, tokens, most_tokens, cost, most_cost, currency, asks_model, measured}.

    `known` are not looked up again; seconds, tokens and cost are about what the others take, `most_` what the budget of
    a company lets them use; costs are in millionths of `currency`, None where no price is configured. `measured`: by
    what the last companies took. It is kept in the job, to compare with what it took in the end.
    """
    settings = settings_of(job.workspace_id)
    known = min(job.total, count_known(job, settings))
    left, asks_model = job.total - known, WaterfallStage.MODEL in job.stages
    count, milliseconds, tokens, cost = _took(job)
    measured = count >= ENOUGH
    if not measured:
        milliseconds = USUAL_MS + (USUAL_MODEL_MS if asks_model else 0)
        tokens, cost = (sum(USUAL_TOKENS), _price(*USUAL_TOKENS)) if asks_model else (0, 0)
    most_tokens = settings.tokens_per_company if asks_model else 0
    most_cost = min(_price(most_tokens, 0, dearest=True), settings.cost_per_company or 10**15)
    return {
        "companies": job.total,
        "known": known,
        "to_fetch": left,
        "seconds": _seconds(job, left, milliseconds),
        "tokens": round(left * min(tokens, most_tokens)),
        "most_tokens": left * most_tokens,
        "cost": round(left * min(cost, most_cost)) if any(current().llm_price) else None,
        "most_cost": left * most_cost if any(current().llm_price) else None,
        "currency": current().llm_currency,
        "asks_model": asks_model,
        "measured": measured,
    }


def _took(job):
    """(how many, mean milliseconds, tokens and cost) of the last companies that the same stages looked up."""
    query = EnrichmentResult.of(job.workspace_id).select(
        EnrichmentResult.milliseconds, EnrichmentResult.tokens, EnrichmentResult.cost
    )
    stages = Value(EnrichmentJob.stages.db_value(job.stages), converter=False)
    query = query.join(EnrichmentJob).where(EnrichmentJob.stages == stages)
    ended = (EnrichmentResult.state == ResultState.DONE) & ~EnrichmentResult.reused
    last = query.where(ended).order_by(EnrichmentResult.id.desc()).limit(SAMPLE).alias("last")
    means = [fn.AVG(last.c[name]) for name in ("milliseconds", "tokens", "cost")]
    count, *means = EnrichmentResult.select(fn.COUNT(1), *means).from_(last).tuples().get()
    return count, *(float(mean or 0) for mean in means)


def _seconds(job, companies, milliseconds):
    """That many at a time, each begun not before the pause after the one before is over."""
    together = max(1, min(current().fetch_concurrency, companies))
    return round(max(companies * milliseconds / together, companies * job.pause_ms) / 1000)


def _price(tokens_in, tokens_out, dearest=False):
    """In millionths of the currency."""
    price_in, price_out = current().llm_price
    if dearest:
        price_in = max(price_in, price_out)
    return (tokens_in * price_in + tokens_out * price_out) / 1_000_000
