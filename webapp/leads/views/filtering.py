"""The filter above board and table: its chips, and the form that adds a condition step by step."""

from dataclasses import replace

from flask import request
from flask_login import current_user

from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page

from .. import chips
from ..conditions import GROUPS, Condition
from ..kinds import NOTHING, Number
from .shared import bp, chosen_filter, list_address

GROUPING = str.maketrans("", "", "\u00a0\u202f\u2009 ,'’_")  # what separates thousands


@bp.context_processor
def around_filter():
    return {"told": lambda chosen: chips.told(current_user, chosen.where)}


@bp.get("/filter")
@needs("view")
def ask():
    """Field, then operator, then values; the whole of it goes into the address of the list."""
    chosen, asked, error = chosen_filter(), chips.asked_field(current_user, request.args.get("field", "")), ""
    op, values = asked_for(asked) if asked else ("", ())
    beside = request.args.get("beside", "")
    if asked and "done" in request.args:
        condition = Condition.read(str(Condition(asked.name, op, values)))
        if condition and asked.kind.takes(op, condition.values):
            return leave(list_address(with_condition(chosen, condition, beside)))
        error = why_not(asked, op, values)
    shown = {"asked": asked, "op": op, "values": values, "beside": beside, "error": error}
    known = chips.fields_to_ask(current_user)
    return page("leads/filter.html", "form", 422 if error else 200, chosen=chosen, known=known, **shown)


def asked_for(asked):
    """(operator, values) as the form has them so far; the field's first operator until one of its own is chosen."""
    op = request.values.get("op", "")
    op = op if op in asked.kind.ops else next(iter(asked.kind.ops))
    if asked.kind.ops[op].takes == NOTHING:
        return op, ()
    typed = [value.strip() for value in request.values.getlist("value")]
    if isinstance(asked.kind, Number):
        typed = [value.translate(GROUPING) for value in typed]
    return op, tuple(filter(None, typed))


def with_condition(chosen, condition, beside):
    """`chosen` asking for `condition`, too: of its own, or in a group with the one that `beside` writes."""
    where = chosen.where
    joined = chips.beside(where, beside, condition) if beside and len(where.groups) < GROUPS else where
    return replace(chosen, where=where.plus(condition) if joined == where else joined, page="", start=1)


def why_not(asked, op, values):
    if asked.takes_choices:
        return "Choose at least one."
    if asked.takes_days:
        return "Write a number of days." if op in chips.DAYS else "Choose a date."
    if isinstance(asked.kind, Number):
        return "Write two numbers." if asked.kind.ops[op].takes > 1 else "Write a number, such as 500."
    return "Write what to look for."
