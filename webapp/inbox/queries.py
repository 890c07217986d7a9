"""Reads of threads. Every one starts from visible(), where workspace and reach are applied, once.

A member sees the threads of the leads within their reach, and those that are assigned to them. An unread thread is
open, so what is unread is counted from its index alone.
"""

from peewee import JOIN, Expression

from webapp.accounts.models import Membership, Reach, User
from webapp.accounts.roles import ABILITIES
from webapp.campaigns.models import Campaign
from webapp.core.clock import stamp
from webapp.core.errors import NotFound
from webapp.core.paging import Page, by_moment, page_of
from webapp.leads.editing import possible_owners
from webapp.leads.models import Lead, Todo
from webapp.leads.queries import as_member, unindexed, within_reach
from webapp.mail.mailbox_models import Mailbox

from .models import Outgoing, Thread, ThreadMessage

MAILS = 20  # of a thread that its page shows at once
PEOPLE = 200  # to whom a thread may be given that a menu lists


def within(reach, workspace, user, *, walk=True):
    """The condition that a thread is the business of a member with this reach. `walk` False keeps the database from
    walking along an index of the workspace: right where few ids are given.
    """
    ours = Expression(Thread.workspace if walk else unindexed(Thread.workspace), "=", workspace)
    if reach is Reach.ALL:
        return ours
    leads = Lead.select(Lead.id).where(within_reach(as_member(reach, workspace, user)))
    return ours & ((Thread.assignee == user) | Thread.lead.in_(leads))


def visible(member, *columns):
    """The threads that `member` may see."""
    return Thread.select(*columns).where(within(member.reach, member.workspace.id, member.user_id))


def get_thread(member, thread_id):
    """The thread with its lead, mailbox, campaign and assignee (each may be None), if the member may see it. Raises
    NotFound. The lead may be in the bin, and beyond the member's reach where the thread is assigned to them.
    """
    thread = None
    if thread_id < 2**31:
        query = visible(member, Thread, Lead, Mailbox, Campaign, User)
        for model, column in ((Lead, Thread.lead), (Mailbox, Thread.mailbox), (Campaign, Thread.campaign)):
            query = query.join_from(Thread, model, JOIN.LEFT_OUTER, on=(column == model.id), attr=column.name)
        query = query.join_from(Thread, User, JOIN.LEFT_OUTER, on=(Thread.assignee == User.id), attr="assignee")
        thread = query.where(Thread.id == thread_id).first()
    if thread is None:
        raise NotFound("That conversation does not exist, or it was deleted.")
    return thread


def get_mail(member, thread_id, message_id):
    """A mail of a thread that the member may see, with its thread and mailbox. Raises NotFound."""
    thread, mail = get_thread(member, thread_id), None
    if message_id < 2**31:
        query = ThreadMessage.select(ThreadMessage, Mailbox).join(Mailbox, JOIN.LEFT_OUTER, attr="mailbox")
        mail = query.where(ThreadMessage.thread == thread.id, ThreadMessage.id == message_id).first()
    if mail is None:
        raise NotFound("That mail does not exist, or it was deleted.")
    mail.thread = thread
    return mail


def mails_of(thread, cursor=None):
    """A Page of the ThreadMessages of `thread`, the newest page without a cursor; its rows are the oldest first."""
    query = ThreadMessage.select(ThreadMessage, User.id, User.full_name)
    query = query.join(User, JOIN.LEFT_OUTER, on=(ThreadMessage.actor == User.id), attr="actor")
    query = query.where(ThreadMessage.thread == thread.id)
    columns = (ThreadMessage.sent_at, ThreadMessage.id)
    page = page_of(query, columns, _place, size=MAILS, cursor=by_moment(cursor))
    return Page(tuple(reversed(page.rows)), page.older, page.newer)


def _place(mail):
    return [stamp(mail.sent_at), mail.id]


def outgoing_of(thread):
    """{id of a mail: its Outgoing, without its text}, of those that members wrote in `thread`."""
    columns = [field for field in Outgoing._meta.sorted_fields if field is not Outgoing.raw]
    query = Outgoing.select(*columns).join(ThreadMessage).where(ThreadMessage.thread == thread.id)
    return {row.message_id: row for row in query}


def assignable(member):
    """Whom `member` may give a thread to: (user id, name) pairs by name, of those who may answer."""
    query = User.select(User.id, User.full_name).join(Membership)
    query = query.where(Membership.workspace == member.workspace.id, User.is_active)
    query = query.where(Membership.role.in_(ABILITIES["write"])).order_by(User.full_name, User.id)
    if member.reach is not Reach.ALL:
        query = query.where(User.id.in_([person.id for person in possible_owners(member)]))
    return list(query.limit(PEOPLE).tuples())


def todo_titles(lead):
    """The titles of the open to-dos of `lead`."""
    query = Todo.select(Todo.title).where(Todo.lead == lead.id, Todo.done_at.is_null())
    return {title for (title,) in query.tuples()}
