"""What a member has written and not sent. Nothing that was typed is ever written over by another tab: where two write
on one draft, it becomes two.
"""

from typing import NamedTuple

from db import db
from webapp.core.clock import now, stamp
from webapp.core.errors import NotFound
from webapp.leads.models import Lead

from . import addressing
from .models import Direction, Draft, DraftFile, Thread, ThreadMessage

LIMITS = {"recipients": 1000, "cc": 1000, "subject": 998}
LISTED = 100


class Where(NamedTuple):
    """What a draft is for: a thread that it answers, or a lead that it is a first mail to."""

    thread: Thread | None = None
    lead: Lead | None = None

    @property
    def condition(self):
        if self.thread is not None:
            return Draft.thread == self.thread.id
        return Draft.thread.is_null() & (Draft.lead == self.lead.id)


def drafts_of(member, where):
    """The member's Drafts there, the newest first."""
    mine = _mine(member).where(where.condition)
    return list(mine.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(LISTED))


def all_of(member):
    """All Drafts of the member with their threads and leads, the newest first."""
    query = _mine(member).select(Draft, Thread, Lead).join(Thread, "LEFT OUTER JOIN")
    query = query.join_from(Draft, Lead, "LEFT OUTER JOIN")
    return list(query.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(LISTED))


def get_draft(member, where, draft_id):
    """Raises NotFound."""
    for draft in by_id(member, where, draft_id):
        return draft
    raise NotFound("That draft was sent or thrown away.")


def by_id(member, where, draft_id):
    """The Draft with this id there, if it is the member's, in a list."""
    return list(_mine(member).where(where.condition, Draft.id == draft_id)) if draft_id else []


def is_there(member, draft_id):
    return _mine(member).where(Draft.id == draft_id).exists()


def _mine(member):
    return Draft.of(member.workspace).where(Draft.user == member.user_id)


def version(draft):
    """Names the state that a draft is in, to see whether somebody wrote on it since."""
    return stamp(draft.updated_at)


def keep(member, where, fields, *, draft_id=None, seen="", blank=False):
    """Keep what was typed: `fields` are recipients, cc, subject, text and `mailbox`, an id or None. Returns the Draft,
    or None where nothing is to be kept: it is empty, or was sent this moment.

    `seen` is the version() that was typed on. If the draft is another one by now, this becomes a draft of its own. A
    `blank` one is kept, too: files are to be put into it.
    """
    kept = {name: fields[name].replace("\0", "")[: LIMITS.get(name)] for name in (*LIMITS, "text")}
    kept["mailbox"] = fields.get("mailbox") or None
    with db.atomic():
        draft = _mine(member).where(where.condition, Draft.id == draft_id).first() if draft_id else None
        if draft is not None and _says(draft, kept):
            return draft
        if draft is not None and version(draft) == seen:
            if not blank and _is_blank(kept, where) and not draft.files.exists():
                draft.delete_instance()
                return None
            changed = Draft.update(kept, updated_at=now()).where(
                Draft.id == draft.id, Draft.updated_at == draft.updated_at
            )
            if changed.execute():
                return Draft.get_by_id(draft.id)
        if not blank and (_is_blank(kept, where) or _was_sent(member, where, kept["text"])):
            return None
        made = _make(member, where, kept)
        if draft is not None:
            _copy_files(draft, made)
        return made


def _make(member, where, kept):
    thread, lead = where
    belongs = {"thread": thread and thread.id, "lead": thread.lead_id if thread else lead.id}
    return Draft.create(workspace=member.workspace.id, user=member.user_id, **belongs, **kept)


def _says(draft, kept):
    return all(getattr(draft, "mailbox_id" if name == "mailbox" else name) == value for name, value in kept.items())


def _is_blank(kept, where):
    return not kept["text"].strip() and (where.thread is not None or not kept["subject"].strip())


def _was_sent(member, where, text):
    """Whether the member's last mail there says just this: a page that kept it came late."""
    mails = ThreadMessage.of(member.workspace).where(ThreadMessage.actor == member.user_id)
    here = ThreadMessage.thread == where.thread.id if where.thread else ThreadMessage.lead == where.lead.id
    last = mails.where(here, ThreadMessage.direction == Direction.OUT).order_by(ThreadMessage.id.desc()).first()
    return last is not None and last.fresh == _plain(text)


def _plain(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _copy_files(draft, other):
    for file in draft.files:
        copied = {"name": file.name, "mimetype": file.mimetype, "size": file.size, "data": file.data}
        DraftFile.create(workspace=draft.workspace_id, draft=other, **copied)


def used_up(member, draft_id, *, text, thread=None, lead=None):
    """A mail that says `text` is sent: its draft goes, and one that another request kept of it meanwhile."""
    ids = [draft.id for draft in drafts_of(member, Where(thread, lead)) if _plain(draft.text) == _plain(text)]
    if draft_id:
        ids.append(draft_id)
    Draft.delete().where(Draft.id.in_(ids), Draft.user == member.user_id).execute()


def discard(draft):
    """Throw it away."""
    Draft.delete().where(Draft.id == draft.id).execute()


def take_back(member, message):
    """A Draft of what `message` said, which was not sent after all."""
    kept = {"recipients": addressing.written(message.recipients), "cc": addressing.written(message.cc)}
    kept |= {"subject": message.subject, "text": message.fresh, "mailbox": message.mailbox_id}
    return _make(member, Where(thread=message.thread), kept)
