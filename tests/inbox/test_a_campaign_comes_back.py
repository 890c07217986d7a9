"""A campaign of 500 mails comes back: replies, bounces, absences, wishes to hear no more, and mails that nobody can
read, all through real servers. Each ends in the right state, once, within a minute, whatever happens on the way.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest

from tests import factories
from tests.campaigns.smtp_servers import mail_server, password_required
from tests.imap_server import PASSWORD, USER
from tests.inbox.mails import away, bounce, mail
from tests.mail.mailboxes import mailbox
from webapp.campaigns import drafts, launching
from webapp.campaigns.models import Campaign, CampaignMailbox, Delivery, Recipient, RecipientState, Step
from webapp.core.clock import now
from webapp.inbox import reading
from webapp.inbox.models import Direction, Kind, Label, Thread, ThreadMessage
from webapp.inbox.reading_models import BrokenMail, MailboxReading, MailFolder
from webapp.leads.models import Lead, Stage, Todo
from webapp.mail.mailbox_models import Security
from webapp.mail.models import Suppression, SuppressionReason

LEADS, REPLIES, BOUNCES, ABSENCES, WISHES, MALFORMED = 500, 60, 20, 15, 10, 5
UNREADABLE = (
    b"",
    b"\x00\xff\xfe\r\n\r\n\x80",
    b"From: \xff\xff@\r\nSubject: =?utf-8?b?!!!?=\r\nContent-Type: multipart/mixed\r\n\r\nno parts",
    b"Content-Type: text/plain; charset=nowhere\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%%",
    b"Subject: " + b"x" * 20_000 + b"\r\nMessage-ID: <" + b"y" * 3000 + b">\r\n\r\n" + b"(" * 5000,
)


@pytest.fixture
def outside():
    """The SMTP server that takes what is sent."""
    with mail_server(**password_required(USER, PASSWORD)) as server:
        yield server


@pytest.fixture
def box(imap, outside, cast):
    """Alice's mailbox: it sends through a real SMTP server and is read at a real IMAP server."""
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": int(outside.url.rpartition(":")[2]), "smtp_security": Security.NONE}
    limits = {
        "daily_cap": None, "gap_seconds": 0, "jitter": 0, "ramp_start": None, "domain_per_hour": None,
        "days": "1234567", "opens": 0, "closes": 1440,
    }  # fmt: skip
    row = mailbox(cast.alice, **{**imap.mailbox_fields(), **smtp, **limits})
    reading.enrol()
    return row


@pytest.fixture
def deliveries(cast, box, outside, run_jobs):
    """What went out: the first of two steps, to 500 leads at as many companies."""
    for number in range(LEADS):
        site = f"firm{number}.example"
        factories.lead(cast.acme, company=f"Firm {number}", email=f"gina@{site}", domain=site, stage=Stage.NEW)
    fields = {
        "name": "Partners", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "Alice",
        "reply_to": box.email, "rate_per_minute": 1_000_000, "subject": "Mail 1", "body": "Hello, may we talk?",
    }  # fmt: skip
    campaign = drafts.save_draft(None, fields, actor=cast.alice)
    again = {"subject": "", "body": "Did you see my mail?", "wait_days": 3}
    Step.create(workspace=cast.acme, campaign=campaign, position=2, **again)
    CampaignMailbox.create(workspace=cast.acme, campaign=campaign, mailbox=box)
    launching.start(campaign, actor=cast.alice)
    run_jobs()
    assert len(outside.mails) == LEADS
    return list(Delivery.select().order_by(Delivery.id))


class CameBack:
    """Which Deliveries what came back is about, and the mails of it."""

    def __init__(self, deliveries):
        left = iter(deliveries)

        def some(count):
            return [next(left) for _ in range(count)]

        self.until = (now() + timedelta(days=20)).date()
        self.replied, self.bounced = some(REPLIES), some(BOUNCES)
        self.absent, self.wished = some(ABSENCES), some(WISHES)
        self.mails = [mail(f"Gina <{one.email}>", answers=[one]) for one in self.replied]
        self.mails += [bounce(one) for one in self.bounced]
        self.mails += [away(one.email, self.until, answers=[one]) for one in self.absent]
        self.mails += [mail(one.email, "Please take me off your list.", answers=[one]) for one in self.wished]
        self.mails = [one.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for one in self.mails] + list(UNREADABLE)
        assert len(self.mails) == REPLIES + BOUNCES + ABSENCES + WISHES + MALFORMED

    def check(self):
        """Every one of them is where it belongs, and counts once."""
        states = Counter(row.state for row in Recipient.select())
        assert states[RecipientState.REPLIED] == REPLIES
        assert states[RecipientState.BOUNCED] == BOUNCES
        assert states[RecipientState.UNSUBSCRIBED] == WISHES
        assert states[RecipientState.QUEUED] == LEADS - REPLIES - BOUNCES - WISHES
        campaign = Campaign.get()
        assert (campaign.replied, campaign.unsubscribed) == (REPLIES, WISHES)
        stages = Counter(row.stage for row in Lead.select())
        assert stages[Stage.REPLIED] == REPLIES and {row.lead.stage for row in self._people(self.replied)} == {
            "replied"
        }
        kinds = Counter(row.kind for row in ThreadMessage.select().where(ThreadMessage.direction == Direction.IN))
        assert kinds == {Kind.REPLY: REPLIES + WISHES, Kind.BOUNCE: BOUNCES, Kind.AUTO_REPLY: ABSENCES}
        labels = Counter(row.label for row in Thread.select())
        expected = {Label.BOUNCE: BOUNCES, Label.OUT_OF_OFFICE: ABSENCES, Label.UNSUBSCRIBE: WISHES}
        assert {label: labels[label] for label in expected} == expected
        suppressed = Counter(row.reason for row in Suppression.select())
        assert suppressed == {SuppressionReason.BOUNCED: BOUNCES, SuppressionReason.UNSUBSCRIBED: WISHES}
        assert Todo.select().where(Todo.title.startswith("Answer ")).count() == REPLIES
        for person in self._people(self.absent):
            assert person.due_at.date() > self.until, "they are written to after they are back"
        newest = max(MailFolder.select(), key=lambda folder: folder.last_uid)
        assert newest.backlog == 0

    def _people(self, deliveries):
        return Recipient.select().where(Recipient.id.in_([one.recipient_id for one in deliveries]))


@pytest.fixture
def came(deliveries):
    return CameBack(deliveries)


def test_everything_that_comes_back_ends_in_the_right_state_within_a_minute(imap, box, came, run_jobs):
    reading.requeue_stalled()
    run_jobs()
    imap.append_all(came.mails)
    began = time.monotonic()
    reading.wake(box.id)
    run_jobs()
    assert time.monotonic() - began < 60
    came.check()
    row = MailboxReading.get()
    assert row.last_error == "" and row.succeeded_at is not None
    assert not any(imap.flags().values()), "the mailbox is as it was"


def test_nothing_counts_twice_over_new_numbers_a_second_reading_and_two_folders(imap, box, came, read, run_jobs):
    imap.append_all(came.mails)
    imap.append_all(came.mails[:50], "Leads")
    read(box)
    reading.folders.choose(box, ["Leads"])
    imap.renumber()
    read(box)
    reading.read_again(box, 30)
    read(box)
    run_jobs()
    came.check()
    assert len(imap.flags()) == len(came.mails)


def test_nothing_counts_twice_when_the_reader_is_killed_again_and_again(imap, box, came, read, monkeypatch, run_jobs):
    imap.append_all(came.mails)
    keep, kept = reading.folder_reading.receiving.keep, []

    def killed(mail):
        message = keep(mail)
        kept.append(message)
        if len(kept) % 9 == 0:
            raise KeyboardInterrupt  # after what it did, before that was committed
        return message

    monkeypatch.setattr(reading.folder_reading.receiving, "keep", killed)
    for _ in range(len(came.mails)):
        try:
            row = read(box)
        except KeyboardInterrupt:
            continue
        if row.last_error == "":
            break
    run_jobs()
    came.check()


def test_a_forged_bounce_suppresses_nobody(imap, box, came, deliveries, read, run_jobs):
    about, other = deliveries[0], deliveries[1]
    imap.append(bounce(about, message_id="<made-up@galena.test>"))
    imap.append(bounce(about, email=other.email))
    read(box)
    run_jobs()
    assert not Suppression.select().exists()
    assert {row.state for row in Recipient.select()} == {RecipientState.QUEUED}


def test_mails_that_nobody_can_read_stop_nothing(imap, box, came, read):
    imap.append_all(UNREADABLE)
    imap.append(came.mails[0])
    assert read(box).last_error == ""
    assert Recipient.select().where(Recipient.state == RecipientState.REPLIED).count() == 1
    assert all(broken.error for broken in BrokenMail.select())
