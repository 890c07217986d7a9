"""The daily mail with one's to-dos: at about seven in the morning where the person is, once a day, and only when there
is something to do. Which to-dos it names is read as it leaves (see mail/notices.py).
"""

from zoneinfo import ZoneInfo

from db import db
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, NoticeKind, User, Workspace
from webapp.accounts.notices import owe
from webapp.accounts.profiles import DIGEST_HOUR
from webapp.core.clock import now

from .todo_queries import due_todos

UNTIL = 11  # after an outage a morning's mail still goes out until then
NAMED = 25  # to-dos in one mail


def owe_digests():
    """Owe the mail to everybody for whom it is time. May run at any time, and twice at once."""
    for user in User.select().where(User.todo_digest, User.is_active, User.deleted_at.is_null()).order_by(User.id):
        local = now().astimezone(ZoneInfo(user.time_zone))
        if DIGEST_HOUR <= local.hour < UNTIL:
            _owe(user, local.date())


def _owe(user, day):
    """One notice a workspace in which something is due. Guarded by the day: of two runs one changes the row."""
    fresh = User.todo_digest_on.is_null() | (User.todo_digest_on < day)
    with db.atomic():
        wanted = User.update(todo_digest_on=day).where(User.id == user.id, User.todo_digest, User.is_active, fresh)
        if wanted.execute() != 1:
            return
        places = Workspace.select().join(Membership).where(Membership.user == user, Workspace.deleted_at.is_null())
        for workspace in places.order_by(Workspace.id):
            if due_todos(member_of(workspace, user), 1):
                owe(NoticeKind.DIGEST, user.email, user=user, workspace_id=workspace.id)


def digest_of(user, workspace_id):
    """(Workspace, TodoRows) of what is overdue or due today, one more than NAMED at most; None when there is nothing to
    say, or the person is not there any more.
    """
    inside = (Membership.user == user) & (Membership.workspace == workspace_id)
    workspace = Workspace.select().join(Membership).where(inside, Workspace.deleted_at.is_null()).first()
    if workspace is None or not user.is_active or not user.todo_digest:
        return None
    rows = due_todos(member_of(workspace, user), NAMED + 1)
    return (workspace, rows) if rows else None
