"""Whose a thread is to answer, and what they owe it: a to-do, and a mail that tells them."""

from webapp.accounts.models import Membership, NoticeKind, User
from webapp.accounts.notices import owe
from webapp.accounts.roles import ABILITIES
from webapp.campaigns.models import Campaign
from webapp.core.clock import now
from webapp.core.prepared import Prepared
from webapp.core.rows import by_id, create
from webapp.leads.due import end_of, local_day
from webapp.leads.holding import among_text, hold, ids_text
from webapp.leads.models import Todo, TodoKind
from webapp.leads.todo_queries import assignees
from webapp.leads.todos import TITLE_LENGTH, refresh_next

from .models import Thread
from .settings import settings_of
from .texts import beginning

ANSWER = "Answer "
QUOTED = 500  # letters of a mail that the notice repeats


def assignee(thread, mail, lead):
    """The id of the user who is to answer: who has the thread already, else the lead's owner, else whose mailbox it
    came to, else who made the campaign; the first of them who is here and may write. None without one.
    """
    campaign = mail.match.campaign_id and by_id(Campaign, mail.match.campaign_id)
    asked = (thread.assignee_id, lead and lead.owner_id, mail.mailbox.user_id, campaign and campaign.actor_id)
    among = ids_text({one for one in asked if one})
    able = {user_id for (user_id,) in _who_may_write(workspace=mail.mailbox.workspace_id, among=among)}
    return next((one for one in asked if one in able), None)


@Prepared
def _who_may_write(*, workspace, among):
    return Membership.select(Membership.user).join(User).where(
        Membership.workspace == workspace, User.is_active, Membership.role.in_(ABILITIES["write"]),
        among_text(among, Membership.user),
    )  # fmt: skip


def ask_to_answer(thread, lead):
    """A to-do of today for whoever the thread is assigned to, if they see the lead; one at a time on a lead. In the
    caller's transaction, which holds the lead.
    """
    user_id = thread.assignee_id
    if lead is None or lead.deleted_at or not settings_of(thread.workspace_id).makes_todos:
        return
    if user_id not in dict(assignees(lead)) or _asked(lead=lead.id):
        return
    zone = by_id(User, user_id).time_zone
    create(
        Todo, workspace=thread.workspace_id, lead=lead.id, kind=TodoKind.EMAIL, assignee=user_id, timed=False,
        title=f"{ANSWER}{thread.name or lead.name}"[:TITLE_LENGTH], due_at=end_of(local_day(zone), zone),
    )  # fmt: skip
    refresh_next([lead.id])


def hold_lead(thread):
    """Lock its lead. Whoever locks both locks the lead before the thread, as keeping a mail does (keeping.py)."""
    if thread.lead_id is not None:
        hold([thread.lead_id])


def answered(thread, *, user_id=None):
    """Somebody wrote in this thread, or is done with it: Galena's own to-do to answer is done, unless another mail of
    the lead waits. In the caller's transaction, which holds the lead.
    """
    others = (Thread.lead == thread.lead_id) & (Thread.id != thread.id) & Thread.is_unread
    if thread.lead_id is None or Thread.select().where(others).exists():
        return
    done = [row.id for row in _asked(lead=thread.lead_id)]
    if done:
        Todo.update(done_at=now(), done_by=user_id).where(Todo.id.in_(done)).execute()
        refresh_next([thread.lead_id])


def unanswered(thread):
    """Nobody is done with it after all: the to-do that answered() ended since its last mail is open again, unless that
    mail was answered. In the caller's transaction, which holds the lead.
    """
    if thread.lead_id is None or thread.last_in_at is None or thread.last_at > thread.last_in_at:
        return
    ours = Todo.select(Todo.id).where(Todo.lead == thread.lead_id, _is_ours())
    ended = ours.where(Todo.done_at >= thread.last_in_at).order_by(Todo.done_at.desc()).first()
    if ended is None or _asked(lead=thread.lead_id):
        return
    Todo.update(done_at=None, done_by=None).where(Todo.id == ended.id).execute()
    refresh_next([thread.lead_id])


@Prepared
def _asked(*, lead):
    return Todo.select(Todo.id).where(Todo.lead == lead, Todo.done_at.is_null(), _is_ours())


def _is_ours():
    return Todo.created_by.is_null() & (Todo.kind == TodoKind.EMAIL) & Todo.title.startswith(ANSWER)


def tell(thread, message, mail):
    """Owe whoever the thread is assigned to a mail about this one, unless it came to their own mailbox anyway."""
    user_id = thread.assignee_id
    if user_id is None or user_id == mail.mailbox.user_id or not settings_of(thread.workspace_id).sends_notices:
        return
    user = by_id(User, user_id)
    said = {"subject": message.subject, "text": beginning(message.fresh or message.text)}
    about = {
        "workspace_id": thread.workspace_id,
        "thread_id": thread.id,
        "by": message.sender_name or message.sender_email,
    }
    owe(NoticeKind.REPLIED, user.email, user=user, **about, **said)
