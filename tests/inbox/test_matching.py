"""By what a mail is matched, and what of a mailbox is looked at."""

from datetime import timedelta

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from tests.campaigns.past import campaign_of, mails_of, person
from tests.inbox.mails import TO, arrive, envelope, mail, received, sent
from tests.inbox.threads import make_thread
from tests.mail.mailboxes import mailbox
from webapp.campaigns.models import Delivery
from webapp.campaigns.plus_addresses import reply_address
from webapp.core.clock import now
from webapp.inbox import receiving
from webapp.inbox.models import Direction, Rule, Thread
from webapp.leads.merging import merge_leads
from webapp.leads.models import Lead


@pytest.fixture
def box(cast):
    return mailbox(cast.alice)


@pytest.fixture
def written(cast):
    """The Delivery that a campaign sent to a lead an hour ago."""
    row = person(campaign_of(cast.alice, steps=2), lead=factories.lead(cast.acme, domain="globex.example"))
    return mails_of(row)[0]


def test_a_mail_that_names_ours_is_matched_by_that_whoever_sent_it_and_says_so(box, written):
    (message,) = arrive(box, mail("Ravi <ravi@elsewhere.example>", answers=[written]))
    assert (message.matched_by, message.lead_id, message.about_id) == (Rule.REFERENCES, written.lead_id, written.id)
    assert message.why == f"Matched by its references to our mail to {written.email}."
    thread = message.thread
    assert (thread.recipient_id, thread.campaign_id) == (written.recipient_id, written.campaign_id)
    assert (thread.email, thread.name) == ("ravi@elsewhere.example", "Ravi")


def test_an_address_of_its_own_tells_which_mail_is_answered_when_the_headers_do_not(box, written):
    to = reply_address(TO, written.recipient_id)
    (message,) = arrive(box, mail("gina.private@gmail.com", subject="hello", to=to))
    assert (message.matched_by, message.about_id) == (Rule.PLUS_ADDRESS, written.id)
    assert message.why == f"Matched by the address for answers that only {written.email} got."


def test_an_address_of_its_own_that_somebody_made_up_says_nothing(box, written):
    made_up = reply_address(TO, written.recipient_id + 1).replace(
        f"+g{written.recipient_id + 1}", f"+g{written.recipient_id}"
    )
    assert arrive(box, mail("gina.private@gmail.com", subject="hello", to=made_up)) == [None]


def test_a_mail_from_whom_we_wrote_to_is_about_what_we_wrote(box, written):
    (message,) = arrive(box, mail(f"Gina <{written.email.upper()}>", subject="Your note"))
    assert (message.matched_by, message.about_id, message.lead_id) == (Rule.SENDER, written.id, written.lead_id)
    assert message.why.startswith("Matched by its sender, who got “Mail 1” on ")


def test_a_mail_from_before_we_wrote_is_the_leads_and_no_answer_to_a_campaign(box, written):
    (message,) = arrive(box, mail(written.email, subject="A question"), age=timedelta(hours=3))
    assert (message.matched_by, message.about_id, message.lead_id) == (Rule.SENDER, None, written.lead_id)
    assert message.why == "Matched by its sender, a lead."
    assert message.thread.campaign_id is None


def test_somebody_else_at_the_company_counts_when_we_wrote_there_lately(box, written):
    (message,) = arrive(box, mail("Ravi <ravi@globex.example>", subject="Partners"))
    assert (message.matched_by, message.about_id, message.lead_id) == (Rule.DOMAIN, written.id, written.lead_id)
    assert message.why.startswith(f"Matched by its company: {written.email} got “Mail 1” on ")
    Delivery.update(changed_at=now() - timedelta(days=31)).execute()
    assert arrive(box, mail("tom@globex.example", subject="Partners")) == [None]


@pytest.mark.parametrize(
    "raw",
    [
        mail("ravi@globex.example", subject="Our invoice 12", answers=["<9@somewhere.example>"]),
        mail("ravi@globex.example", subject="News", List_Id="<news.globex.example>"),
        mail("noreply@globex.example", subject="Your order"),
        mail("ravi@gmail.com", subject="Partners"),
        mail("ravi@sub.globex.example", subject="Partners"),
    ],
)
def test_other_mail_from_a_company_is_left_alone(box, written, raw):
    Lead.update(domain="gmail.com").where(Lead.id != written.lead_id).execute()
    assert arrive(box, raw) == [None]


def test_a_newsletter_of_a_lead_is_no_answer(box, written):
    assert arrive(box, mail(written.email, subject="Our news", List_Id="<news.globex.example>")) == [None]


def test_a_mail_from_nobody_we_know_is_not_even_fetched(box, written):
    envelopes = [envelope(mail("stranger@elsewhere.example", subject="Buy now"))]
    assert receiving.sift(box, envelopes) == set()


def test_nothing_of_another_workspace_is_matched(cast, written):
    (message,) = arrive(mailbox(cast.charlie), mail(written.email, answers=[written]))
    assert message is None and not Thread.select().exists()


def test_the_nearest_mail_that_is_named_counts(cast, box, written):
    other = mails_of(person(campaign_of(cast.alice, "Other"), lead=Lead.get_by_id(written.lead_id)))[0]
    (message,) = arrive(box, mail(written.email, answers=[written, other]))
    assert message.about_id == other.id


def test_of_a_long_thread_its_beginning_counts(box, written):
    others = [f"<{number}@elsewhere.example>" for number in range(60)]
    (message,) = arrive(box, mail("ravi@elsewhere.example", answers=[written, *others]))
    assert message.about_id == written.id


def test_an_answer_to_a_mail_of_a_thread_joins_it(cast, box):
    lead = factories.lead(cast.acme)
    thread = make_thread(
        lead, mailbox=box, mails=[("in", "Hello"), ("out", "Hi", {"message_id": "<ours@acme.example>"})]
    )
    (message,) = arrive(box, mail("Somebody <else@elsewhere.example>", answers=["<ours@acme.example>"]))
    assert (message.thread_id, message.lead_id, message.matched_by) == (thread.id, lead.id, Rule.REFERENCES)


def test_a_lead_that_was_merged_is_matched_as_what_it_became(cast, box, written):
    survivor = factories.lead(cast.acme, email="gina@new.example")
    merged = Lead.get_by_id(written.lead_id)
    merge_leads(survivor, merged, {}, actor=cast.alice)
    (message,) = arrive(box, mail(merged.email, answers=[written]))
    assert message.lead_id == message.thread.lead_id == survivor.id


def test_what_we_wrote_elsewhere_to_a_lead_is_found_in_the_sent_folder(cast, box):
    lead = factories.lead(cast.acme)
    (message,) = sent(box, mail(TO, to=f"Gina <{lead.email}>", subject="Lunch?"))
    assert (message.direction, message.lead_id, message.actor_id) == (Direction.OUT, lead.id, cast.alice.user_id)
    assert message.why == "Matched by whom it is to, a lead."


def test_what_we_wrote_to_others_is_not_kept(cast, box, written):
    elsewhere = mail(TO, to="tax@office.example", subject="Tax")
    within = mail(TO, to=cast.bob.email, subject="Fwd: Mail 1", answers=[written])
    handed_on = mail(TO, to="lawyer@office.example", subject="Fwd: Mail 1", answers=[written])
    assert sent(box, elsewhere, within, handed_on) == [None, None, None]


def test_a_colleagues_mail_to_a_lead_is_no_reply_of_the_lead(cast, box, written):
    copy = mail(f"Bob <{cast.bob.email}>", to=f"{written.email}, {TO}", answers=[written])
    (message,) = arrive(box, copy)
    assert message.direction is Direction.OUT and received() == 0


def test_a_lead_with_one_of_our_own_addresses_can_answer_to_try_things_out(cast, box):
    lead = factories.lead(cast.acme, email=cast.bob.email)
    written = mails_of(person(campaign_of(cast.alice), lead=lead))[0]
    (message,) = arrive(box, mail(cast.bob.email, answers=[written]))
    assert (message.direction, message.matched_by) == (Direction.IN, Rule.REFERENCES)


def test_a_batch_is_looked_through_in_as_many_queries_as_one_mail(box, written):
    def some(count):
        senders = (written.email, "ravi@globex.example", "a@b.example", "gina@gmail.com")
        return [
            envelope(mail(senders[number % 4], subject=f"Number {number}", answers=[written] * (number % 3 == 0)))
            for number in range(count)
        ]

    few, many = some(4), some(200)
    with count_queries() as one:
        receiving.sift(box, few)
    with count_queries() as other:
        assert len(receiving.sift(box, many)) > 100
    assert one.count == other.count <= 12
