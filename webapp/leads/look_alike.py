"""Another lead that may be the same as one: what a lead's own page hints at."""

from functools import partial
from typing import NamedTuple

from peewee import SQL, NodeList, fn

from webapp.core.prepared import Prepared
from webapp.core.unions import part, together

from .duplicates import NOTHING, REASONS, mailbox_of, sharing
from .list_models import NotDuplicate
from .models import Lead
from .queries import as_member, unindexed, within_reach


class Hint(NamedTuple):
    id: int
    first_name: str
    last_name: str
    company: str
    email: str
    kind: str

    full_name = Lead.full_name
    name = Lead.name

    @property
    def why(self):
        return REASONS[self.kind]


def look_alike(member, lead):
    """A Hint of another lead that may be the same as `lead`, or None. One read, each part of it by an index."""
    whose = {"workspace": member.workspace.id, "user": member.user_id, "lead": lead.id}
    return _look_alike.one(member.reach, **whose, **likeness(lead))


def likeness(lead):
    """What another lead is found by that may be the same."""
    return {
        "box": mailbox_of(lead.email),
        "domain": lead.domain,
        "company": lead.company_key,
        "person": lead.name_key,
    }


@partial(Prepared, row=Hint)
def _look_alike(reach, *, workspace, user, lead, **alike):
    return hints(reach, workspace, user, lead, **alike)


def hints(reach, workspace, user, lead, *, box, domain, company, person):
    """A query of Hints, the best first; the last four as likeness() has them."""
    names = Hint._fields
    columns = [getattr(Lead, name) for name in names if name != "kind"]
    told = NotDuplicate.select(NotDuplicate.id).where(
        ((NotDuplicate.first == Lead.id) & (NotDuplicate.second == lead))
        | ((NotDuplicate.first == lead) & (NotDuplicate.second == Lead.id))
    )
    seen = within_reach(as_member(reach, workspace, user), walk=False) & (Lead.id != lead) & ~fn.EXISTS(told)

    def like(kind, key, name, *conditions):
        found = Lead.select(*columns, SQL(f"'{kind}'").alias("kind"))
        found = found.where(Lead.id.in_(sharing(workspace, kind, key, name)), seen, *conditions)
        return part(found.order_by(unindexed(Lead.id)).limit(1), names)

    no_domain = (Lead.domain == NOTHING) | (NodeList((domain, SQL("= ''"))))
    by_mailbox = like("email", box, None, Lead.email != NOTHING)
    by_domain = like("domain", domain, person, Lead.name_key != NOTHING)
    by_company = like("company", company, person, Lead.company_key != NOTHING, Lead.name_key != NOTHING, no_domain)
    return together([by_mailbox, by_domain, by_company])
