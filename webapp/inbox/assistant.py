"""Questions about a workspace's own data. The model answers them from what the tools give, with the asker's reach."""

from datetime import timedelta
from functools import lru_cache

from webapp.accounts.members import member_of
from webapp.config import current
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.jobs import later
from webapp.core.paging import page_of
from webapp.leads.due import local_day

from . import excerpts, model_requests, prompts
from .assistant_filters import fields_told, operators_told
from .assistant_models import AskedState, Question, Suggestion
from .assistant_tools import Toolbox
from .model_dialogue import budget_of, converse

LENGTH = 1000  # letters of a question
ANSWER = 8000  # of an answer
AT_ONCE = 3  # questions of a member that wait
KEPT = timedelta(days=90)
BATCH = 500
USE = {"calls": 10, "tokens": 60_000, "seconds": 110}


def ask(member, text):
    """A Question, answered soon. Raises Invalid, and Conflict where no model is set or too many are waiting."""
    text = text.replace("\0", "").strip()
    if not text or len(text) > LENGTH:
        raise Invalid(f"Ask something, in up to {LENGTH:,} letters.", "text")
    if not current().llm:
        raise Conflict("No model is set, so nobody can answer.")
    waiting = _own(member).where(Question.state == AskedState.WAITING).count()
    if waiting >= AT_ONCE:
        raise Conflict("Your last questions are still being answered. Wait for one of them.")
    question = Question.create(workspace=member.workspace.id, user=member.user_id, text=text)
    later("answer_question", question.id)
    return question


def _own(member, *columns):
    return Question.select(*columns).where(Question.workspace == member.workspace.id, Question.user == member.user_id)


def questions(member, cursor=None, size=20):
    """A Page of the member's own Questions, the newest first."""
    return page_of(_own(member), [Question.id], lambda row: [row.id], size=size, cursor=cursor)


def get_question(member, question_id):
    """One of the member's own. Raises NotFound."""
    found = _own(member).where(Question.id == question_id).first() if question_id < 2**31 else None
    if found is None:
        raise NotFound("That question does not exist, or somebody else asked it.")
    return found


def forget(member, question_id):
    """Delete one of the member's own. Raises NotFound."""
    get_question(member, question_id).delete_instance()


def answer_question(question_id):
    """Let the model answer a Question. May run twice: somebody holds it, or it is answered."""
    question = model_requests.claim(Question, question_id)
    if question is None:
        return
    with model_requests.answering(question):
        member = member_of(question.workspace, question.user)
        toolbox = Toolbox(member)
        text = excerpts.clean(_converse(question, member, toolbox))[:ANSWER]
        known = "\n".join([question.text, local_day(member.time_zone).isoformat(), *toolbox.told])
        model_requests.end(
            question, AskedState.DONE, answer=text, calls=toolbox.calls, loose=excerpts.loose_in(text, known)
        )


def _converse(question, member, toolbox):
    system = prompts.QUESTION.format(
        ops=operators_told(),
        currency=member.workspace.currency,
        today=f"{local_day(member.time_zone):%A, %Y-%m-%d}",
        zone=member.time_zone,
    )
    told = {"question": question.text, "asked by": member.full_name, "fields": fields_told(member)}
    messages = [{"role": "system", "content": system}, {"role": "user", "content": excerpts.as_json(told)}]

    def run(call, most):
        answer = toolbox.run(call, most)
        model_requests.keep(question, calls=toolbox.calls)  # whoever waits sees what is read
        return answer

    budget = budget_of(question.workspace_id, "question", f"question:{question.id}", "a question", **USE)
    return converse(messages, _form(), budget, run).answer


@lru_cache(maxsize=1)
def _form():
    from pydantic import BaseModel, ConfigDict, Field  # heavy: loaded on first use

    class Answered(BaseModel):
        model_config = ConfigDict(str_strip_whitespace=True)
        answer: str = Field(min_length=1)

    return Answered


def sweep():
    """Delete questions and drafts that are too old, in batches."""
    before = now() - KEPT
    for model in (Question, Suggestion):
        oldest = model.select(model.id).order_by(model.id).limit(BATCH)  # by id: no look at all that are kept
        while model.delete().where(model.id.in_(oldest), model.created_at < before).execute():
            pass
