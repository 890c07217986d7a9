"""The mails that Galena itself owes: reading them, and trying a failed one again."""

from db import db
from webapp.accounts.audit import record
from webapp.accounts.models import Notice, NoticeKind, NoticeState
from webapp.core.clock import now
from webapp.core.errors import Conflict, NotFound
from webapp.core.jobs import later
from webapp.core.paging import page_of

SIZE = 50
_LISTED = [field for field in Notice._meta.sorted_fields if field.name not in ("raw", "data")]


def notices(*, state=None, search="", cursor=None):
    """A Page of notices, the newest first, without their bytes; `search` is a part of an address."""
    query = Notice.select(*_LISTED)
    if state is not None:
        query = query.where(Notice.state == state)
    if search := search.strip().lower():
        query = query.where(Notice.email.contains(search))
    return page_of(query, [Notice.id], lambda notice: [notice.id], size=SIZE, cursor=cursor)


def get_notice(notice_id):
    """The notice with its bytes. Raises NotFound."""
    notice = Notice.get_or_none(Notice.id == notice_id)
    if notice is None:
        raise NotFound("That mail does not exist, or it is older than we keep them.")
    return notice


def can_try_again(notice):
    """Whether a failed notice can go out after all: what a sign-up typed is not kept behind its end."""
    return notice.state is NoticeState.FAILED and notice.kind is not NoticeKind.SIGN_UP


def try_again(notice, *, actor, address):
    """Send a failed notice once more, now. Raises Conflict when it is not waiting for that."""
    if not can_try_again(notice):
        raise Conflict("Only a failed mail can be tried again. For a sign-up, ask the person to sign up again.")
    with db.atomic():
        failed = (Notice.id == notice.id) & (Notice.state == NoticeState.FAILED)
        again = {"state": NoticeState.QUEUED, "tries": 0, "error": "", "due_at": now(), "finished_at": None}
        if Notice.update(again).where(failed).execute() != 1:
            raise Conflict("Somebody else just tried that mail again.")
        record(actor, "notice.tried_again", notice.email, address=address, kind=notice.kind)
        later("send_notice", notice.id)
