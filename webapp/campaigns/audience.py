"""Whom a campaign is for: all leads, one stage, a search, a saved view, a filter, or those added to it, within the
reach of the member who looks. What a view asks for is fixed when the campaign starts.
"""

from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs

from peewee import JOIN, Case, Select, Value, fn

from db import db
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import Invalid, NotFound
from webapp.enrichment import of_leads
from webapp.imports.addresses import ROLES
from webapp.leads import chips, saved_views
from webapp.leads.cleaning import FREE_MAIL
from webapp.leads.conditions import GROUPS
from webapp.leads.field_models import CustomValue
from webapp.leads.filters import Filter
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import chosen_leads, visible
from webapp.leads.search import words_of

from . import reasons
from .models import Recipient

PICKED = "picked"
CONDITIONS = ("f", *(f"g{number}" for number in range(1, GROUPS + 1)))  # may stand in a query more than once
KINDS = {
    "all": "All leads",
    "stage": "Leads in one stage",
    "search": "Leads found by a search",
    "view": "Leads of a saved view",
    "filter": "Leads of a filter",
    PICKED: "Leads added by hand",
}
NO_VIEW = "The view that this campaign is for was deleted, or is not shared with you. Choose another."


def made(kind, stage="", q="", view=None, query="", name=""):
    """The audience as a campaign keeps it. Raises Invalid."""
    if kind not in KINDS:
        raise Invalid("Choose who this campaign is for.", "kind")
    if kind == "stage" and stage not in set(Stage):
        raise Invalid("Choose a stage.", "stage")
    if kind == "search" and not words_of(q):
        raise Invalid("Type what to search for.", "q")
    if kind == "view" and not view:
        raise Invalid("Choose a saved view.", "view")
    if kind == "filter" and not filter_of(query).is_narrow:
        raise Invalid("This filter asks for nothing. Choose all leads, or filter the table first.", "kind")
    return {"kind": kind, "stage": stage if kind == "stage" else "", "q": q.strip() if kind == "search" else ""}


def kept(member, audience):
    """`audience` as it was typed, with the name and the filter of the view that it names, if `member` has that."""
    if audience.get("kind") != "view":
        return audience
    try:
        view = saved_views.get_view(member, audience.get("view") or 0)
    except NotFound:
        return {**audience, "query": "", "name": ""}
    return {**audience, "query": view.query, "name": view.name}


def resolved(member, audience):
    """`audience` as it is at the start, when what a view asks for is fixed. Raises Invalid for a view that is gone."""
    audience = kept(member, audience)
    if audience.get("kind") == "view" and not audience["name"]:
        raise Invalid(NO_VIEW, "view")
    return audience


def filter_of(query):
    """The Filter that an address's query writes."""
    asked = parse_qs((query or "").removeprefix("?"))
    return Filter.read({name: texts if name in CONDITIONS else texts[-1] for name, texts in asked.items()})


def of(member, audience, *columns):
    """The query of the leads in `audience` (a Campaign's `whom`) that `member` may see."""
    kind = audience.get("kind")
    if kind == PICKED:
        added = Recipient.select(Recipient.lead).where(Recipient.campaign == audience.get("campaign"))
        return visible(member, *columns).where(Lead.id.in_(added))
    chosen = _filter(member, audience)
    query = chosen_leads(member, chosen or Filter(), *columns)
    return query if chosen else query.where(Lead.id == 0)  # nothing was asked for yet: nobody, not everybody


def _filter(member, audience):
    """The Filter of an audience that is not picked, or None while it says nothing that could be asked."""
    kind = audience.get("kind")
    if kind == "stage":
        return Filter().narrowed(stage=audience["stage"]) if audience.get("stage") in set(Stage) else None
    if kind == "search":
        return Filter(search=audience["q"]) if words_of(audience.get("q", "")) else None
    if kind == "view" and not audience.get("is_started"):
        audience = kept(member, audience)
        if not audience["name"]:
            return None
    if kind in ("view", "filter"):
        chosen = filter_of(audience.get("query"))
        return None if kind == "filter" and not chosen.is_narrow else chosen
    return Filter()


def told(member, audience):
    """(words searched for, Chips) of the audience's view or filter: what its leads have in common."""
    chosen = _filter(member, audience) if audience.get("kind") in ("view", "filter") else None
    return (chosen.search, chips.told(member, chosen.where).chips) if chosen else ("", ())


def asked(args):
    """The audience that an address asks for: one stage, a search, or whatever else a list of leads shows."""
    chosen = Filter.read(args)
    stage, conditions = chosen.stage, len(chosen.where.conditions) + len(chosen.where.groups)
    made = {"kind": "all", "stage": "new", "q": "", "query": saved_views.written(chosen) if conditions else ""}
    if stage and conditions == 1 and not chosen.search:
        return {**made, "kind": "stage", "stage": stage.value, "query": ""}
    if conditions:
        return {**made, "kind": "filter"}
    return {**made, "kind": "search", "q": chosen.search} if chosen.search else made


def judged(member, whom, moment, *more):
    """(lead_id, reason, *more) of every lead in the audience: see reasons.judged()."""
    return reasons.judged(partial(of, member, whom), whom, member.workspace.id, moment, *more)


def describe(audience):
    """The audience in words: "All leads", "Leads in New", "Leads matching “berlin”", "The view “Swiss banks”"."""
    kind = audience.get("kind", "all")
    if kind == "stage":
        return f"Leads in {audience['stage'].capitalize()}"
    if kind == "view" and audience.get("name"):
        return f"The view “{audience['name']}”"
    return f"Leads matching “{audience['q']}”" if kind == "search" else KINDS[kind]


@dataclass(frozen=True)
class Count:
    """`total` leads, of whom some are left out: `left_out` is {reason: how many}, in the order of reasons.ALL.

    Of the rest `roles` have the address of a role and `private` one of a provider of private mailboxes; `empty` is
    {field: how many lack it}.
    """

    total: int
    left_out: dict
    empty: dict = field(default_factory=dict)
    roles: int = 0
    private: int = 0

    @property
    def reached(self):
        return self.total - sum(self.left_out.values())

    @property
    def no_address(self):
        return self.left_out.get(reasons.NO_ADDRESS, 0)

    @property
    def suppressed(self):
        return sum(self.left_out.get(words, 0) for words in set(reasons.SUPPRESSED.values()))


def counted(member, whom, fields=(), own=None):
    """The Count of an audience (a Campaign's `whom`); `fields` are names of merge tags, `own` the custom Fields among
    them. So many queries, whatever the number of leads.
    """
    more = [("role", _yes(_is_role())), ("private", _yes(_domain().in_(FREE_MAIL)))]
    more += [(f"lacks_{at}", _yes(lacks(name, (own or {}).get(name)))) for at, name in enumerate(fields)]
    found = judged(member, whom, now(), *more).cte("judged", materialized=True)  # else SQLite asks for reasons twice
    sums = [fn.SUM(getattr(found.c, name)) for name, _ in more]
    rows = Select([found], [found.c.reason, fn.COUNT(1), *sums]).group_by(found.c.reason).with_cte(found)
    counts = {reason: (many, *map(int, rest)) for reason, many, *rest in rows.bind(db).tuples()}
    reached, roles, private, *empty = counts.pop("", (0,) * (3 + len(fields)))
    many = {reason: numbers[0] for reason, numbers in counts.items()}
    if whom.get("kind") == PICKED and whom.get("campaign"):
        many |= _out_of_sight(member, whom)
    left_out = {reason: many[reason] for reason in reasons.ALL if many.get(reason)}
    return Count(reached + sum(left_out.values()), left_out, dict(zip(fields, empty, strict=True)), roles, private)


def lacks(field, own=None):
    """The condition "this lead has nothing in `field`"; `own` is the custom Field of this slug, if it is one."""
    if own:
        return ~fn.EXISTS(CustomValue.select(Value(1)).where(CustomValue.lead == Lead.id, CustomValue.field == own.id))
    if field in of_leads.TAGS:
        return of_leads.lacks(field)
    if field == "employees":
        return Lead.employees.is_null()
    if field == "full_name":
        return (Lead.first_name == "") & (Lead.last_name == "")
    return getattr(Lead, field) == ""


def _yes(condition):
    return Case(None, [(condition, 1)], 0)


def _domain():
    return fn.SUBSTR(Lead.email, fn.INSTR(Lead.email, "@") + 1)


def _is_role():
    return fn.SUBSTR(Lead.email, 1, fn.INSTR(Lead.email.concat("@"), "@") - 1).in_(ROLES)


def _out_of_sight(member, whom):
    """{reason: how many} of those added to a draft whom the member does not see: deleted, or beyond their reach."""
    added = Recipient.select().join(Lead, JOIN.LEFT_OUTER).where(Recipient.campaign == whom["campaign"])
    gone = Lead.id.is_null() | Lead.deleted_at.is_null(False)
    found = {reasons.DELETED: added.where(gone).count()}
    if member.reach is not Reach.ALL:
        beyond = Recipient.lead.not_in(visible(member, Lead.id))
        found[reasons.OUTSIDE] = added.where(~gone, beyond).count()
    return found
