"""Which company is meant: by its domain, or while nobody knows that by its name; and which leads are there."""

from peewee import IntegrityError

from db import db, is_sqlite
from webapp.core.errors import Invalid
from webapp.core.text import fold
from webapp.leads.models import Lead

from .models import Company, Conflict, EnrichmentResult, Fact, FactState
from .values import cleaned

NAME = 255  # letters


def company_of(workspace, *, domain="", name=""):
    """The Company with this domain, or without one of this name, made when there is none yet. Raises Invalid."""
    key = fold(name)[:NAME]
    if not (domain or key):
        raise Invalid("Give a company’s name or its domain.")
    mine = (Company.workspace == workspace) & (Company.domain == domain)
    mine = mine if domain else mine & (Company.name_key == key)
    found = Company.get_or_none(mine)
    if found is None:  # somebody else may make it this moment
        Company.insert(
            workspace=workspace, domain=domain, name=name[:NAME], name_key=key
        ).on_conflict_ignore().execute()
        found = Company.get(mine)
    return found


def hold(company):
    """Lock this company until the transaction ends: its facts, and what is written of them, change one after another.
    Whoever locks leads, too, does so afterwards. SQLite has one writer anyway.
    """
    if not is_sqlite():
        row = Company.select(Company.id).where(Company.id == getattr(company, "id", company))
        db.execute(row.for_update("FOR NO KEY UPDATE")).fetchall()


def at(company, names=()):
    """The condition that a lead is at `company`; `names` are folded ones by which it was looked up, too."""
    if not company.domain:
        names = [company.name_key, *names]
    named = (Lead.domain == "") & Lead.company_key.in_(list(names))
    if not company.domain:
        return named
    return ((Lead.domain == company.domain) | named) if names else Lead.domain == company.domain


def learn_domain(company, domain):
    """Say that `company`, known by its name, has this domain, in the caller's transaction. Where another Company has
    it, that gets the facts and the results, and `company` becomes that one.
    """
    domain = cleaned("domain", domain)
    if company.domain or not domain:
        return
    try:
        with db.atomic():
            Company.update(domain=domain).where(Company.id == company.id).execute()
        company.domain = domain
    except IntegrityError:
        other = Company.get(Company.workspace == company.workspace_id, Company.domain == domain)
        hold(other)
        _give(company, other)
        for name, value in other.__data__.items():
            setattr(company, name, value)


def _give(company, other):
    """Hand everything of `company` on to `other`, but for what that has itself; a person's word on it is heeded."""
    theirs = {(fact.field, fact.value_key, fact.stage): fact for fact in Fact.select().where(Fact.company == other.id)}
    for fact in list(Fact.select().where(Fact.company == company.id)):
        same = theirs.get((fact.field, fact.value_key, fact.stage))
        if same is None:
            Fact.update(company=other.id, is_best=False).where(Fact.id == fact.id).execute()
            continue
        Conflict.update(fact=same.id).where(Conflict.fact == fact.id).execute()
        if fact.state in (FactState.KEPT, FactState.REJECTED) and same.state is FactState.FOUND:
            word = {"state": fact.state, "decided_by": fact.decided_by_id, "decided_at": fact.decided_at}
            Fact.update(word).where(Fact.id == same.id).execute()
    EnrichmentResult.update(company=other.id).where(EnrichmentResult.company == company.id).execute()
    Company.delete().where(Company.id == company.id).execute()
