"""From a recipient whose turn it is to a written-down delivery, or to the reason why there is none."""

from collections import defaultdict, namedtuple
from time import monotonic

from db import db
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.leads.holding import among
from webapp.leads.models import Lead
from webapp.mail import merge_fields, merging, suppression
from webapp.mail.mailbox_models import MailboxKind
from webapp.mail.providers import provider_of

from . import ledger, messages, recipients, stopping, tracking
from .choosing import choose
from .links import unsubscribe_url
from .models import Campaign, Delivery, DeliveryState, Recipient, RecipientState, Step
from .plus_addresses import reply_address, with_plus
from .reasons import SUPPRESSED
from .stopping import COMPANY
from .versions import version_of

_DELIVERY = (
    "INSERT INTO delivery (workspace_id, campaign_id, recipient_id, step_id, lead_id, mailbox_id, version, email, "
    "provider, message_id, subject, state, attempts, error, due_at, created_at, changed_at) "
    "SELECT ?, ?, r.id, ?, ?, r.mailbox_id, ?, ?, ?, ?, ?, 'claimed', 0, '', ?, ?, ? FROM recipient r "
    "WHERE r.id = ? AND r.state = 'sending' AND r.mailbox_id = ?"
)
_CONTENT = "INSERT INTO content (delivery_id, raw) SELECT id, ? FROM delivery WHERE message_id = ?"
BATCH, LASTS = (4, 200), (0.1, 0.25)  # mails, and the seconds that they should last: at least and at most
_LEAD = tuple(getattr(Lead, name) for name in merging.FIELDS if name != "full_name")
PERSON = (
    Recipient.id.alias("recipient_id"), Recipient.reached_at, Recipient.replied_at, Lead.id.alias("lead_id"),
    Lead.deleted_at, Lead.stage, Lead.stage_changed_at, Lead.replied_at.alias("lead_replied_at"),
)  # fmt: skip
Texts = namedtuple("Texts", "step versions by_letter")
Text = namedtuple("Text", "letter message has_subject links")
Thread = namedtuple("Thread", "ids subject", defaults=((), ""))


class Ahead:
    """How many mails a mailbox writes down ahead, where only the campaigns' rates hold it back: what one has written
    down, no other can send.
    """

    def __init__(self, is_paced):
        self.is_paced, self.size, self.asked_at = is_paced, 1 if is_paced else BATCH[0] * 2, monotonic()

    def next(self):
        """The size of the next batch: twice that of the last when it was gone too soon, half when it lasted long."""
        lasted, self.asked_at = monotonic() - self.asked_at, monotonic()
        if not self.is_paced and lasted < LASTS[0]:
            self.size = min(BATCH[1], self.size * 2)
        elif not self.is_paced and lasted > LASTS[1]:
            self.size = max(BATCH[0], self.size // 2)
        return self.size


class Claims:
    """Claims for one mailbox under one lease: what is the same for many recipients is made once."""

    def __init__(self, lease, mailbox, box):
        self.lease, self.mailbox, self.box = lease, mailbox, box
        self.known = merge_fields.known(lease.workspace_id)
        self.with_plus = with_plus(lease.workspace_id)
        self.campaigns, self.guards, self.texts = {}, {}, {}

    def campaign(self, campaign_id):
        if campaign_id not in self.campaigns:
            self.campaigns[campaign_id] = Campaign.get_by_id(campaign_id)
        return self.campaigns[campaign_id]

    def guard(self, campaign):
        if campaign.id not in self.guards:
            self.guards[campaign.id] = stopping.guard(campaign)
        return self.guards[campaign.id]

    def forget(self):
        """Read the campaigns anew: somebody may have changed them."""
        self.campaigns.clear()
        self.guards.clear()

    def take(self, lines, size):
        """Write down mails for up to `size` recipients whose turn it is; returns how many were looked at.

        Raises LeaseLost, with nothing written, when the mailbox is not ours any more, and Unsendable.
        """
        chosen = choose(self.lease, self.box, lines, size)
        groups = defaultdict(list)
        for one in chosen:
            groups[one.campaign_id, one.position].append(one)
        for (campaign_id, position), group in groups.items():
            self._take(self.campaign(campaign_id), position, {one.recipient_id: one.slot for one in group})
        return len(chosen)

    def _take(self, campaign, position, slots):
        query = Recipient.select(*PERSON, *_LEAD).join(Lead, "LEFT OUTER JOIN")
        query = query.where(among(slots, Recipient.id), Recipient.state == RecipientState.QUEUED)
        people = list(query.order_by(Recipient.id).namedtuples())
        texts = self.texts_of(campaign, position)
        custom = {name for text in texts.by_letter.values() for name in text.message.custom}
        more = self.known.texts([one.lead_id for one in people], custom)
        threads = threads_of(slots) if position > 1 and texts.step.in_thread else {}
        unwelcome = recipients.unwelcome(campaign, list(slots), now()) if position == 1 else {}
        company = stopping.with_reply_at_company(campaign, [one.lead_id for one in people if one.lead_id])
        mails, left_out = [], []
        for person in people:
            text = texts.by_letter[version_of(person.recipient_id, texts.step, texts.versions)]
            ends = stopping.why(campaign, person)
            if ends is None and person.lead_id in company:
                ends = RecipientState.STOPPED, COMPANY
            if ends is None and person.recipient_id in unwelcome:
                ends = RecipientState.SKIPPED, unwelcome[person.recipient_id]
            if ends is None:
                ends, mail = self._mail(campaign, texts.step, person, text, more, threads.get(person.recipient_id))
            if ends is None:
                mails.append((person, text, mail))
            else:
                left_out.append((person.recipient_id, ends))
        with db.atomic():
            ledger.write(self.lease, [])  # the fence
            for recipient_id, ends in left_out:
                ledger.end(campaign.id, [(recipient_id, RecipientState.QUEUED)], *ends)
            self._insert(campaign, texts.step, mails, slots)

    def _mail(self, campaign, step, person, text, more, thread):
        """(None, the Mail), or ((state, reason), None) where this lead cannot get it."""
        how = {"thread": thread.ids, "subject": answer_to(text, thread)} if thread else {}
        if text.links or campaign.track_opens:
            named, opens = (person.recipient_id, step.id), campaign.track_opens
            how["rewrite"] = lambda html: tracking.rewritten(html, *named, text.links, opens=opens)
        answers_to = text.message.reply_to or self.mailbox.email
        if answers_to.lower() in self.with_plus:
            how["reply_to"] = reply_address(answers_to, person.recipient_id)
        try:
            url = unsubscribe_url(person.recipient_id)
            return None, text.message.to(person, url, more.get(person.lead_id), **how)
        except Invalid as error:
            state = RecipientState.SKIPPED if person.reached_at is None else RecipientState.STOPPED
            return (state, str(error)), None

    def texts_of(self, campaign, position):
        """The Texts of a step. Raises Unsendable."""
        key = campaign.id, position
        if key not in self.texts:
            step = Step.get(Step.campaign == campaign, Step.position == position)
            try:
                self.texts[key] = self._texts(campaign, step)
            except Invalid as error:
                raise Unsendable(campaign.id, str(error)) from error
        return self.texts[key]

    def _texts(self, campaign, step):
        own = self.mailbox if self.mailbox.kind is not MailboxKind.SERVER else None
        files, found = messages.files_of(step), {}
        for text in messages.texts_of(step):
            message = messages.message_of(campaign, step, self.known, text=text, mailbox=own, attachments=files)
            links = tracking.links_of(campaign, text.body) if campaign.track_clicks else {}
            found[text.letter] = Text(text.letter, message, bool(text.subject.strip()), links)
        return Texts(step, messages.versions_of(step), found)

    def _insert(self, campaign, step, mails, slots):
        """Whoever was taken out of the campaign meanwhile gets none."""
        moment, lease = ledger.db_time(now()), self.lease
        cursor, box_id = db.obj.cursor(), lease.mailbox_id
        rows = [
            (lease.workspace_id, campaign.id, step.id, person.lead_id, text.letter, mail.email,
             provider_of(mail.email), mail.message_id, mail.subject, ledger.db_time(slots[person.recipient_id]), moment,
             moment, person.recipient_id, box_id)
            for person, text, mail in mails
        ]  # fmt: skip
        theirs = among([person.recipient_id for person, _, _ in mails], Recipient.id)
        theirs &= (Recipient.state == RecipientState.QUEUED) & (Recipient.mailbox == box_id)
        Recipient.update(state=RecipientState.SENDING, changed_at=now()).where(
            theirs, Recipient.position == step.position
        ).execute()
        cursor.executemany(_DELIVERY.replace("?", db.obj.param), rows)
        contents = [(mail.raw, mail.message_id) for _, _, mail in mails]
        cursor.executemany(_CONTENT.replace("?", db.obj.param), contents)


class Unsendable(Exception):
    """A message of this campaign cannot be sent to anybody."""

    def __init__(self, campaign_id, reason):
        super().__init__(reason)
        self.campaign_id = campaign_id


def threads_of(recipient_ids):
    """{recipient id: the Thread of the mails that arrived, oldest first}."""
    found = {}
    query = Delivery.select(Delivery.recipient, Delivery.message_id, Delivery.subject)
    query = query.where(among(recipient_ids, Delivery.recipient), Delivery.state == DeliveryState.ACCEPTED)
    for recipient_id, message_id, subject in query.order_by(Delivery.id).tuples():
        before = found.get(recipient_id, Thread(subject=subject))
        found[recipient_id] = before._replace(ids=(*before.ids, message_id))
    return found


def answer_to(text, thread):
    """The subject of a follow-up that has none of its own: that of the first mail, answered. Else ""."""
    if text.has_subject:
        return ""
    first = thread.subject
    return first if first[:3].casefold() == "re:" else f"Re: {first}"


def withdraw(lease, delivery, campaign):
    """A claimed delivery may not leave: take it back if it is still ours, and say why at its recipient. It waits when
    its campaign was paused.
    """
    with db.atomic():
        ledger.hold(campaign.id)
        if not ledger.is_sending(campaign.id) or not ledger.withdraw([delivery.recipient_id]):
            return
        query = Recipient.select(*PERSON, Lead.email).join(Lead, "LEFT OUTER JOIN")
        person = query.where(Recipient.id == delivery.recipient_id).namedtuples().get()
        ends = stopping.why(campaign, person)
        if entry := suppression.blocked_by(lease.workspace_id, delivery.email):
            left_out = RecipientState.SKIPPED if person.reached_at is None else RecipientState.STOPPED
            ends = left_out, SUPPRESSED[entry.reason]
        if ends is None and person.lead_id in stopping.with_reply_at_company(campaign, [person.lead_id]):
            ends = RecipientState.STOPPED, COMPANY
        after, reason = ends or (RecipientState.QUEUED, "")
        ledger.move(campaign.id, [delivery.recipient_id], RecipientState.SENDING, after, reason=reason)
