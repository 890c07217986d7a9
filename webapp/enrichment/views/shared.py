"""The blueprint of enrichment, and what its pages have in common."""

from flask import Blueprint, request
from flask_login import current_user

from webapp.config import current
from webapp.web.filters import SYMBOLS, number

from .. import conflicts, quality
from ..fields import FIELDS, LIST_SEPARATOR
from ..models import WaterfallStage

bp = Blueprint("enrichment", __name__, url_prefix="/enrichment")
CENT = 10_000  # in millionths of a currency
SURE, LIKELY = 85, 60  # percent from which a fact is, or is probably, right


@bp.context_processor
def around():
    """What the heads of these pages need; a part of one asks for no more than it shows."""
    return {"to_decide": lambda: conflicts.count_waiting(current_user), "company_fields": FIELDS}


@bp.app_template_filter("stage_name")
def stage_name(stage):
    """What people call a stage of the waterfall: "website" is "Website"."""
    return quality.STAGES[WaterfallStage(stage)] if stage in set(WaterfallStage) else stage


@bp.app_template_filter("cost")
def cost(millionths, currency=None):
    """A price in millionths as "$0.42"; less than a cent is "under $0.01"."""
    currency = currency or current().llm_currency
    sign = SYMBOLS.get(currency) or f"{currency} "
    if 0 < millionths < CENT:
        return f"under {sign}0.01"
    return f"{sign}{millionths / 1_000_000:,.2f}"


@bp.app_template_filter("tokens")
def tokens(count):
    """As in "7,400", "220k", "1.2m"."""
    if count >= 999_500:
        return f"{count / 1_000_000:.1f}m"
    return f"{count / 1000:.0f}k" if count >= 10_000 else number(count)


@bp.app_template_filter("took")
def took(milliseconds):
    """As in "0.3 s", "4.1 s", "30 s"."""
    seconds = milliseconds / 1000
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{number(round(seconds))} s"


@bp.app_template_filter("sureness")
def sureness(confidence):
    """(state, icon) of a confidence in percent."""
    if confidence >= SURE:
        return "ok", "conf-3"
    return ("warn", "conf-2") if confidence >= LIKELY else ("bad", "conf-1")


def typed(name, size=255):
    return request.args.get(name, "").replace("\0", "")[:size].strip()


def has_price():
    """Whether what the model costs is known."""
    return any(current().llm_price)


@bp.app_template_filter("fact_value")
def fact_value(fact):
    """What a Fact says, to read."""
    kind = FIELDS[fact.field].kind if fact.field in FIELDS else "text"
    if kind == "number" and fact.value.isdecimal():
        return number(int(fact.value))
    if kind == "list":
        return fact.value.replace(LIST_SEPARATOR, ", ")
    return bare_url(fact.value) if kind == "url" else fact.value


@bp.app_template_filter("bare_url")
def bare_url(url):
    """An address without what goes without saying: "https://www.halden.example/about/" is "halden.example/about"."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url
