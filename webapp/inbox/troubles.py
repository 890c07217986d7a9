"""Telling people when a mailbox is not read any more: on Home as long as it lasts, by mail once and again each day."""

from datetime import timedelta

from peewee import fn

from db import db
from webapp.accounts.models import Membership, NoticeKind, Role, User, Workspace
from webapp.accounts.notices import owe
from webapp.core.clock import now

from . import truth
from .reading_models import MailboxReading

FAILING = timedelta(minutes=15)  # an outage may pass within
AGAIN = timedelta(hours=24)


def is_trouble(line):
    """Whether a truth.Line is worth an alert: nobody reads the mailbox, or trying has not helped for a while."""
    if not line.is_wrong:
        return False
    return truth.age_of(line.reading) > (FAILING if line.reading.failures else truth.LATE)


def unwell(workspace, late):
    """A condition to ask along with others: whether a mailbox of the workspace may be in trouble, which is so rarely
    that troubles() need not be asked for; `late` is the moment before which a reading is too long ago.
    """
    wrong = MailboxReading.failures > 0
    wrong = wrong | MailboxReading.succeeded_at.is_null() | (MailboxReading.succeeded_at < late)
    return fn.EXISTS(MailboxReading.select().where(MailboxReading.workspace == workspace, MailboxReading.is_on, wrong))


def troubles(member):
    """The Lines of mailboxes that `member` may do something about, and that need it."""
    return [line for line in truth.lines(member) if line.managed and is_trouble(line)]


def tell():
    """Owe a mail about each mailbox that came into trouble, and forget what was told of those that are well again."""
    query = truth.all_lines().where(MailboxReading.is_on | MailboxReading.alerted_at.is_null(False))
    for mailbox in query:
        line = truth.line_of(mailbox, managed=True)
        if is_trouble(line):
            _tell(line)
        elif line.reading.alerted_at and not line.is_wrong:
            _of(line).where(MailboxReading.alerted_at == line.reading.alerted_at).execute()


def _of(line, told_at=None):
    return MailboxReading.update(alerted_at=told_at).where(MailboxReading.id == line.reading.id)


def _tell(line):
    """Guarded by what was told before: two sweeps at once tell once."""
    before = line.reading.alerted_at
    if line.reading.id is None or (before and now() - before < AGAIN):
        return
    unchanged = MailboxReading.alerted_at.is_null() if before is None else MailboxReading.alerted_at == before
    with db.atomic():
        if not _of(line, now()).where(unchanged).execute():
            return
        for user in _concerned(line.mailbox):
            owe(NoticeKind.TROUBLE, user.email, user=user, mailbox_id=line.mailbox.id, **_words(line))


def _concerned(mailbox):
    """Whose it is, if they are still here and active; else the owners of the workspace."""
    here = User.select().join(Membership).where(Membership.workspace == mailbox.workspace_id, User.is_active)
    owner = here.where(User.id == mailbox.user_id).first() if mailbox.user_id else None
    return [owner] if owner else list(here.where(Membership.role == Role.OWNER))


def _words(line):
    return {
        "mailbox": line.mailbox.email,
        "why": line.why,
        "since": f"{line.read_at:%-d %B %Y at %H:%M} UTC" if line.read_at else "",
        "workspace": Workspace.get_by_id(line.mailbox.workspace_id).name,
        "path": f"settings/mailboxes/{line.mailbox.id}/reading",
    }
