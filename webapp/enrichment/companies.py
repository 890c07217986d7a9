"""Which company is meant: by its domain, or while nobody knows that by its name; and which leads are there."""

from db import db, is_sqlite
from webapp.core.errors import Invalid
from webapp.core.prepared import Prepared, instance
from webapp.core.text import fold
from webapp.leads.duplicates import NOTHING
from webapp.leads.models import Lead
from webapp.leads.queries import as_member, visible

from .models import Company, Conflict, EnrichmentResult, Fact, FactState
from .values import cleaned

NAME = 255  # letters


def company_of(workspace, *, domain="", name=""):
    """The Company with this domain, or without one of this name, made when there is none yet. Raises Invalid."""
    key = fold(name)[:NAME]
    if not (domain or key):
        raise Invalid("Give a company’s name or its domain.")
    new = {"workspace": workspace, "domain": domain, "name": name[:NAME], "name_key": key}
    found = known_as(workspace, domain=domain, name_key=key)
    while found is None:  # somebody else may make it this moment, or find out the domain of one that has a name alone
        Company.insert(new).on_conflict_ignore().execute()
        found = known_as(workspace, domain=domain, name_key=key)
    return found


def known_as(workspace, *, domain, name_key):
    """The Company with this domain, else with this name and no domain; None where there is none."""
    if not (domain or name_key):
        return None
    row = _known_as.one(bool(domain), workspace=getattr(workspace, "id", workspace), key=domain or name_key)
    return row and instance(Company, row)


@Prepared
def _known_as(by_domain, *, workspace, key):
    by_name = (Company.domain == NOTHING) & (Company.name_key == key)
    theirs = (Company.domain != NOTHING) & (Company.domain == key) if by_domain else by_name
    return Company.select(*Company._meta.sorted_fields).where(Company.workspace == workspace, theirs)


def read(company_id):
    """The Company of this id as it is now, or None."""
    row = _of_id.one(company=company_id)
    return row and instance(Company, row)


@Prepared
def _of_id(*, company):
    return Company.select(*Company._meta.sorted_fields).where(Company.id == company)


def hold(company):
    """Lock this company until the transaction ends: its facts, and what is written of them, change one after another.
    Whoever locks leads, too, does so afterwards. SQLite has one writer anyway.
    """
    if not is_sqlite():
        row = Company.select(Company.id).where(Company.id == getattr(company, "id", company))
        db.execute(row.for_update("FOR NO KEY UPDATE")).fetchall()


def at(company, names=()):
    """The condition that a lead is at `company`; `names` are folded ones by which it was looked up, too."""
    by_domain, by_name = _places(company, names)
    return by_domain | by_name if by_domain and by_name else by_domain or by_name


def ids_at(member, company, names=()):
    """The ids of the leads that leads_at() finds, in their order."""
    names = sorted({company.name_key, *names} if not company.domain else names)
    whose = {"workspace": member.workspace.id, "user": member.user_id, "place": company.workspace_id}
    keys = {f"name_{number}": name for number, name in enumerate(names)}
    rows = _ids_at(member.reach, bool(company.domain), len(names), domain=company.domain, **whose, **keys)
    return [row.id for row in rows]


@Prepared
def _ids_at(reach, has_domain, _names, *, domain, workspace, user, place, **names):
    parts = [(Lead.domain != NOTHING) & (Lead.domain == domain)] if has_domain else []
    if names:
        parts.append((Lead.domain == NOTHING) & Lead.company_key.in_(list(names.values())))
    return _there(as_member(reach, workspace, user), place, parts).order_by(Lead.id)


def leads_at(member, company, names=()):
    """The leads at `company` that the member sees, a query of their ids: along the indexes of domains and of names."""
    return _there(member, company.workspace_id, [place for place in _places(company, names) if place])


def _there(member, workspace, places):
    alive = Lead.select(Lead.id).where(Lead.workspace == workspace, Lead.deleted_at.is_null())
    parts = [alive.where(place) for place in places]
    there = parts[0] if len(parts) == 1 else parts[0].union_all(parts[1])
    return visible(member, Lead.id, walk=False).where(Lead.id.in_(there))


def _places(company, names):
    """(the condition by the domain, that by names), None for what is not known."""
    if not company.domain:
        names = {company.name_key, *names}
    by_name = (Lead.domain == NOTHING) & Lead.company_key.in_(sorted(names)) if names else None
    return ((Lead.domain != NOTHING) & (Lead.domain == company.domain) if company.domain else None), by_name


def settle(company, domain, name=""):
    """Lock `company` in the caller's transaction, as it is now. Where one that was known by its name alone turns out to
    have a domain, `company` becomes the one with that domain, which gets its facts and results. `name` is what one with
    a domain was looked up by, where nobody knew that before.
    """
    domain = company.domain or cleaned("domain", domain)
    alone = company if not company.domain else _named(company.workspace_id, name)
    if alone:  # is locked before the one with the domain, always: from that, nobody goes on to another
        hold(alone)
        alone = read(alone.id)
    fresh = alone
    if domain or alone is None:  # None: another job has just learned its domain
        fresh = company_of(company.workspace_id, domain=domain, name=company.name)
        hold(fresh)
        if alone:
            _give(alone, fresh)
    for column, value in read(fresh.id).__data__.items():
        setattr(company, column, value)


def _named(workspace_id, name):
    """The Company that is known by this name alone, or None."""
    return known_as(workspace_id, domain="", name_key=fold(name)[:NAME])


def _give(company, other):
    """Hand everything of `company` on to `other`, but for what that has itself; what people said of it is heeded."""
    theirs = {(fact.field, fact.value_key, fact.stage): fact for fact in Fact.select().where(Fact.company == other.id)}
    for fact in list(Fact.select().where(Fact.company == company.id)):
        word = {"state": fact.state, "decided_by": fact.decided_by_id, "decided_at": fact.decided_at}
        alike = (Fact.company == other.id) & (Fact.field == fact.field) & (Fact.value_key == fact.value_key)
        same = theirs.get((fact.field, fact.value_key, fact.stage))
        if fact.state is FactState.REJECTED:
            Fact.update(word).where(alike).execute()
        elif fact.state is FactState.KEPT and same and same.state is FactState.FOUND:
            Fact.update(word).where(Fact.id == same.id).execute()
        if same:
            Conflict.update(fact=same.id).where(Conflict.fact == fact.id).execute()
        else:
            Fact.update(company=other.id, is_best=False).where(Fact.id == fact.id).execute()
    EnrichmentResult.update(company=other.id).where(EnrichmentResult.company == company.id).execute()
    Company.delete().where(Company.id == company.id).execute()
