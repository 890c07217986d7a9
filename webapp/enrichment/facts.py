"""Facts: what sources say of a company, merged, and what people say of that.

Of each stage and value one Fact is kept. Its confidence is what its source alone is worth, raised by others that say
the same: two that err by themselves, one time in five and one time in four, are wrong together one time in twenty. All
pages of a site are one source, whoever read them. Of a field's facts the best one is what a person kept; else the most
confident, and among equals that of the earlier stage. What a stage says now takes the place of what it said before.
"""

from db import db, execute_many
from webapp.core.clock import now, stamp
from webapp.core.errors import Invalid, NotFound
from webapp.core.prepared import PreparedWrite
from webapp.leads.holding import set_each

from . import companies, quality, writing
from .evidence import facts_of
from .finding import found_in
from .merging import ranked
from .models import Company, Conflict, EnrichmentJob, EnrichmentResult, Fact, FactState

OPEN = (FactState.FOUND, FactState.UNSUPPORTED)  # nobody has decided on them


def keep(company, subject, result):
    """Keep what the stages found of `company`, an EnrichmentResult's: {field: the best Fact} of all that is known.

    Call it in the transaction that says that the result has ended: it is counted there, once. A company that was known
    by its name alone learns its domain, and `company` becomes another one that has it already. Claims of values that
    somebody rejected, that are no values of their field, or that have no public address to show, are left out.
    """
    found = found_in(subject)
    moment = now()
    with db.atomic():
        companies.settle(company, subject.domain, "" if result.domain else result.name)
        _place(result=result.id, company=company.id)
        known = facts_of(company.id)
        kept = _write(company, result, [one for one in found if one.key not in _rejected(known)], known, moment)
        best = _rank(company)
        named = best["company_name"].value if "company_name" in best and not company.name else company.name
        company.name, company.enriched_at, result.company = named, moment, company
        _look_up_ended(company=company.id, name=named, moment=stamp(moment))
        quality.count_look_up(company.workspace_id, subject.asked, kept)
    return best


@PreparedWrite
def _place(*, result, company):
    return EnrichmentResult.update(company=company).where(EnrichmentResult.id == result)


@PreparedWrite
def _look_up_ended(*, company, name, moment):
    return Company.update(name=name, enriched_at=moment).where(Company.id == company)


def _rejected(facts):
    return {(fact.field, fact.value_key) for fact in facts if fact.state is FactState.REJECTED}


def _write(company, result, found, known, moment):
    """Write Founds as facts: {(field, stage)} of those with evidence. What their stages said otherwise before goes."""
    there = {(fact.field, fact.value_key, fact.stage): fact for fact in known}
    supported = {one.key for one in found if one.supported}
    supported |= {(fact.field, fact.value_key) for fact in known if fact.state in (FactState.FOUND, FactState.KEPT)}
    found = [one for one in found if one.supported or one.key not in supported]
    told, new, changed, at = {(one.field, one.stage) for one in found}, [], [], stamp(moment)
    for one in found:
        same = there.pop((*one.key, one.stage), None)
        state = FactState.FOUND if one.supported else FactState.UNSUPPORTED
        columns = (one.value, one.method, one.source_url, one.quote, one.confidence)
        if same is None:
            new.append(
                (company.workspace_id, company.id, result.id, *one.key, one.stage.value, *columns, state.value, at)
            )
        else:
            state = same.state if same.state is FactState.KEPT else state
            changed.append((*columns, 0, state.value, result.id, at, same.id))
    columns = (Fact.value, Fact.method, Fact.source_url, Fact.quote, Fact.confidence)
    set_each([*columns, Fact.raised, Fact.state, Fact.result, Fact.found_at], [Fact.id], changed)
    execute_many(_NEW, new)
    _forget([fact.id for key, fact in there.items() if (key[0], key[2]) in told and fact.state in OPEN])
    return {(one.field, one.stage) for one in found if one.supported}


_NEW = (
    "INSERT INTO fact (workspace_id, company_id, result_id, field, value_key, stage, value, method, source_url, quote, "
    "confidence, state, found_at, raised, is_best) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, FALSE)"
)


def _forget(ids):
    """Delete facts that their sources do not tell any more, but for those on which somebody decided for a lead."""
    if ids:
        Fact.delete().where(Fact.id.in_(ids), Fact.id.not_in(Conflict.select(Conflict.fact))).execute()


def _rank(company, field=None):
    """Write which facts are best, and by how much others raise them: {field: the best Fact}."""
    facts = [fact for fact in facts_of(company.id) if field in (None, fact.field)]
    before = {fact.id: (fact.confidence, fact.raised, fact.is_best) for fact in facts}
    best = ranked(facts, company.domain)
    now_are = {fact.id: (fact.confidence, fact.raised, fact.is_best) for fact in facts}
    rows = [(*now_are[one], one) for one in sorted(now_are) if now_are[one] != before[one]]
    set_each([Fact.confidence, Fact.raised, Fact.is_best], [Fact.id], rows)
    return best


# ------------------------------------------------------------------- what people say


def get_fact(member, fact_id):
    """The Fact with its Company, if the member sees a lead there, or made a job that asked. Raises NotFound."""
    query = Fact.of(member.workspace.id).select(Fact, Company).join(Company)
    fact = query.where(Fact.id == fact_id).first() if fact_id < 2**31 else None
    if fact is None or not _sees(member, fact.company):
        raise NotFound("That fact does not exist, or something newer took its place.")
    return fact


def _sees(member, company):
    if companies.leads_at(member, company).exists():
        return True
    asked = EnrichmentResult.select(EnrichmentResult.id).join(EnrichmentJob)
    mine = (EnrichmentResult.company == company.id) & (EnrichmentJob.actor == member.user_id)
    return member.reach.value == "all" or asked.where(mine).exists()


def keep_fact(member, fact):
    """Say that `fact` is right: it becomes the best one, and fills what is empty in the member's leads there. May run
    twice. Raises Invalid for one without evidence, NotFound for one that is gone.
    """
    with db.atomic():
        company, fact = _held(fact)
        if fact.state is FactState.UNSUPPORTED:
            raise Invalid("What the model quoted stands on no page that was read. If you know better, add it yourself.")
        if fact.state is not FactState.KEPT:
            mark_kept(member, fact)
            quality.count_verdict(fact.workspace_id, fact, accepted=True)
    writing.fill(member, company, fact)
    return Fact.get_or_none(Fact.id == fact.id)


def mark_kept(member, fact):
    """Make a fact KEPT, and so the best one, in a transaction that holds its company."""
    word = {"state": FactState.KEPT, "decided_by": member.user_id, "decided_at": now()}
    same = (Fact.company == fact.company_id) & (Fact.field == fact.field) & (Fact.value_key == fact.value_key)
    Fact.update(word).where(Fact.id == fact.id).execute()
    back = {"state": FactState.FOUND, "decided_by": None, "decided_at": None}  # somebody thinks better of it
    Fact.update(back).where(same, Fact.state == FactState.REJECTED).execute()
    _rank(companies.read(fact.company_id), fact.field)


def reject(member, fact):
    """Say that `fact` is wrong: its value never comes back, whoever says it. The member's leads that have it from
    enrichment get back what they had before, or the next best. May run twice. Raises NotFound for one that is gone.
    """
    with db.atomic():
        company, fact = _held(fact)
        same = (Fact.company == company.id) & (Fact.field == fact.field) & (Fact.value_key == fact.value_key)
        word = {"state": FactState.REJECTED, "is_best": False, "decided_by": member.user_id, "decided_at": now()}
        if Fact.update(word).where(same, Fact.state != FactState.REJECTED).execute():
            quality.count_verdict(fact.workspace_id, fact, accepted=False)
        best = _rank(company, fact.field).get(fact.field)
    writing.take_back(member, company, fact)
    if best:
        writing.fill(member, company, best)


def _held(fact):
    """(the company, the fact) as they are now, locked until the transaction ends."""
    companies.hold(fact.company_id)
    fresh = Fact.select(Fact, Company).join(Company).where(Fact.id == fact.id).first()
    if fresh is None:
        raise NotFound("That fact does not exist any more: something newer took its place. Reload the page.")
    return fresh.company, fresh
