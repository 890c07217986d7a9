"""What members write on a lead's timeline: notes, calls, e-mails from elsewhere. Its author may change or delete it."""

from enum import StrEnum

from db import db
from webapp.core.clock import now, stamp
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.prepared import PreparedWrite

from . import timeline
from .mentions import mention, mentioned_in
from .models import Activity, ActivityKind, Lead
from .words import note_text

TEXT_LENGTH = 10_000
SUBJECT_LENGTH = 255
CHANGED = "You changed this in another tab meanwhile. Reload the page to see it."
WRITTEN = (ActivityKind.NOTE, ActivityKind.CALL, ActivityKind.WRITTEN)


class Outcome(StrEnum):
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"

    @property
    def label(self):
        return self.value.capitalize().replace("_", " ")


def add_note(lead, text, *, actor, pinned=False):
    """Put a note on the lead's timeline and tell whom it mentions. Raises Invalid and Conflict.

    Returns (its Activity, the names of those who were mentioned and cannot see the lead).
    """
    data = {"text": _needed(_text(text))}
    people = mentioned_in(data["text"], lead.workspace_id)
    data |= _mentions(people)
    with db.atomic():
        entry = _put(lead, ActivityKind.NOTE, data, actor, pinned)
        return entry, mention(entry, lead, people, actor=actor)


def log_call(lead, outcome, text="", *, actor):
    """Put a call on the lead's timeline: its Outcome, and what was said. Raises Invalid and Conflict."""
    data = {"outcome": Outcome(outcome).value, "text": _text(text)}
    with db.atomic():
        return _put(lead, ActivityKind.CALL, data, actor)


def log_mail(lead, subject, text="", *, received=False, actor):
    """Put an e-mail on the lead's timeline that was written or received elsewhere. Raises Invalid and Conflict."""
    data = _mail(subject, text, received)
    with db.atomic():
        return _put(lead, ActivityKind.WRITTEN, data, actor)


def _put(lead, kind, data, actor, pinned=False):
    moment = now()
    if _touch(lead=lead.id, moment=Lead.touched_at.db_value(moment)) != 1:
        raise Conflict(f"Somebody else just deleted {lead.name}.")
    entry = timeline.record(lead.workspace_id, lead.id, kind, data, actor_id=actor.user_id, moment=moment)
    if pinned:
        pin(entry)
    return entry


@PreparedWrite
def _touch(*, lead, moment):
    return Lead.update(touched_at=moment).where(Lead.id == lead, Lead.deleted_at.is_null())


def own_entry(member, lead, entry_id):
    """The entry of `lead` with this id that `member` wrote. Raises NotFound, also for what somebody else wrote."""
    own = (Activity.actor == member.user_id) & Activity.kind.in_(WRITTEN)
    entry = Activity.of(lead.workspace_id).where(Activity.id == entry_id, Activity.lead == lead.id, own).first()
    if entry is None:
        raise NotFound("That entry does not exist any more, or it is not yours.")
    return entry


def rewrite(entry, lead, fields, *, actor, seen=None):
    """Change what `entry` says to `fields` (text, outcome, subject, received, as its kind has them). Raises Invalid.

    `seen` is the version() that its author had before them. Returns the names of newly mentioned people who cannot
    see the lead.
    """
    if seen is not None and seen != version(entry):
        raise Invalid(CHANGED, "text")
    data, people = _written(entry, fields)
    if {**entry.data, **data} == entry.data:
        return []
    known = set(entry.data.get("mentions", ()))
    with db.atomic():
        said = {"data": {**data, "edited_at": stamp(now())}, "search_text": note_text(entry.kind, data)}
        if Activity.update(said).where(Activity.id == entry.id, Activity.data == entry.data).execute() != 1:
            if Activity.get_or_none(Activity.id == entry.id):
                raise Invalid(CHANGED, "text")
            raise Conflict("You deleted this in another tab meanwhile.")
        return mention(entry, lead, [person for person in people if person.id not in known], actor=actor)


def version(entry):
    """What tells one wording of `entry` from the next."""
    return entry.data.get("edited_at", "")


def _written(entry, fields):
    """(the data of `entry` with `fields`, the people it mentions)."""
    if entry.kind is ActivityKind.CALL:
        return {"outcome": Outcome(fields["outcome"]).value, "text": _text(fields["text"])}, []
    if entry.kind is ActivityKind.WRITTEN:
        return _mail(fields["subject"], fields["text"], fields["received"]), []
    text = _needed(_text(fields["text"]))
    people = mentioned_in(text, entry.workspace_id)
    return {"text": text, **_mentions(people)}, people


def delete_entry(entry):
    """Take `entry` off the timeline, for good."""
    Activity.delete().where(Activity.id == entry.id).execute()


def pin(entry):
    """Keep `entry`, a note, on top of the timeline."""
    notes = (Activity.id == entry.id) & (Activity.kind == ActivityKind.NOTE) & Activity.pinned_at.is_null()
    Activity.update(pinned_at=now()).where(notes).execute()


def unpin(entry):
    Activity.update(pinned_at=None).where(Activity.id == entry.id).execute()


def _mentions(people):
    """Who is mentioned, by id, and the names as they stand in the text, to be marked there."""
    return {"mentions": [person.id for person in people], "names": [person.full_name for person in people]}


def _mail(subject, text, received):
    subject = " ".join(subject.replace("\0", "").split())
    if len(subject) > SUBJECT_LENGTH:
        raise Invalid(f"A subject takes up to {SUBJECT_LENGTH} characters; this is {len(subject)}.", "subject")
    if not subject:
        raise Invalid("Write the subject of the e-mail.", "subject")
    return {"subject": subject, "text": _text(text), "received": bool(received)}


def _text(text):
    text = (text or "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > TEXT_LENGTH:
        raise Invalid(f"This takes up to {TEXT_LENGTH:,} characters, and has {len(text):,}. Shorten it.", "text")
    return text


def _needed(text):
    if not text:
        raise Invalid("Write something first.", "text")
    return text
