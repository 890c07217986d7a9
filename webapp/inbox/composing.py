"""What the form shows in which a member writes: to whom, from where, the draft that there is, texts to insert."""

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple

from webapp.campaigns.snippets import snippets_of
from webapp.core.errors import Invalid
from webapp.mail import merge_fields, merging

from . import addressing, draft_files, drafts, outgoing
from .drafts import Where
from .making import sender_of
from .models import Direction
from .texts import subject_of_answer

OTHERS = 5  # drafts that are shown beside the one that is open


class Kept(NamedTuple):
    """The draft that a form is, which version of it, and when that was kept."""

    draft_id: int | None = None
    seen: str = ""
    at: datetime | None = None


def kept(draft):
    """The Kept of a Draft, or of none."""
    return Kept(draft.id, drafts.version(draft), draft.updated_at) if draft else Kept()


@dataclass
class Sheet:
    """`token` names this form: however often it is sent, it is one mail. `mailbox` is the id of one of `boxes` (0: the
    server's, not in its table yet). `everybody` is who else got the mail that is answered, as text. `snippets` are
    (name, text) pairs with the lead's own words in them; `others` are further Drafts for the same place.
    """

    where: Where
    boxes: list
    mailbox: int
    recipients: str = ""
    cc: str = ""
    subject: str = ""
    text: str = ""
    everybody: str = ""
    kept: Kept = field(default_factory=Kept)
    files: list = field(default_factory=list)
    others: list = field(default_factory=list)
    snippets: list = field(default_factory=list)
    token: str = field(default_factory=lambda: token_hex(16))

    @property
    def box(self):
        return next((box for box in self.boxes if (box.id or 0) == self.mailbox), self.boxes[0])


def sheet(member, where, *, draft_id=None, text=""):
    """The Sheet for a mail there, with the member's newest draft or that with `draft_id`; a `text` begins a new one."""
    boxes = outgoing.boxes(member, where.thread)
    made = Sheet(where, boxes, boxes[0].id or 0, text=text)
    _address(made, member)
    mine = drafts.drafts_of(member, where)
    if not text and mine:
        _take(made, next((one for one in mine if one.id == draft_id), mine[0]))
    made.others = [one for one in mine if one.id != made.kept.draft_id][:OTHERS]
    made.snippets = filled(member, where.thread.lead if where.thread else where.lead)
    return made


def show_draft(made, draft):
    """Let the Sheet be about this Draft, or about none: what is typed stays as it is."""
    made.kept, made.files = kept(draft), draft_files.files_of(draft) if draft else []
    made.others = [one for one in made.others if one.id != made.kept.draft_id]


def _take(made, draft):
    for name in (*drafts.LIMITS, "text"):
        setattr(made, name, getattr(draft, name))
    if draft.mailbox_id in {box.id for box in made.boxes}:
        made.mailbox = draft.mailbox_id
    show_draft(made, draft)


def _address(made, member):
    """To whom it is, unless a draft says otherwise."""
    thread, lead = made.where
    if thread is None:
        made.recipients = addressing.written([(lead.full_name, lead.email.lower())]) if lead.email else ""
        return
    made.subject = subject_of_answer(thread.subject)
    mail = outgoing.mail_to_answer(thread)
    if mail is None or mail.direction is Direction.OUT:
        to = mail.recipients if mail is not None else [(thread.name, thread.email)]
        made.recipients = addressing.written([tuple(one) for one in to])
        return
    to = mail.reply_to or mail.sender_email
    made.recipients = addressing.written([(mail.sender_name, to)]) if to else ""
    ours = {to, mail.sender_email, member.email.lower(), *(sender_of(box, member)[0][1].lower() for box in made.boxes)}
    others = [tuple(one) for one in (*mail.recipients, *mail.cc) if one[1] and one[1] not in ours]
    made.everybody = addressing.written(dict.fromkeys(others))


def filled(member, lead):
    """(name, text) of the workspace's snippets with what is known of `lead` in them; without one, their fallbacks."""
    snippets = snippets_of(member.workspace.id)
    if not snippets:
        return []
    known = merge_fields.known(member.workspace.id)
    parsed = [(one, _parsed(one.body, known)) for one in snippets]
    used = {part.name for _, tree in parsed if tree for part, _ in merging.walk(tree)}
    values = merging.values_of(lead) if lead is not None else dict.fromkeys(merging.FIELDS, "")
    values |= dict.fromkeys(known.more & used, "")
    if lead is not None:
        values |= {name: merging.one_line(text) for name, text in known.texts([lead.id], used).get(lead.id, {}).items()}
    values |= {"sender": member.full_name, "signature": ""}  # the signature comes with every mail
    return [(one.name, _fill(tree, values, known) if tree else one.body) for one, tree in parsed]


def _parsed(body, known):
    """A snippet taken apart; None for one that its fields have left: it stays as somebody wrote it."""
    try:
        return merging.parse(merging.alone(body), "body", known)
    except Invalid:
        return None


def _fill(tree, values, known):
    if asked := merging.conditions(tree):
        has = tuple(name for name in asked if values.get(name))
        tree = merging.parse(merging.chosen(tree, has), "body", known)
    return merging.fill(tree, {**dict.fromkeys(known, ""), **values}).strip("\n")
