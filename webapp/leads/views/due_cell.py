"""The next to-do of a lead, changed or made in its cell of the table."""

from flask import request
from flask_login import current_user

from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.web.guards import needs
from webapp.web.hypermedia import page
from webapp.web.ids import row_id

from .. import queries, todo_queries, todos
from ..forms.todos import TodoForm
from ..models import TodoKind
from .shared import bp, chosen_filter
from .table import changed_row
from .todos import people_of, shown_of


@bp.route("/<int:lead_id>/cell/due", methods=["GET", "POST"])
@needs("write")
def due_cell(lead_id):
    """The form in its place; saved, the row as it is then."""
    lead, chosen = queries.get_lead(current_user, lead_id), chosen_filter()
    todo = seen_todo(lead)
    form = form_of(lead, todo)
    if form.validate_on_submit():
        try:
            save(lead, todo, form)
        except (Invalid, Conflict) as error:
            form.reject(error)
        else:
            return changed_row(lead_id, chosen)
    status = 422 if form.errors or form.form_errors else 200
    return page("leads/due_cell.html", "form", status, form=form, lead=lead, todo=todo, chosen=chosen)


def seen_todo(lead):
    """The to-do that the form was opened with: the one that is due first. None: a new one."""
    if request.method == "GET":
        return todo_queries.next_todo(current_user, lead)
    todo_id = request.form.get("todo", type=row_id)
    todo = todo_queries.get_todo(current_user, todo_id) if todo_id else None
    if todo is not None and todo.lead_id != lead.id:
        raise NotFound("That to-do belongs to another lead.")
    return todo


def form_of(lead, todo):
    if todo is not None:
        return TodoForm(people_of(todo), data=shown_of(todo))
    mine = {"assignee": current_user.user_id, "kind": TodoKind.TASK.value}
    return TodoForm(todo_queries.assignees(lead), data=mine)


def save(lead, todo, form):
    if todo is None:
        todos.add_todo(lead, form.values(), actor=current_user)
    else:
        todos.edit_todo(todo, form.values(), actor=current_user)
