"""The table: its columns, and owner and value changed in their cells."""

from dataclasses import replace

from flask import request
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import leave, page, parts

from .. import columns, listing, queries
from ..filters import MOST_COLUMNS
from .facts import edit_form, save, seen_value
from .next_steps import next_steps
from .shared import bp, chosen_filter, known_centers, list_address

IN_CELLS = ("owner", "value")


@bp.context_processor
def around_table():
    return {"columns_of": columns_of, "cells_of": cells_of}


def columns_of(chosen):
    return columns.columns_of(current_user, chosen.columns)


def cells_of(rows, shown):
    """What stands in the rows beside their leads; asks only for what a column shows."""
    names = {column.name for column in shown}
    centers = {center.id: center.name for center in known_centers()} if "center" in names else {}
    steps = dict(next_steps(rows, current_user.time_zone)) if "due" in names else {}
    return columns.beside(current_user, rows, shown, centers=centers, steps=steps)


@bp.route("/<int:lead_id>/cell/<column>", methods=["GET", "POST"])
@needs("write")
def cell(lead_id, column):
    """The form of one cell in its place; saved, the row as it is then."""
    name = column
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    if name not in IN_CELLS:
        raise NotFound("That cannot be changed in the table.")
    form, refusal = edit_form(lead, name), None
    if form.validate_on_submit():
        try:
            save(lead, name, form)
        except (Invalid, Conflict) as error:
            form.reject(error)
            refusal = error
        else:
            return changed_row(lead_id, chosen)
    shown = {"form": form, "name": name, "lead": lead, "chosen": chosen, "seen": seen_value(lead, name, refusal)}
    return page("leads/cell.html", "form", 422 if form.errors else 200, **shown)


@bp.get("/<int:lead_id>/row")
@needs("view")
def row(lead_id):
    """The row as it stands: what Cancel puts back in a cell's place."""
    return changed_row(lead_id, chosen_filter())


def changed_row(lead_id, chosen):
    queries.get_lead(current_user, lead_id)
    found = listing.row(current_user, lead_id)
    return parts(
        "leads/row.parts.html",
        list_address(chosen),
        chosen=chosen,
        totals=queries.stage_totals(current_user, chosen),
        row=found,
    )


@bp.get("/columns")
@needs("view")
def choose_columns():
    """Which columns the table has, in which order. Nothing is kept: the choice stands in the list's address."""
    chosen, known = chosen_filter(), columns.all_columns(current_user)
    picked = [name for name in request.args.getlist("column") if name in known][:MOST_COLUMNS]
    if "picking" not in request.args:
        picked = [name for name in chosen.columns if name in known]
    if "done" in request.args:
        return leave(list_address(replace(chosen, columns=tuple(picked) or chosen.columns)))
    for by, name in ((-1, request.args.get("up")), (1, request.args.get("down"))):
        move(picked, name, by)
    rest = [column for name, column in known.items() if name not in picked]
    shown = {"picked": [known[name] for name in picked], "rest": rest}
    return page("leads/columns.html", "form", chosen=chosen, **shown)


def move(names, name, by):
    """Move `name` in the list `names` by one place."""
    if name in names and 0 <= names.index(name) + by < len(names):
        at = names.index(name)
        names[at], names[at + by] = names[at + by], names[at]
