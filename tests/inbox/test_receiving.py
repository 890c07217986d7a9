"""However often and by however many a mail is read, it is one message, and what it brings about happens once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from db import db
from tests import factories
from tests.campaigns.past import campaign_of, mails_of, person
from tests.inbox.mails import TO, arrive, away, bounce, envelope, mail, sent
from tests.inbox.threads import make_thread
from tests.mail.mailboxes import mailbox
from webapp.accounts.models import Notice
from webapp.campaigns import launching
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient, RecipientState
from webapp.core.clock import now
from webapp.inbox import acting, keeping, receiving
from webapp.inbox.models import Direction, Outgoing, Thread, ThreadMessage, ThreadState
from webapp.inbox.reading_models import FolderRole
from webapp.leads.models import Activity, ActivityKind, Lead, Stage, Todo
from webapp.mail.models import Suppression

QUEUED = RecipientState.QUEUED


@pytest.fixture
def box(cast):
    return mailbox(cast.alice)


@pytest.fixture
def written(cast):
    """The Deliveries of a campaign to three leads."""
    campaign = campaign_of(cast.alice, steps=2)
    return [mails_of(person(campaign, QUEUED, lead=factories.lead(cast.acme)))[0] for _ in range(3)]


def effects():
    """What there is of everything that a mail brings about."""
    rows = (ThreadMessage, Thread, Activity, Todo, Notice, Suppression)
    counted = {model.__name__: model.select().count() for model in rows}
    campaign = Campaign.get()
    return counted | {name: getattr(campaign, name) for name in ("replied", "bounced", "unsubscribed", "mails", "sent")}


def test_a_mail_read_again_is_the_same_message_and_brings_nothing_about(box, written):
    raws = [mail(written[0].email, answers=[written[0]]), bounce(written[1])]
    raws += [mail(written[2].email, "Please unsubscribe me from this list.", answers=[written[2]])]
    arrive(box, *raws)
    before = effects()
    assert before["replied"] == before["bounced"] == before["unsubscribed"] == before["Todo"] == 1
    assert arrive(box, *raws) == [None, None, None]  # not even fetched
    again = [receiving.receive(box, raw, envelope(raw, validity=2)) for raw in raws]
    assert [message.kind.value for message in again] == ["reply", "bounce", "reply"]
    assert effects() == before


def test_one_mail_in_two_mailboxes_of_the_workspace_is_one_message(cast, box, written):
    raw = mail(written[0].email, answers=[written[0]])
    arrive(box, raw)
    arrive(mailbox(cast.bob, email="bob@halden.example"), raw)
    assert ThreadMessage.select().where(ThreadMessage.direction == Direction.IN).count() == 1


def test_a_mail_that_was_moved_or_renumbered_is_known_by_where_it_lies_now(box, written):
    raw = mail(written[0].email, answers=[written[0]])
    (message,) = arrive(box, raw, uid=7)
    arrive(box, raw, uid=3, validity=2, folder="Customers")
    message = ThreadMessage.get_by_id(message.id)
    assert (message.folder, message.uid_validity, message.uid) == ("Customers", 2, 3)


@pytest.mark.parametrize("step", ["keep", "tell"])
def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done(box, written, monkeypatch, step):
    class Killed(BaseException):
        pass

    def die(*args):
        raise Killed

    before, raw = effects(), bounce(written[0])
    with monkeypatch.context() as patched:
        patched.setattr(keeping if step == "keep" else acting, step, die)
        with pytest.raises(Killed):
            arrive(box, raw)
    assert effects() == before
    arrive(box, raw)
    assert effects()["bounced"] == effects()["Suppression"] == 1


def test_of_many_workers_with_the_same_mails_each_effect_comes_once(cast, app, box, written):
    """Mails of all kinds about three leads of one campaign, by four workers at once, in different orders."""
    one, two, three = written
    raws = [mail(one.email, f"Reply {number}", answers=[one]) for number in range(3)]
    raws += [away(one.email, now() + timedelta(days=9), answers=[one]), bounce(two), bounce(two)]
    raws += [mail(three.email, "Please unsubscribe me from this list.", answers=[three])]
    raws += [mail("ravi@elsewhere.example", "Me, too", answers=[one])]
    read = [(raw, envelope(raw)) for raw in raws]
    errors, gate = [], threading.Barrier(4)

    def work(turn):
        with db.connection_context():
            gate.wait()
            for number in range(len(read)):
                try:
                    receiving.receive(box, *read[(number * (1 if turn % 2 else -1) + turn) % len(read)])
                except Exception as error:
                    errors.append(error)

    workers = [threading.Thread(target=work, args=(turn,)) for turn in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    came = ThreadMessage.select().where(ThreadMessage.direction == Direction.IN)
    assert came.count() == len(raws) and Thread.select().count() == 3
    told = Counter(row.kind for row in Activity.select())
    assert told[ActivityKind.RECEIVED] == len(raws) and told[ActivityKind.UNSUBSCRIBED] == 1
    campaign = Campaign.get()
    assert (campaign.replied, campaign.unsubscribed, campaign.bounced) == (1, 1, 1)
    assert Todo.select().count() == Suppression.select().count() - 1 == 1
    for thread in Thread.select():
        assert thread.messages == ThreadMessage.select().where(ThreadMessage.thread == thread.id).count()


# ------------------------------------------------------------------ threads


def test_mails_to_one_recipient_are_one_thread(box, written):
    first, second = arrive(box, mail(written[0].email, answers=[written[0]]), mail(written[0].email))
    assert first.thread_id == second.thread_id and Thread.get().messages == 3


def test_a_new_subject_of_a_lead_is_a_new_thread(box, written):
    (first,) = arrive(box, mail(written[0].email, answers=[written[0]]))
    (second,) = arrive(box, mail(written[0].email, subject="An invoice"))
    assert first.thread_id != second.thread_id and second.lead_id == first.lead_id


def test_an_answer_by_subject_joins_the_threads_of_its_lead_only(cast, box):
    lead = factories.lead(cast.acme)
    mine = make_thread(lead, mailbox=box, subject="Rollout in Vienna")
    make_thread(factories.lead(cast.acme), mailbox=box, subject="Rollout in Vienna")
    (message,) = arrive(box, mail(lead.email, subject="AW: Re: Rollout in Vienna"))
    assert message.thread_id == mine.id


def test_mail_that_we_wrote_first_is_a_thread_that_waits_for_nobody(cast, box):
    lead = factories.lead(cast.acme)
    (message,) = sent(box, mail(TO, to=f"Gina <{lead.email}>", subject="Lunch?"))
    thread = message.thread
    assert (thread.state, thread.is_unread, thread.email, thread.name) == (ThreadState.DONE, False, lead.email, "Gina")
    assert Lead.get_by_id(lead.id).stage is Stage.CONTACTED
    (reply,) = arrive(box, mail(lead.email, answers=[message.message_id], subject="Re: Lunch?"))
    assert reply.thread_id == thread.id and Thread.get().state is ThreadState.OPEN


# -------------------------------------------------------------- sent folder


def test_a_mail_of_which_nobody_knew_is_settled_by_its_copy_in_the_sent_folder(box, written):
    mine, other, _ = written
    Delivery.update(state=DeliveryState.UNKNOWN).execute()
    Recipient.update(state=RecipientState.UNKNOWN, position=1).execute()
    Campaign.update(unknown=3).execute()

    def copy(delivery):
        return mail(TO, to=delivery.email, message_id=f"<{delivery.message_id}>")

    assert sent(box, copy(mine)) == [None] and arrive(box, copy(other)) == [None]
    assert receiving.receive(box, copy(mine), envelope(copy(mine), role=FolderRole.SENT)) is None
    states = [Delivery.get_by_id(one.id).state for one in (mine, other)]
    assert states == [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN]  # what lies elsewhere proves nothing
    assert Recipient.get_by_id(mine.recipient_id).state is QUEUED and Campaign.get().unknown == 2
    assert not Thread.select().exists()


def test_an_answer_of_which_nobody_knew_is_settled_the_same_way_and_found_there(cast, box):
    thread = make_thread(
        factories.lead(cast.acme), mailbox=box, mails=[("out", "Hi", {"message_id": "<o@acme.example>"})]
    )
    row = Outgoing.create(
        workspace=cast.acme, message=ThreadMessage.get(), token="t", raw=b"", state=DeliveryState.UNKNOWN
    )
    assert sent(box, mail(TO, to=thread.email, message_id="<o@acme.example>"), uid=5) == [None]
    assert Outgoing.get_by_id(row.id).state is DeliveryState.ACCEPTED
    assert (ThreadMessage.get().folder, ThreadMessage.get().uid) == ("Sent", 5)


def test_what_a_member_decided_at_the_same_moment_stays(box, written):
    Delivery.update(state=DeliveryState.UNKNOWN).execute()
    assert Recipient.get_by_id(written[0].recipient_id).state is QUEUED  # somebody moved it on already
    launching.has_arrived(written[0])
    assert Recipient.get_by_id(written[0].recipient_id).state is QUEUED


# ------------------------------------------------------------------ hostile


@pytest.mark.parametrize("text", ["NUL \0 and half a letter \udc80", "x" * 300_000, "ﷺ" * 5000, ""])
def test_whatever_a_mail_says_can_be_kept_and_found(box, written, text):
    sender = f'"{"Gina " * 90}" <{written[0].email}>'
    raw = mail(sender, "text", answers=[written[0]], subject="s" * 900).replace(
        b"text", text.encode("utf-8", "replace")
    )
    (message,) = arrive(box, raw)
    assert message.thread.subject.startswith("sss") and len(message.text) <= keeping.LONGEST
    assert "\0" not in message.text


def test_ids_and_addresses_longer_than_any_column_are_kept_as_far_as_they_fit(box, written):
    long = f"<{'i' * 1500}@mail.globex.example>"
    raw = mail(written[0].email, answers=[long, written[0]], to=f"{'t' * 300}@halden.example", message_id=long)
    (message,) = arrive(box, raw)
    assert message.lead_id == written[0].lead_id
    assert receiving.receive(box, raw, envelope(raw)).id == message.id
