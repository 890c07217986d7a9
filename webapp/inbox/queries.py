"""Reads of threads. Every one starts from visible(), where workspace and reach are applied, once.

A member sees the threads of the leads within their reach, and those that are assigned to them.
"""

from enum import StrEnum
from typing import NamedTuple

from peewee import JOIN, SQL, NodeList, Select, Value, fn

from db import db
from webapp.accounts.models import Membership, Reach, User
from webapp.accounts.roles import ABILITIES
from webapp.campaigns.models import Campaign
from webapp.core.clock import stamp
from webapp.core.errors import NotFound
from webapp.core.paging import by_moment, page_of
from webapp.leads.editing import possible_owners
from webapp.leads.models import Lead
from webapp.leads.queries import as_member, within_reach
from webapp.leads.search import contains, lookup
from webapp.leads.words import words_of
from webapp.mail.mailbox_models import Mailbox

from .models import Label, Outgoing, Thread, ThreadMessage, ThreadState

SIZE = 50
MAILS = 30  # of a thread that its page shows at once
MOST = 99  # a count says "99+" above this
FOUND = 2000  # mails that a search looks at


class Show(StrEnum):
    """The lists of the inbox."""

    MINE = "mine"  # open, and mine to answer
    TEAM = "team"  # open, whoever's
    SNOOZED = "snoozed"
    DONE = "done"


_STATES = {Show.SNOOZED: ThreadState.SNOOZED, Show.DONE: ThreadState.DONE}


def within(member):
    """The condition that a thread is the member's business."""
    ours = Thread.workspace == member.workspace.id
    if member.reach is Reach.ALL:
        return ours
    whose = as_member(member.reach, member.workspace.id, member.user_id)
    leads = Lead.select(Lead.id).where(within_reach(whose))
    return ours & ((Thread.assignee == member.user_id) | Thread.lead.in_(leads))


def visible(member, *columns):
    """The threads that `member` may see."""
    return Thread.select(*columns).where(within(member))


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
