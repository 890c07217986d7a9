"""Whom a campaign is for: all leads, one stage, a search, or those added to it, within the reach of the member who
looks.
"""

from dataclasses import dataclass

from peewee import Case, Value, fn

from webapp.core.errors import Invalid
from webapp.leads.field_models import CustomValue
from webapp.leads.filters import Filter
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import chosen_leads, visible
from webapp.leads.search import words_of
from webapp.mail.models import Suppression

from .models import Recipient

PICKED = "picked"
KINDS = {
    "all": "All leads",
    "stage": "Leads in one stage",
    "search": "Leads found by a search",
    PICKED: "Leads added by hand",
}


def made(kind, stage="", q=""):
    """The audience as a campaign keeps it. Raises Invalid."""
    if kind not in KINDS:
        raise Invalid("Choose who this campaign is for.", "kind")
    if kind == "stage" and stage not in set(Stage):
        raise Invalid("Choose a stage.", "stage")
    if kind == "search" and not words_of(q):
        raise Invalid("Type what to search for.", "q")
    return {"kind": kind, "stage": stage if kind == "stage" else "", "q": q.strip() if kind == "search" else ""}


def of(member, audience, *columns):
    """The query of the leads in `audience` (a Campaign's `whom`) that `member` may see."""
    if audience.get("kind") == PICKED:
        added = Recipient.select(Recipient.lead).where(Recipient.campaign == audience.get("campaign"))
        return visible(member, *columns).where(Lead.id.in_(added))
    stage = audience["stage"] if audience.get("kind") == "stage" else None
    search = audience.get("q", "") if audience.get("kind") == "search" else ""
    chosen = Filter(search=search).narrowed(stage=stage if stage in set(Stage) else None)
    query = chosen_leads(member, chosen, *columns)
    if stage is not None and stage not in set(Stage):
        query = query.where(Lead.id == 0)  # nobody is in a stage that does not exist
    if audience.get("kind") == "search" and not words_of(search):
        query = query.where(Lead.id == 0)  # a search for nothing yet finds nobody, not everybody
    return query


def describe(audience):
    """The audience in words: "All leads", "Leads in New", "Leads matching “berlin”"."""
    kind = audience.get("kind", "all")
    if kind == "stage":
        return f"Leads in {audience['stage'].capitalize()}"
    return f"Leads matching “{audience['q']}”" if kind == "search" else KINDS["all"]


@dataclass(frozen=True)
class Count:
    """`total` leads, of whom some are left out; `empty` is {field: how many lack it} among the rest."""

    total: int
    no_address: int
    suppressed: int
    empty: dict

    @property
    def reached(self):
        return self.total - self.no_address - self.suppressed


def counted(member, audience, fields=(), own=None):
    """The Count of an audience, in one query; `fields` are names of merge tags, `own` the custom Fields among them."""
    suppressed = fn.EXISTS(
        Suppression.select(Value(1)).where(Suppression.workspace == Lead.workspace, Suppression.email == Lead.email)
    )
    no_address = Lead.email == ""
    reached = ~no_address & ~suppressed
    fields = list(fields)
    columns = [fn.COUNT(Lead.id), _sum(no_address), _sum(~no_address & suppressed)]
    columns += [_sum(reached & lacks(field, (own or {}).get(field))) for field in fields]
    total, without, left_out, *empty = of(member, audience, *columns).tuples().get()
    return Count(total, without or 0, left_out or 0, {f: n or 0 for f, n in zip(fields, empty, strict=True)})


def _sum(condition):
    return fn.SUM(Case(None, [(condition, 1)], 0))


def lacks(field, own=None):
    """The condition "this lead has nothing in `field`"; `own` is the custom Field of this slug, if it is one."""
    if own:
        return ~fn.EXISTS(CustomValue.select(Value(1)).where(CustomValue.lead == Lead.id, CustomValue.field == own.id))
    if field == "employees":
        return Lead.employees.is_null()
    if field == "full_name":
        return (Lead.first_name == "") & (Lead.last_name == "")
    return getattr(Lead, field) == ""
