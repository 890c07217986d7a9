"""Questions to the assistant about the workspace's own data."""

from flask import Blueprint, flash, request, url_for
from flask_login import current_user

from webapp.auth import throttle
from webapp.config import current
from webapp.core.errors import Invalid
from webapp.web.guards import needs, signed_in_member
from webapp.web.hypermedia import leave, page

from .. import assistant
from ..forms.asking import QuestionForm

bp = Blueprint("assistant", __name__, url_prefix="/assistant")
AN_HOUR = 60  # questions of a member
EXAMPLES = (
    "Which campaign gets the most replies?",
    "How many leads replied in the last 30 days, by owner?",
    "Which of my to-dos are overdue?",
    "Who is interested and not answered yet?",
)
TOOLS = {  # what the page calls each, and its icon
    "count_leads": ("Leads counted", "hash"),
    "list_leads": ("Leads listed", "users"),
    "list_campaigns": ("Campaigns listed", "send"),
    "campaign_report": ("Report of a campaign read", "gauge"),
    "list_todos": ("To-dos listed", "square-check"),
    "list_threads": ("Conversations listed", "inbox"),
}


def _page(form, question=None, block=None):
    asked = assistant.questions(current_user, request.args.get("page"))
    shown = {"has_model": current().llm, "examples": EXAMPLES, "tools": TOOLS}
    told = {"form": form, "question": question, "asked": asked, **shown}
    return page("assistant/index.html", block, 422 if form.errors else 200, **told)


@bp.get("")
@needs("view")
def index():
    return _page(QuestionForm())


@bp.post("")
@needs("view")
def ask():
    form = QuestionForm()
    if form.validate_on_submit():
        throttle.hit(f"ask {current_user.user_id}", limit=AN_HOUR, seconds=3600)
        try:
            question = assistant.ask(signed_in_member(), form.text.data or "")
        except Invalid as error:
            form.reject(error)
        else:
            return leave(url_for("assistant.show", question_id=question.id))
    return _page(form)


@bp.get("/<int:question_id>")
@needs("view")
def show(question_id):
    return _page(QuestionForm(), assistant.get_question(current_user, question_id), "question")


@bp.post("/<int:question_id>/delete")
@needs("view")
def delete(question_id):
    assistant.forget(current_user, question_id)
    flash("The question is deleted.", "success")
    return leave(url_for("assistant.index"))
