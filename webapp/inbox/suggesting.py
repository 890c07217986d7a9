"""Answers that the model drafts. Each is asked for by a member who may answer, shown to them alone, and never sent:
what they take of it goes through the composer like anything they type.
"""

from functools import lru_cache

from webapp.accounts.members import member_of
from webapp.accounts.models import Membership
from webapp.core.errors import Conflict, NotFound
from webapp.core.jobs import later
from webapp.leads.queries import get_lead

from . import excerpts, model_requests, prompts, queries
from .assistant_models import AskedState, Suggestion
from .model_dialogue import budget_of, converse, is_on
from .models import Direction, Kind, Label, ThreadMessage

LENGTH = 4000  # letters of a draft
BEFORE = 3  # drafts that another one has to differ from
USE = {"calls": 4, "tokens": 16_000, "seconds": 90}
UNANSWERED = (Label.OUT_OF_OFFICE, Label.UNSUBSCRIBE, Label.BOUNCE, Label.COMPLAINT)
NOTHING = "There is nothing to answer in this conversation."


def newest_mail(thread):
    query = ThreadMessage.select(ThreadMessage.id, ThreadMessage.direction, ThreadMessage.kind)
    newest = ThreadMessage.sent_at.desc(), ThreadMessage.id.desc()
    return query.where(ThreadMessage.thread == thread.id).order_by(*newest).first()


def fits(member, thread, newest):
    """Whether the model is asked for an answer in a thread whose last mail is `newest`."""
    if newest is None or newest.direction is not Direction.IN or newest.kind is not Kind.REPLY:
        return False
    return member.can("write") and thread.label not in UNANSWERED and is_on(member.workspace.id)


def suggestion_for(member, thread):
    """(whether an answer may be suggested, the member's last Suggestion to the newest mail or None)."""
    newest = newest_mail(thread)
    if not fits(member, thread, newest):
        return False, None
    return True, _last(member, thread, newest)


def _own(member, thread, newest):
    own = Suggestion.of(member.workspace).where(Suggestion.thread == thread.id, Suggestion.user == member.user_id)
    return own.where(Suggestion.message == newest.id).order_by(Suggestion.id.desc())


def _last(member, thread, newest):
    return _own(member, thread, newest).first()


def suggest(member, thread, wish=""):
    """Let the model draft an answer; one that is there, or on its way, is not asked for again unless `wish` says
    "another" or "shorter". Raises Conflict where there is nothing to answer.
    """
    newest = newest_mail(thread)
    if not fits(member, thread, newest):
        raise Conflict(NOTHING)
    last = _last(member, thread, newest)
    if last and (last.state is AskedState.WAITING or (last.state is AskedState.DONE and not wish)):
        return last
    wish = wish if wish in prompts.WISHES and _own(member, thread, newest).where(_is_done()).exists() else ""
    whose = {"workspace": member.workspace.id, "user": member.user_id}
    suggestion = Suggestion.create(**whose, thread=thread.id, message=newest.id, wish=wish)
    later("write_suggestion", suggestion.id)
    return suggestion


def _is_done():
    return Suggestion.state == AskedState.DONE


def write_suggestion(suggestion_id):
    """Ask the model for the draft of a Suggestion. May run twice: somebody holds it, or it is written."""
    suggestion = model_requests.claim(Suggestion, suggestion_id)
    if suggestion is None:
        return
    with model_requests.answering(suggestion):
        told, before = _told_for(suggestion)
        wish = prompts.WISHES[suggestion.wish]
        messages = [
            {"role": "system", "content": prompts.REPLY.format(wish=wish)},
            {"role": "user", "content": excerpts.as_json({**told, **({"before": before} if wish else {})})},
        ]
        budget = budget_of(suggestion.workspace_id, "reply", f"suggestion:{suggestion.id}", "a draft", **USE)
        text = excerpts.clean(converse(messages, _form(), budget).reply)[:LENGTH]
        loose = excerpts.loose_in(text, excerpts.as_json(told))
        model_requests.end(suggestion, AskedState.DONE, text=text, loose=loose)


def _told_for(suggestion):
    """(what the model is told, the drafts before) with the reach of who asked. Raises NotFound, or DoesNotExist when
    they are gone.
    """
    if suggestion.user_id is None:
        raise Membership.DoesNotExist
    member = member_of(suggestion.workspace, suggestion.user)
    thread = queries.get_thread(member, suggestion.thread_id)
    told = {"you": member.full_name, "lead": _lead_of(member, thread), "mails": excerpts.mails_of(thread)}
    own = _own(member, thread, suggestion.message).where(_is_done()).limit(BEFORE)
    return told, [one.text for one in own][::-1]


def _lead_of(member, thread):
    """What is told of its lead; nothing where the thread is the member's, and the lead is not."""
    try:
        return excerpts.lead_of(get_lead(member, thread.lead_id)) if thread.lead_id else {}
    except NotFound:
        return {}


@lru_cache(maxsize=1)
def _form():
    from pydantic import BaseModel, ConfigDict, Field  # heavy: loaded on first use

    class Drafted(BaseModel):
        model_config = ConfigDict(str_strip_whitespace=True)
        reply: str = Field(min_length=1)

    return Drafted
