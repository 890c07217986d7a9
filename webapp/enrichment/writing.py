"""What of a company's facts is written into its leads: under a job's policy, within its maker's reach.

Only the best fact of a field is written, and no unsure one before a person has kept it. Nothing is written that would
make a lead one of another company. A lead's columns change as when somebody edits it; its
timeline tells from what to what, and so the history gives each value back. Each batch of leads is one transaction.
"""

from dataclasses import dataclass

from db import db, execute_many
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership
from webapp.core.clock import now, stamp
from webapp.core.errors import Forbidden, Invalid
from webapp.core.jobs import wait
from webapp.core.pauses import Pauses
from webapp.core.prepared import Prepared, instance
from webapp.core.text import fold
from webapp.leads import timeline
from webapp.leads.cleaning import domain_of
from webapp.leads.editing import TEXTS
from webapp.leads.fields import FIELDS as LEAD_FIELDS
from webapp.leads.fields import cleaned
from webapp.leads.holding import among, among_text, hold, ids_text, set_each
from webapp.leads.models import ActivityKind, Lead, with_keys
from webapp.leads.queries import visible

from . import companies, disputes
from .evidence import facts_of
from .fields import FIELDS, WRITTEN
from .merging import SURE
from .models import EnrichmentResult, Fact, FactState, LeadWrite, Policy
from .past import Past, Source, as_text
from .values import key_of

BATCH = 25  # leads a transaction
PAUSE = 0.01  # seconds between two, while pages write: see imports/undoing.py
GONE = "Whoever began this may no longer change leads here. What was found is kept."
_COLUMNS = [getattr(Lead, name) for name in (*WRITTEN, "domain", "company_key", "name_key", "search_text")]


@dataclass
class Order:
    """What is to be written: the best facts of `fields` (ours), into the leads at `company` that `member` sees."""

    member: object
    company: object
    fields: list
    policy: Policy
    told: dict  # the data of the timeline's entry, without the changes
    names: tuple = ()  # folded ones by which the company was looked up
    asked_for: tuple = ()  # ids of leads whose timeline tells of it even where nothing changed

    @property
    def columns(self):
        """{a lead's field: ours} of what may be written."""
        return {mine: name for mine, name in WRITTEN.items() if name in self.fields}


def write(company, job, leads=None):
    """Write the facts of `company` into its leads, or only into those of the ids `leads`: how many leads changed.

    May run twice. Raises Forbidden when the job's maker may not change leads there any more.
    """
    member = _maker(job)
    rows = _asked_about(job=job.id, company=company.id)
    found = sum(fact.is_best and fact.field in job.fields for fact in facts_of(company.id))
    told = {"job_id": job.id, "company_id": company.id, "found": found, "asked": len(job.fields)}
    names = tuple({fold(name)[: companies.NAME] for name, domain, _ in rows if name and not domain})
    asked_for = tuple(lead_id for *_, lead_id in rows if lead_id and found)
    return _carry_out(Order(member, company, job.fields, job.policy, told, names, asked_for), leads)


@Prepared
def _asked_about(*, job, company):
    query = EnrichmentResult.select(EnrichmentResult.name, EnrichmentResult.domain, EnrichmentResult.lead)
    return query.where(EnrichmentResult.job == job, EnrichmentResult.company == company)


def _maker(job):
    try:
        member = member_of(job.workspace, job.actor) if job.actor_id else None
    except Membership.DoesNotExist:
        member = None
    if member is None or not member.can("write"):
        raise Forbidden(GONE)
    return member


def fill(member, company, fact):
    """Write a best fact where the member's leads have nothing: after somebody has said that it is right."""
    told = {"job_id": None, "company_id": company.id, "found": 1, "asked": 1}
    return _carry_out(Order(member, company, [fact.field], Policy.FILL, told))


def _carry_out(order, only=None):
    if not order.columns and not order.asked_for:
        return 0
    ids = companies.ids_at(order.member, order.company, order.names)
    if only is not None:
        ids = [lead_id for lead_id in ids if lead_id in set(only)]
    return _in_batches(lambda some: _write_some(order, some), ids)


def _in_batches(change, ids):
    """How many leads `change` changed, called with some of these ids, in a transaction each."""
    pauses, changed = Pauses(PAUSE), 0
    for start in range(0, len(ids), BATCH):
        if start:
            wait(pauses.due())
        with db.atomic():
            changed += change(ids[start : start + BATCH])
    return changed


def _leads(order, ids):
    """Those of these leads that are the member's and at the company, locked."""
    companies.hold(order.company)
    hold(ids)
    still = set(companies.ids_at(order.member, order.company, order.names))
    return [instance(Lead, row) for row in _of_ids(ids=ids_text([one for one in ids if one in still]))]


@Prepared
def _of_ids(*, ids):
    return Lead.select(*Lead._meta.sorted_fields).where(among_text(ids)).order_by(Lead.id)


def _write_some(order, ids):
    leads = _leads(order, ids)
    facts = best_facts(order.company, order.columns.values())
    past = Past(leads, order.columns)
    told, values, doubts = [], [], {}
    for lead in leads:
        changes, doubted = _decide(order, lead, facts, past)
        if changes:
            values.append(lead_row(lead, {name: new for name, (new, _) in changes.items()}))
        doubts |= {(lead.id, name): (fact, as_text(lead.__data__[name])) for name, fact in doubted.items()}
        shown = {name: [lead.__data__[name], new] for name, (new, _) in changes.items()}
        told.append((lead, shown, [(name, new, fact) for name, (new, fact) in changes.items()]))
    set_each(_COLUMNS, [Lead.id], values)
    _note_writes(order, told)
    disputes.note(order.company.workspace_id, leads, order.columns, doubts)
    entries = [(lead.id, order.told | {"changes": shown}) for lead, shown, _ in told if shown]
    entries += [(lead.id, order.told | {"changes": {}}) for lead in _told_first(order, told)]
    who = {"actor_id": order.member.user_id, "moment": now()}
    timeline.record_each(order.company.workspace_id, entries, ActivityKind.ENRICHED, **who)
    return len(values)


def _told_first(order, told):
    """The leads that the job was asked for, where nothing changed and their timeline does not tell of the job yet."""
    quiet = [lead for lead, shown, _ in told if not shown and lead.id in order.asked_for]
    return [lead for lead in quiet if order.told["job_id"] not in disputes.jobs_told(lead)]


def best_facts(company, fields):
    """{field: the best Fact} of those that may be written."""
    return {
        fact.field: fact for fact in facts_of(company.id) if fact.field in fields and fact.is_best and _is_sure(fact)
    }


def _is_sure(fact):
    return fact.state is FactState.KEPT or (fact.state is FactState.FOUND and fact.confidence >= SURE)


def value_for(name, fact):
    """What a lead's field `name` gets of a fact; None where it cannot be kept there."""
    text = fact.value
    try:
        if LEAD_FIELDS[name].kind == "number":
            return cleaned({name: int(text)})[name]
        return cleaned({name: text})[name] or None
    except (Invalid, ValueError):
        return None


def _decide(order, lead, facts, past):
    """({a lead's field: (its new value, the Fact)}, {field: the Fact that a person has to decide on})."""
    changes, doubted = {}, {}
    for mine, name in order.columns.items():
        fact = facts.get(name)
        new = value_for(mine, fact) if fact else None
        old = lead.__data__[mine]
        if new is None or (old not in ("", None) and key_of(name, as_text(old)) == key_of(name, as_text(new))):
            continue
        verdict = _verdict(order.policy, mine, name, lead, fact, past)
        if verdict == "write":
            changes[mine] = new, fact
        elif verdict == "ask":
            doubted[mine] = fact
    return _staying(order.company, lead, changes), doubted


def _verdict(policy, mine, name, lead, fact, past):
    """ "write", "ask" somebody, or "" for neither."""
    if lead.__data__[mine] in ("", None):
        away = {key_of(name, as_text(value)) for value in past.taken_away(lead, mine)}
        return "ask" if fact.value_key in away else "write"
    if policy is Policy.FILL:
        return ""
    source = past.source(lead, mine)
    if source is Source.PERSON:
        return "ask"
    return "write" if source is Source.ENRICHMENT or policy is Policy.OVERWRITE else ""


def _staying(company, lead, changes):
    """`changes` without those that would make the lead one of another company."""
    if "website" in changes:
        domain = domain_of(changes["website"][0], lead.email)
        if domain != (lead.domain or company.domain):
            changes.pop("website")
    by_name = not lead.domain and "website" not in changes
    if "company" in changes and by_name and fold(changes["company"][0]) != lead.company_key:
        changes.pop("company")
    return changes


def lead_row(lead, changes):
    """The values of _COLUMNS that `lead` has with `changes`, and its id; what is derived is made anew."""
    texts = {name: lead.__data__[name] for name in (*TEXTS, "domain")} | changes
    if "website" in changes:
        texts["domain"] = domain_of(texts["website"], texts["email"])
    texts = {"employees": lead.employees} | with_keys(texts)
    return (*(texts[column.name] for column in _COLUMNS), lead.id)


def _note_writes(order, told):
    moment = stamp(now())
    rows = [
        (order.company.workspace_id, lead.id, fact.id, name, as_text(new), moment)
        for lead, _, written in told
        for name, new, fact in written
    ]
    execute_many(_WRITE, rows)


_WRITE = (
    "INSERT INTO lead_write (workspace_id, lead_id, fact_id, field, value, written_at) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (lead_id, field) DO UPDATE SET fact_id = excluded.fact_id, value = excluded.value, "
    "written_at = excluded.written_at"
)


# ----------------------------------------------------------------- taking back


def take_back(member, company, fact):
    """Give the leads that have a rejected fact's value from enrichment what they had before: how many changed."""
    mine = FIELDS[fact.field].lead_field
    if mine not in WRITTEN:
        return 0
    same = Fact.select(Fact.id).where(
        Fact.company == company.id, Fact.field == fact.field, Fact.value_key == fact.value_key
    )
    written = LeadWrite.select(LeadWrite.lead).where(LeadWrite.field == mine, LeadWrite.fact.in_(same)).tuples()
    ids = sorted(lead_id for (lead_id,) in written)
    return _in_batches(lambda some: _take_some_back(member, company, fact, mine, some), ids)


def _take_some_back(member, company, fact, mine, ids):
    companies.hold(company)
    hold(ids)
    leads = list(visible(member, walk=False).where(among(ids)).order_by(Lead.id))
    past, told, values = Past(leads, [mine]), [], []
    for lead in leads:
        value = lead.__data__[mine]
        if key_of(fact.field, as_text(value)) == fact.value_key and past.source(lead, mine) is Source.ENRICHMENT:
            old = _not_rejected(company, fact.field, past.before(lead, mine), None if mine == "employees" else "")
            told.append((lead.id, {"changes": {mine: [value, old]}}))
            values.append(lead_row(lead, {mine: old}))
    set_each(_COLUMNS, [Lead.id], values)
    LeadWrite.delete().where(among([row[-1] for row in values], LeadWrite.lead), LeadWrite.field == mine).execute()
    timeline.record_each(company.workspace_id, told, ActivityKind.EDITED, actor_id=member.user_id, moment=now())
    return len(values)


def _not_rejected(company, field, old, empty):
    """What stood there before, unless somebody rejected that, too."""
    if old in ("", None):
        return empty
    gone = Fact.select(Fact.value_key).where(
        Fact.company == company.id, Fact.field == field, Fact.state == FactState.REJECTED
    )
    return empty if key_of(field, as_text(old)) in {key for (key,) in gone.tuples()} else old
