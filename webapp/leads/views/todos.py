"""To-dos: one's own or the team's, and what can be done with one from there, from its lead and from Home."""

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.core.clock import stamp
from webapp.core.errors import Conflict, Invalid
from webapp.web.filters import age, clock_time, when
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import listing, todo_queries, todos
from ..due import Standing, is_timed, local_day, standing
from ..filters import Filter
from ..forms.todos import KINDS, TodoForm, UntilForm
from ..models import TodoKind
from ..queries import get_lead
from .lead import lead_context
from .shared import around, chosen_filter, lead_address

bp = Blueprint("todos", __name__)
bp.context_processor(around)
HOME_SHOWS = 6
FOUND = 8  # leads to choose from
GROUPS = {
    Standing.OVERDUE: "Overdue",
    Standing.TODAY: "Today",
    Standing.WEEK: "This week",
    Standing.LATER: "Later",
    Standing.NONE: "No date",
}


# ------------------------------------------------------------------- words


class Due(NamedTuple):
    """How a date looks: `state` colours it (bad, info or ""), `words` say it. To be handed to kept regions."""

    state: str
    words: str


@bp.app_template_filter("due")
def due(due_at, zone):
    """A date of a to-do, or of a lead's next one, as a Due."""
    where = standing(due_at, zone)
    if where is Standing.NONE:
        return Due("", "No date")
    if where is Standing.OVERDUE:
        return Due("bad", f"Overdue by {age(due_at)}")
    text, timed = when(due_at, zone), is_timed(due_at)
    near = text.partition(" ")[0] if (local_day(zone, due_at) - local_day(zone)).days <= 1 else ""
    if near:
        text = text if timed else near
    elif timed:
        text = f"{text}, {clock_time(due_at, zone)}"
    return Due("info" if where is Standing.TODAY else "", text)


@bp.app_template_filter("todo_kind")
def todo_kind(kind):
    """(name, icon) of a kind of to-do; of a lead's next_kind, too."""
    return KINDS[TodoKind(kind or TodoKind.TASK)]


# ------------------------------------------------------------------- lists


@bp.get("/todos")
@needs("view")
def index():
    return page("leads/todos/index.html", "listed", **list_context())


def list_context():
    team = request.args.get("whose") == "team"
    found = todo_queries.open_todos(current_user, team=team, cursor=request.args.get("page"))
    groups = {}
    for row in found.rows:
        groups.setdefault(standing(row.due_at, current_user.time_zone), []).append(row)
    named = [(where, GROUPS[where], rows) for where, rows in groups.items()]
    return {"team": team, "found": found, "groups": named, "here": list_query(page=request.args.get("page"))}


def list_query(**more):
    team = "team" if request.args.get("whose") == "team" else None
    return {name: value for name, value in {"whose": team, **more}.items() if value}


def answer(lead_id):
    """The regions of the page that asked, which `at` in the address names, as they are now."""
    at, chosen = request.args.get("at"), chosen_filter()
    if at == "lead":
        context = lead_context(get_lead(current_user, lead_id), chosen, compose="todo")
        return parts("leads/todos/lead.parts.html", lead_address(lead_id, chosen), **context)
    if at == "home":
        rows = todo_queries.due_todos(current_user, HOME_SHOWS)
        return parts("leads/todos/home.parts.html", url_for("home.index"), due_todos=rows)
    context = list_context()
    return parts("leads/todos/list.parts.html", url_for("todos.index", **context["here"]), **context)


def told(sentence, undo, said=(), **ids):
    """A toast with an Undo, whose address has what is `said`, and what of this one brings it back to the same place."""
    here = [pair for pair in request.args.items(multi=True) if pair[0] not in ("due", "timed", "kept")]
    url = f"{url_for(undo, **ids)}?{urlencode([*here, *said])}"
    flash({"text": sentence, "action": "Undo", "url": url}, "success")


# -------------------------------------------------------------------- one


@bp.get("/todos/new")
@needs("write")
def new():
    """Choose the lead by search."""
    search = request.args.get("q", "").strip()
    chosen = Filter.read({"q": search, "rows": "25"})
    leads = listing.table(current_user, chosen).rows[:FOUND] if search else ()
    return page("leads/todos/new.html", "found", search=chosen.search, leads=leads)


@bp.route("/leads/<int:lead_id>/todos", methods=["GET", "POST"])
@needs("write")
def add(lead_id):
    lead = get_lead(current_user, lead_id)
    form = TodoForm(todo_queries.assignees(lead), data={"assignee": current_user.user_id})
    if "assignee" not in request.form:
        form.assignee.process_data(current_user.user_id)
    if form.validate_on_submit():
        try:
            todos.add_todo(lead, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash("To-do added", "success")
            return answer(lead_id)
    status = 422 if form.errors else 200
    return page("leads/todos/add.html", "form", status, form=form, lead=lead, chosen=chosen_filter())


@bp.route("/todos/<int:todo_id>/edit", methods=["GET", "POST"])
@needs("write")
def edit(todo_id):
    todo = todo_queries.get_todo(current_user, todo_id)
    form = TodoForm(people_of(todo), data=shown_of(todo))
    if form.validate_on_submit():
        try:
            todos.edit_todo(todo, form.values(), actor=current_user)
        except Invalid as error:
            form.reject(error)
        else:
            flash("To-do saved", "success")
            return answer(todo.lead_id)
    return page("leads/todos/edit.html", "form", 422 if form.errors else 200, form=form, todo=todo)


def people_of(todo):
    """Who may have it; whoever has it now stays in the list."""
    people = dict(todo_queries.assignees(todo.lead))
    if todo.assignee_id:
        people.setdefault(todo.assignee_id, todo.assignee.full_name)
    return people.items()


def shown_of(todo):
    day, at = todos.day_of(todo, actor=current_user)
    return {"title": todo.title, "kind": todo.kind.value, "day": day, "time": at, "assignee": todo.assignee_id}


@bp.post("/todos/<int:todo_id>/done")
@needs("write")
def finish(todo_id):
    return changed(todo_id, todos.finish_todo, "“{}” is done", "todos.reopen", actor=current_user)


@bp.post("/todos/<int:todo_id>/reopen")
@needs("write")
def reopen(todo_id):
    return changed(todo_id, todos.reopen, "“{}” is open again")


def changed(todo_id, change, sentence, undo=None, **options):
    """Do it; a stale change is refused in a toast, and the page shows how it stands."""
    todo = todo_queries.get_todo(current_user, todo_id)
    try:
        change(todo, **options)
    except Conflict as error:
        flash(str(error), "error")
    else:
        text = sentence.format(todo.title)
        told(text, undo, todo_id=todo.id) if undo else flash(text, "success")
    return answer(todo.lead_id)


@bp.post("/todos/<int:todo_id>/snooze")
@needs("write")
def snooze(todo_id):
    todo, form = todo_queries.get_todo(current_user, todo_id), UntilForm()
    before = [("due", stamp(todo.due_at) if todo.due_at else ""), ("timed", "y" if todo.timed else "")]
    if not form.validate():
        raise Invalid("Write a date such as 2026-11-28.", "day")
    try:
        todos.snooze(todo, form.until.data or form.day.data, actor=current_user)
    except Conflict as error:
        flash(str(error), "error")
    else:
        words = due(todo.due_at, current_user.time_zone).words
        told(f"“{todo.title}” waits until {words}", "todos.put_due", before, todo_id=todo.id)
    return answer(todo.lead_id)


@bp.post("/todos/<int:todo_id>/due")
@needs("write")
def put_due(todo_id):
    """Undo of snooze."""
    try:
        due_at = datetime.fromisoformat(request.args["due"]).replace(tzinfo=UTC) if request.args.get("due") else None
    except ValueError:
        raise Invalid("That date cannot be read.") from None
    timed = bool(request.args.get("timed"))
    return changed(todo_id, todos.put_due, "“{}” is due as before", due_at=due_at, timed=timed)


@bp.post("/todos/<int:todo_id>/delete")
@needs("write")
def delete(todo_id):
    todo = todo_queries.get_todo(current_user, todo_id)
    kept = todos.delete_todo(todo)
    told(f"“{todo.title}” deleted", "todos.put_back", [("kept", kept)], lead_id=todo.lead_id)
    return answer(todo.lead_id)


@bp.post("/leads/<int:lead_id>/todos/back")
@needs("write")
def put_back(lead_id):
    """Undo of delete."""
    todos.put_back(get_lead(current_user, lead_id), request.args.get("kept", ""))
    flash("The to-do is back", "success")
    return answer(lead_id)
