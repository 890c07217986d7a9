"""Facts that say otherwise than a person did in a lead: they wait here for somebody's word.

A conflict is open while the lead has what stood there when it was found, and the fact is still the company's best. When
one of the two changed meanwhile, nothing is left to decide: it is GONE, and a later job asks anew.
"""

from typing import NamedTuple

from peewee import TextField

from db import db
from webapp.core import errors
from webapp.core.clock import now
from webapp.core.paging import page_of
from webapp.leads.editing import edit_lead
from webapp.leads.holding import hold
from webapp.leads.models import Lead
from webapp.leads.queries import get_lead, within_reach

from . import companies, quality
from .facts import mark_kept
from .fields import WRITTEN
from .models import Company, Conflict, ConflictState, Fact, FactState
from .past import as_text
from .writing import value_for

SIZE = 50
DECIDED = "Somebody else decided on this meanwhile."


class Decided(NamedTuple):
    """What became of several: how many were decided, and how many could not be any more."""

    done: int
    gone: int


def waiting(member, cursor=None, size=SIZE):
    """A Page of Conflicts with their `lead` and `fact` (and its `company`) within the member's reach, newest first."""
    return page_of(_open(member), [Conflict.id], lambda row: [row.id], size=size, cursor=cursor)


def count_waiting(member, most=100):
    """How many wait for the member; not more than `most` are counted."""
    return _open(member, Conflict.id).limit(most).count()


def get_conflict(member, conflict_id):
    """The Conflict with this id, waiting or not. Raises NotFound."""
    found = _mine(member).where(Conflict.id == conflict_id).first() if conflict_id < 2**31 else None
    if found is None:
        raise errors.NotFound("That conflict does not exist, or its lead was deleted.")
    return found


def _mine(member, *columns):
    query = Conflict.select(*(columns or (Conflict, Lead, Fact, Company))).join(Lead)
    query = query.join_from(Conflict, Fact).join(Company)
    return query.where(
        Conflict.workspace == member.workspace.id, within_reach(member, walk=False), Lead.deleted_at.is_null()
    )


def _open(member, *columns):
    stands = None
    for name in WRITTEN:
        column = getattr(Lead, name)
        value = column.cast(TextField.field_type) if name == "employees" else column
        one = (Conflict.field == name) & (value == Conflict.lead_value)
        if name == "employees":
            one |= (Conflict.field == name) & column.is_null() & (Conflict.lead_value == "")
        stands = one if stands is None else stands | one
    counts = Fact.is_best & Fact.state.in_((FactState.FOUND, FactState.KEPT))
    return _mine(member, *columns).where(Conflict.state == ConflictState.WAITING, counts, stands)


def accept(member, conflict):
    """The fact is right: the lead gets its value, as if the member had typed it, and the fact is kept.

    Raises Conflict when somebody else decided meanwhile, or the lead or the fact is not what was asked about any more.
    """
    _decide(member, conflict, ConflictState.ACCEPTED)


def reject(member, conflict):
    """The lead is right: it stays as it is, and nobody is asked about this value again. Raises as accept() does."""
    _decide(member, conflict, ConflictState.REJECTED)


def accept_many(member, conflict_ids):
    """Accept these, each for itself: Decided."""
    return _decide_many(member, conflict_ids, ConflictState.ACCEPTED)


def reject_many(member, conflict_ids):
    return _decide_many(member, conflict_ids, ConflictState.REJECTED)


def _decide_many(member, conflict_ids, state):
    done = gone = 0
    for conflict_id in dict.fromkeys(conflict_ids):
        try:
            _decide(member, get_conflict(member, conflict_id), state)
            done += 1
        except (errors.Conflict, errors.NotFound, errors.Invalid):
            gone += 1
    return Decided(done, gone)


def _decide(member, conflict, state):
    with db.atomic():
        companies.hold(conflict.fact.company_id)  # in the order in which writing.py holds them
        hold([conflict.lead_id])
        lead = get_lead(member, conflict.lead_id)
        stands = _stands(conflict, lead)
        word = {"state": state if stands else ConflictState.GONE, "decided_by": member.user_id, "decided_at": now()}
        mine = (Conflict.id == conflict.id) & (Conflict.state == ConflictState.WAITING)
        if not Conflict.update(word).where(mine).execute():
            raise errors.Conflict(DECIDED)
        if stands:
            _carry_out(member, conflict, lead, state)
    if not stands:
        raise errors.Conflict(f"{lead.name} or what is known of the company changed meanwhile, so this is settled.")


def _stands(conflict, lead):
    """Whether the lead and the fact are what was asked about."""
    fact = Fact.get_or_none(Fact.id == conflict.fact_id)
    counts = fact and fact.is_best and fact.state in (FactState.FOUND, FactState.KEPT)
    same = fact and fact.value_key == conflict.fact.value_key
    return bool(counts and same and as_text(lead.__data__[conflict.field]) == conflict.lead_value)


def _carry_out(member, conflict, lead, state):
    fact = Fact.get_by_id(conflict.fact_id)
    accepted = state is ConflictState.ACCEPTED
    if accepted:
        new = value_for(conflict.field, fact)
        if new is None:
            raise errors.Invalid(f"“{fact.value[:60]}” cannot be kept in this field of a lead.")
        edit_lead(lead, {conflict.field: new}, actor=member)
        if fact.state is not FactState.KEPT:
            mark_kept(member, fact)
    quality.count_verdict(conflict.workspace_id, fact, accepted)
