"""What a mail brings about by itself: sequences, stages, the suppression list, to-dos, notices, labels."""

import email
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.campaigns.past import campaign_of, mails_of, person
from tests.inbox.mails import TO, arrive, away, bounce, complaint, mail, sent
from tests.mail.mailboxes import mailbox
from webapp.accounts.models import Membership, Notice, NoticeKind
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient, RecipientState
from webapp.core.clock import freeze, now
from webapp.inbox import keeping, settings
from webapp.inbox.models import Direction, Kind, Label, LabelledBy, Thread, ThreadMessage, ThreadState
from webapp.leads import todos
from webapp.leads.models import Activity, ActivityKind, Lead, Stage, Todo
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.models import Suppression, SuppressionReason

QUEUED = RecipientState.QUEUED


@pytest.fixture
def box(cast):
    return mailbox(cast.alice)


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, domain="globex.example", stage=Stage.CONTACTED, owner=cast.bob.user_id)


@pytest.fixture
def written(cast, lead, box):
    """The Delivery to a lead of Bob's whose sequence goes on in two days."""
    campaign = campaign_of(cast.alice, steps=3, boxes=[box])
    row = person(campaign, QUEUED, lead=lead, mailbox=box)
    Recipient.update(mailbox=box, due_at=now() + timedelta(days=2)).where(Recipient.id == row.id).execute()
    return mails_of(row)[0]


@pytest.fixture
def person_of():
    return lambda delivery: Recipient.get_by_id(delivery.recipient_id)


def kinds(lead):
    query = Activity.select().where(Activity.lead == lead.id).order_by(Activity.id)
    return [row.kind.value for row in query]


def suppressed():
    return {(row.email, row.reason) for row in Suppression.select()}


# ------------------------------------------------------------------ replies


def test_a_reply_ends_the_sequence_moves_the_lead_and_reaches_its_owner(cast, box, lead, written, person_of):
    (message,) = arrive(box, mail(f"Gina <{lead.email}>", answers=[written]))
    assert person_of(written).state is RecipientState.REPLIED and person_of(written).replied_at
    assert Campaign.get().replied == 1
    lead = Lead.get_by_id(lead.id)
    assert lead.stage is Stage.REPLIED and lead.replied_at
    assert kinds(lead) == ["stage", "received"]
    said = Activity.get(Activity.kind == ActivityKind.RECEIVED).data
    assert said == {
        "thread_id": message.thread_id, "message_id": message.id, "subject": "Re: Mail 1",
        "text": "Sounds good. When can you call?", "kind": "reply", "name": "Gina",
    }  # fmt: skip
    thread = message.thread
    assert (thread.assignee_id, thread.is_unread, thread.state) == (cast.bob.user_id, True, ThreadState.OPEN)
    assert (thread.snippet, thread.messages) == ("Sounds good. When can you call?", 2)
    todo = Todo.get()
    assert (todo.title, todo.assignee_id, todo.created_by_id) == ("Answer Gina", cast.bob.user_id, None)
    assert Lead.get_by_id(lead.id).next_step == "Answer Gina"
    assert not suppressed()


def test_the_campaigns_mail_stands_above_the_reply_in_its_thread(box, lead, written):
    (message,) = arrive(box, mail(lead.email, answers=[written]))
    ours, theirs = (
        ThreadMessage.select().where(ThreadMessage.thread == message.thread_id).order_by(ThreadMessage.sent_at)
    )
    assert (ours.direction, ours.kind, ours.about_id) == (Direction.OUT, Kind.SENT, written.id)
    assert ours.fresh == "Hi" and theirs.id == message.id


def test_it_is_told_by_mail_to_whom_it_did_not_come_itself(cast, box, lead, written, run_jobs):
    arrive(box, mail(f"Gina <{lead.email}>", answers=[written]))
    run_jobs()
    notice = Notice.get()
    assert (notice.kind, notice.user_id) == (NoticeKind.REPLIED, cast.bob.user_id)
    raw = email.message_from_bytes(bytes(notice.raw), policy=email.policy.default)
    assert raw["Subject"] == "Gina answered: Re: Mail 1" and raw["To"] == f"Bob Baker <{cast.bob.email}>"
    text = raw.get_body(("plain",)).get_content()
    assert "Sounds good. When can you call?" in text and f"/inbox/{Thread.get().id}" in text


def test_who_left_the_workspace_meanwhile_is_told_nothing(cast, box, lead, written, run_jobs):
    arrive(box, mail(lead.email, answers=[written]))
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    run_jobs()
    assert Notice.get().state.value == "dropped"


def test_no_mail_tells_of_what_came_to_ones_own_mailbox(cast, box, lead, written):
    Lead.update(owner=cast.alice.user_id).execute()
    arrive(box, mail(lead.email, answers=[written]))
    assert Thread.get().assignee_id == cast.alice.user_id and not Notice.select().exists()


def test_a_workspace_may_want_neither_to_dos_nor_notices(cast, box, lead, written):
    settings.save(cast.acme, {"makes_todos": False, "sends_notices": False})
    arrive(box, mail(lead.email, answers=[written]))
    assert Thread.get().is_unread and not Todo.select().exists() and not Notice.select().exists()


def test_a_lead_without_an_owner_is_for_whose_mailbox_it_is_then_for_who_made_the_campaign(cast, box, lead, written):
    Lead.update(owner=None).execute()
    (first,) = arrive(box, mail(lead.email, answers=[written]))
    assert first.thread.assignee_id == cast.alice.user_id
    Mailbox.update(user=cast.vera.user_id).execute()  # who may only look answers nothing
    Campaign.update(actor=cast.bob.user_id).execute()
    Thread.delete().execute()
    (second,) = arrive(Mailbox.get(), mail(lead.email, answers=[written]))
    assert second.thread.assignee_id == cast.bob.user_id


def test_one_to_do_at_a_time_asks_for_an_answer(cast, box, lead, written):
    arrive(box, mail(lead.email, "One", answers=[written]), mail(lead.email, "Two", answers=[written]))
    assert Todo.select().count() == 1 and Thread.get().messages == 3
    todos.finish_todo(Todo.get(), actor=cast.bob)
    arrive(box, mail(lead.email, "Three", answers=[written]))
    assert Todo.select().count() == 2


def test_an_answer_from_elsewhere_ends_the_to_do_and_the_unread(cast, box, lead, written):
    (message,) = arrive(box, mail(lead.email, answers=[written]), age=timedelta(minutes=5))
    (ours,) = sent(box, mail(TO, "Friday?", to=lead.email, answers=[message.message_id]))
    thread = Thread.get()
    assert ours.thread_id == thread.id and not thread.is_unread and thread.snippet == "Friday?"
    assert Todo.get().done_at and Todo.get().done_by_id == cast.alice.user_id
    assert Lead.get_by_id(lead.id).next_step == ""
    assert kinds(lead)[-1] == "answered"


def test_a_reply_that_was_answered_before_we_read_it_asks_for_nothing(box, lead, written):
    raw = mail(lead.email, answers=[written], message_id="<first@mail.globex.example>")
    sent(box, mail(TO, "Friday?", to=lead.email, answers=[written, "<first@mail.globex.example>"]))
    arrive(box, raw, age=timedelta(minutes=5))
    thread = Thread.get()
    assert not thread.is_unread and not Todo.select().exists() and thread.snippet == "Friday?"
    assert Lead.get_by_id(lead.id).stage is Stage.REPLIED


def test_a_reply_that_crossed_a_mail_of_ours_still_waits(box, lead, written):
    sent(box, mail(TO, "One more thing", to=lead.email, subject="Re: Mail 1", answers=[written]))
    arrive(box, mail(lead.email, answers=[written]), age=timedelta(minutes=5))
    assert Thread.get().is_unread and Todo.select().count() == 1


def test_old_mail_that_a_first_reading_finds_is_history(box, lead, written):
    (message,) = arrive(box, mail(lead.email, subject="Last year"), age=timedelta(days=20))
    assert message.lead_id == lead.id
    assert not Thread.get().is_unread and not Todo.select().exists() and not Notice.select().exists()
    assert Lead.get_by_id(lead.id).stage is Stage.CONTACTED  # it was written before that
    assert Recipient.get().state is QUEUED


def test_a_lead_does_not_move_backwards(box, lead, written):
    Lead.update(stage=Stage.CONVERTED).execute()
    arrive(box, mail(lead.email, answers=[written]))
    assert Lead.get_by_id(lead.id).stage is Stage.CONVERTED and kinds(lead) == ["received"]


def test_a_colleagues_reply_counts_for_the_lead(box, lead, written, person_of):
    arrive(box, mail("Ravi <ravi@globex.example>", subject="Your mail to Gina"))
    assert person_of(written).state is RecipientState.REPLIED
    assert Lead.get_by_id(lead.id).stage is Stage.REPLIED
    assert Todo.get().title == "Answer Ravi"


def test_a_reply_ends_every_sequence_that_reached_the_lead_and_ends_with_one(cast, box, lead, written):
    others = {"A": {}, "B": {"stop_on_reply": False}, "C": {}}
    rows = {
        name: person(campaign_of(cast.alice, name, steps=2, **more), QUEUED, lead=lead) for name, more in others.items()
    }
    Recipient.update(reached_at=None).where(Recipient.id == rows["C"].id).execute()
    arrive(box, mail(lead.email, answers=[written]))
    states = {name: Recipient.get_by_id(row.id).state for name, row in rows.items()}
    assert states == {"A": RecipientState.REPLIED, "B": QUEUED, "C": QUEUED}
    assert Recipient.get_by_id(rows["B"].id).replied_at is None


def test_a_reply_to_a_mail_of_which_nobody_knew_shows_that_it_arrived(box, lead, written, person_of):
    Delivery.update(state=DeliveryState.UNKNOWN).execute()
    Recipient.update(state=RecipientState.UNKNOWN, position=1).execute()
    Campaign.update(unknown=1).execute()
    arrive(box, mail(lead.email, answers=[written]))
    assert Delivery.get().state is DeliveryState.ACCEPTED and person_of(written).state is RecipientState.REPLIED
    assert (Campaign.get().unknown, Campaign.get().replied) == (0, 1)


def test_a_reply_opens_a_thread_that_was_done_or_snoozed(box, lead, written):
    arrive(box, mail(lead.email, "One", answers=[written]), age=timedelta(minutes=9))
    Thread.update(state=ThreadState.SNOOZED, snoozed_until=now() + timedelta(days=9), is_unread=False).execute()
    arrive(box, mail(lead.email, "Two", answers=[written]))
    thread = Thread.get()
    assert (thread.state, thread.snoozed_until, thread.is_unread) == (ThreadState.OPEN, None, True)


# --------------------------------------------------------- automatic replies


def test_who_is_away_gets_the_next_step_on_the_working_day_after(cast, box, lead, written, person_of):
    with freeze(datetime(2026, 11, 20, 9, tzinfo=UTC)):
        Recipient.update(
            reached_at=now() - timedelta(days=1), due_at=datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
        ).execute()
        arrive(box, away(lead.email, datetime(2026, 12, 4, tzinfo=UTC), answers=[written]))  # a Friday
    row = person_of(written)
    assert (row.state, row.replied_at) == (QUEUED, None)
    assert row.due_at == datetime(2026, 12, 7, 10, 30, tzinfo=UTC)
    thread = Thread.get()
    assert (thread.label, thread.is_unread) == (Label.OUT_OF_OFFICE, False)
    assert Lead.get_by_id(lead.id).stage is Stage.CONTACTED
    assert not Todo.select().exists() and not Notice.select().exists()
    assert kinds(lead) == ["received"]


def test_a_step_that_comes_later_than_the_absence_stays_where_it_is(box, lead, written, person_of):
    due_at = now() + timedelta(days=30)
    Recipient.update(due_at=due_at).execute()
    arrive(box, away(lead.email, now() + timedelta(days=3), answers=[written]))
    assert person_of(written).due_at == due_at


def test_an_absence_that_comes_before_the_sender_wrote_down_its_mail_is_not_forgotten(box, lead, written, person_of):
    Delivery.update(state=DeliveryState.SENDING).execute()
    Recipient.update(state=RecipientState.SENDING, position=1, due_at=None).execute()
    until = now() + timedelta(days=20)
    arrive(box, away(lead.email, until, answers=[written]))
    row = person_of(written)
    assert (row.state, row.position) == (QUEUED, 2) and row.due_at > until


def test_an_automatic_reply_hides_no_label_that_a_person_gave_or_earned(box, lead, written):
    arrive(box, mail(lead.email, answers=[written]))
    Thread.update(label=Label.INTERESTED, labelled_by=LabelledBy.PERSON).execute()
    arrive(box, away(lead.email, now() + timedelta(days=3), answers=[written]))
    assert Thread.get().label is Label.INTERESTED and Thread.get().messages == 3


# ------------------------------------------------------------------ bounces


def test_a_hard_bounce_ends_the_sequence_and_suppresses_the_address(box, lead, written, person_of):
    arrive(box, bounce(written))
    assert person_of(written).state is RecipientState.BOUNCED and Campaign.get().bounced == 1
    assert suppressed() == {(lead.email, SuppressionReason.BOUNCED)}
    thread = Thread.get()
    assert (thread.label, thread.is_unread, thread.email) == (Label.BOUNCE, False, lead.email)
    assert thread.subject == "Mail 1"
    message = ThreadMessage.get(ThreadMessage.kind == Kind.BOUNCE)
    assert message.found["class"] == "hard" and message.about_id == written.id
    assert kinds(lead) == ["received"] and Lead.get_by_id(lead.id).stage is Stage.CONTACTED
    assert not Todo.select().exists()


def test_a_bounce_that_is_quicker_than_the_senders_own_word_is_not_forgotten(box, lead, written, person_of):
    Delivery.update(state=DeliveryState.SENDING).execute()
    Recipient.update(state=RecipientState.SENDING, position=1, reached_at=None).execute()
    arrive(box, bounce(written))
    assert person_of(written).state is RecipientState.BOUNCED


def test_a_soft_bounce_is_told_and_changes_nothing(box, lead, written, person_of):
    arrive(box, bounce(written, status="4.2.2", said="452 4.2.2 Mailbox full"))
    assert person_of(written).state is QUEUED and not suppressed() and kinds(lead) == ["received"]
    assert Mailbox.get_by_id(box.id).last_error == ""


def test_a_refusal_of_our_mail_is_trouble_of_the_mailbox_and_says_nothing_of_the_address(
    cast, box, lead, written, person_of
):
    Delivery.update(mailbox=box.id).execute()
    arrive(box, bounce(written, status="5.7.1", said="550 5.7.1 Message rejected as spam"))
    assert person_of(written).state is QUEUED and not suppressed()
    assert "rejected as spam" in Mailbox.get_by_id(box.id).last_error


@pytest.mark.parametrize("named", ["theirs", "nobody's"])
def test_a_forged_bounce_changes_nothing(cast, box, lead, written, person_of, named):
    victim = mails_of(person(campaign_of(cast.alice, "Other", steps=2), QUEUED))[0]
    ids = {"theirs": f"<{written.message_id}>", "nobody's": "<made.up@galena.test>"}
    arrive(box, bounce(victim, message_id=ids[named]))
    assert not suppressed()
    assert {person_of(one).state for one in (written, victim)} == {QUEUED}
    assert not Activity.select().exists()
    assert {(row.label, row.label_reason) for row in Thread.select()} <= {(Label.NONE, keeping.UNBELIEVED)}


def test_a_bounce_of_what_a_member_wrote_by_hand_suppresses_only_where_one_person_got_it(cast, box, lead):
    (ours,) = sent(box, mail(TO, "Lunch?", to=lead.email, subject="Lunch"))
    (both,) = sent(box, mail(TO, "Tea?", to=f"{lead.email}, other@globex.example", subject="Tea"))

    def came_back(message, address):
        fake = Delivery(email=address, message_id=message.message_id.strip("<>"))
        return arrive(box, bounce(fake))[0]

    for address in (lead.email, "other@globex.example"):
        assert came_back(both, address).thread_id == both.thread_id and not suppressed()
    assert came_back(ours, lead.email).thread_id == ours.thread_id
    assert suppressed() == {(lead.email, SuppressionReason.BOUNCED)}


# ---------------------------------------------------- complaints and wishes


def test_a_complaint_ends_everything_for_its_address(cast, box, lead, written, person_of):
    other = person(campaign_of(cast.alice, "Other", steps=2), QUEUED, lead=lead)
    arrive(box, complaint(written))
    assert suppressed() == {(lead.email, SuppressionReason.COMPLAINED)}
    ended = {person_of(written).state, Recipient.get_by_id(other.id).state}
    assert ended == {RecipientState.STOPPED} and Thread.get().label is Label.COMPLAINT


def test_a_forged_complaint_changes_nothing(cast, box, lead, written, person_of):
    victim = mails_of(person(campaign_of(cast.alice, "Other", steps=2), QUEUED))[0]
    arrive(box, complaint(written, email=victim.email))
    assert Thread.get().label is Label.NONE and not Activity.select().exists()
    assert not suppressed() and {person_of(one).state for one in (written, victim)} == {QUEUED}


def test_who_asks_in_words_is_unsubscribed_as_by_the_link(box, lead, written, person_of):
    arrive(box, mail(lead.email, "Please unsubscribe me from this list.", answers=[written]))
    assert suppressed() == {(lead.email, SuppressionReason.UNSUBSCRIBED)}
    assert person_of(written).state is RecipientState.UNSUBSCRIBED and Campaign.get().unsubscribed == 1
    assert Thread.get().label is Label.UNSUBSCRIBE and Thread.get().is_unread
    assert Lead.get_by_id(lead.id).stage is Stage.CONTACTED and not Todo.select().exists()
    assert kinds(lead) == ["unsubscribed", "received"]


def test_a_colleague_who_asks_for_both_is_heard_for_both(box, lead, written):
    arrive(box, mail("ravi@globex.example", "Please remove us from your mailing list.", answers=[written]))
    assert {address for address, _ in suppressed()} == {lead.email, "ravi@globex.example"}


def test_somebody_else_at_the_company_ends_the_sequence_and_unsubscribes_only_themselves(box, lead, written, person_of):
    arrive(box, mail("ravi@globex.example", "Please unsubscribe me from this list.", subject="Your mails"))
    assert {address for address, _ in suppressed()} == {"ravi@globex.example"}
    assert person_of(written).state is RecipientState.REPLIED
