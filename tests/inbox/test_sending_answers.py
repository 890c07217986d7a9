"""How one mail of a member leaves: never twice, never lost, and what is not known is said."""

from datetime import timedelta

import pytest

from tests.campaigns.smtp_servers import scripted_server
from webapp.campaigns import ledger
from webapp.campaigns.models import DeliveryState
from webapp.core.clock import freeze, now
from webapp.inbox import outgoing, sending
from webapp.inbox.models import Outgoing, Thread, ThreadState
from webapp.leads.models import Lead, Stage
from webapp.mail import mailboxes
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxState
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress


@pytest.fixture
def written(smtp, thread, answer):
    """written(server) is an answer that waits to leave through it."""

    def written(server, **how):
        Thread.update(mailbox=smtp(server)).execute()
        answer(where=Thread.get(), **how)
        return Outgoing.get()

    return written


def state():
    row = Outgoing.get()
    return row.state, row.attempts, row.error


def test_what_the_server_took_is_accepted_and_the_lead_contacted(inbox, written, elena, run_jobs):
    written(inbox)
    run_jobs()
    assert state() == (DeliveryState.ACCEPTED, 1, "") and Outgoing.get().lease_token == ""
    assert Lead.get_by_id(elena.id).stage is Stage.CONTACTED
    sending.send_outgoing(Outgoing.get().id)
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
def test_a_refusal_for_good_brings_the_thread_back(written, answer, run_jobs, at):
    with scripted_server(**{at: "550 5.1.1 nobody here"}) as server:
        written(server, done=True)
        run_jobs()
    assert state() == (DeliveryState.REFUSED, 1, "550 5.1.1 nobody here")
    thread = Thread.get()
    assert (thread.state, thread.is_unread) == (ThreadState.OPEN, True)
    assert MailboxDay.get().refused == 1


def test_one_refused_recipient_stops_it_for_all_and_is_named(written, run_jobs):
    with scripted_server(rcpt=["250 fine", "550 no"]) as server:
        written(server, cc=[("", "jan@stripe.example")])
        run_jobs()
        assert "DATA" not in server.lines
    assert state() == (DeliveryState.REFUSED, 1, "550 no (about jan@stripe.example)")


@pytest.mark.parametrize(
    "answers",
    [
        {"rcpt": "451 later"},
        {"dot": "452 later"},
        {"data": "450 later"},
        {"greeting": None},
        {"mail": None},
        {"data": None},
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again_a_little_later_each_time(written, run_jobs, answers):
    with scripted_server(**answers) as server:
        row = written(server)
        for attempt, minutes in enumerate(ledger.BACK_OFF):
            before = now() + timedelta(hours=5 * attempt)
            with freeze(before):
                sending.send_outgoing(row.id)
            row = Outgoing.get()
            assert (row.state, row.attempts) == (DeliveryState.CLAIMED, attempt + 1)
            assert row.due_at == before + timedelta(minutes=minutes)
        sending.send_outgoing(row.id)  # not its time yet
        assert Outgoing.get().attempts == len(ledger.BACK_OFF)
        with freeze(now() + timedelta(hours=30)):
            sending.send_outgoing(row.id)
    assert Outgoing.get().state is DeliveryState.FAILED and Outgoing.get().error.startswith("Gave up after 6 tries: ")
    assert Thread.get().is_unread


def test_no_answer_after_the_message_is_unknown_and_never_sent_again_by_itself(written, run_jobs):
    with scripted_server(dot=None) as server:
        row = written(server)
        run_jobs()
        assert state()[0] is DeliveryState.UNKNOWN and Thread.get().is_unread
        with freeze(now() + timedelta(days=2)):
            outgoing.requeue_stalled()
            run_jobs()
            sending.send_outgoing(row.id)
        assert server.connections == 1


def test_what_lasts_pauses_the_mailbox_and_the_mail_waits_for_somebody(inbox, cast, written, run_jobs):
    with scripted_server(mail="550 no mail from you") as server:
        row = written(server)
        run_jobs()
    assert Mailbox.get_by_id(row.mailbox_id).state is MailboxState.PAUSED
    assert state()[:2] == (DeliveryState.CLAIMED, 0) and state()[2].startswith("Waits until the mailbox goes on:")
    outgoing.requeue_stalled()
    run_jobs()
    Mailbox.update(smtp_port=int(inbox.url.rpartition(":")[2])).where(Mailbox.id == row.mailbox_id).execute()
    mailboxes.resume(Mailbox.get_by_id(row.mailbox_id), actor=cast.alice)
    outgoing.requeue_stalled()
    run_jobs()
    assert state()[0] is DeliveryState.ACCEPTED and len(inbox.mails) == 1


def test_a_deleted_mailbox_is_said_and_one_that_is_needed_is_not_deleted(cast, inbox, written, run_jobs):
    row = written(inbox)
    assert mailboxes.why_kept(Mailbox.get_by_id(row.mailbox_id)).startswith("a mail on its way would lose")
    Mailbox.delete().where(Mailbox.id == row.mailbox_id).execute()
    outgoing.requeue_stalled()
    run_jobs()
    assert state() == (DeliveryState.FAILED, 1, sending.GONE)


def test_whoever_asks_not_to_be_written_to_before_it_left_gets_nothing(inbox, cast, written, run_jobs):
    written(inbox)
    with freeze(now() + timedelta(seconds=5)):
        suppress(cast.acme, "elena@stripe.example", reason=SuppressionReason.COMPLAINED)
    run_jobs()
    assert state()[0] is DeliveryState.FAILED and "called a mail of yours spam" in state()[2]
    assert not inbox.mails


# ------------------------------------------------------------- crashes


def dead(row, **changes):
    """As a worker on another machine leaves it that was killed a minute ago."""
    gone = {"lease_token": "elsewhere:1:abc", "lease_until": now() - timedelta(seconds=1), **changes}
    Outgoing.update(gone).where(Outgoing.id == row.id).execute()


def test_a_crash_before_it_left_sends_it_once(inbox, written, run_jobs):
    dead(written(inbox))
    outgoing.requeue_stalled()
    outgoing.requeue_stalled()
    run_jobs()
    assert state()[0] is DeliveryState.ACCEPTED and len(inbox.mails) == 1


def test_a_crash_while_it_left_makes_it_unknown(inbox, written, run_jobs):
    dead(written(inbox), state=DeliveryState.SENDING)
    outgoing.requeue_stalled()
    run_jobs()
    assert state() == (DeliveryState.UNKNOWN, 1, ledger.STOPPED) and not inbox.mails


def test_what_somebody_is_sending_is_left_to_them(inbox, written, run_jobs):
    row = written(inbox)
    dead(row, lease_until=now() + timedelta(seconds=30))
    outgoing.requeue_stalled()
    run_jobs()
    assert state()[0] is DeliveryState.CLAIMED and not inbox.mails


def test_a_late_answer_of_one_that_was_taken_for_dead_is_still_the_answer(inbox, written, monkeypatch):
    row = written(inbox)
    through = sending.transport_of

    def slow(box):
        transport = through(box)
        hand_over = transport.hand_over

        def and_meanwhile(mail):
            Outgoing.update(state=DeliveryState.UNKNOWN, lease_token="").execute()
            return hand_over(mail)

        transport.hand_over = and_meanwhile
        return transport

    monkeypatch.setattr(sending, "transport_of", slow)
    sending.send_outgoing(row.id)
    assert state()[0] is DeliveryState.ACCEPTED


def test_a_lease_that_is_lost_before_it_leaves_sends_nothing(inbox, written, monkeypatch):
    row = written(inbox)
    leaves = sending._leaves

    def later(row, box):
        Outgoing.update(lease_token="another's").execute()
        return leaves(row, box)

    monkeypatch.setattr(sending, "_leaves", later)
    sending.send_outgoing(row.id)
    assert not inbox.mails and Outgoing.get().state is DeliveryState.CLAIMED


def test_a_fault_of_ours_is_not_repeated_in_a_hurry_and_after_data_is_unknown(inbox, written, run_jobs, monkeypatch):
    row = written(inbox)

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(sending, "_leaves", broken)
    with pytest.raises(ZeroDivisionError):
        sending.send_outgoing(row.id)
    assert state()[0] is DeliveryState.CLAIMED and Outgoing.get().due_at > now() + timedelta(seconds=50)
    monkeypatch.undo()
    Outgoing.update(due_at=now()).execute()
    monkeypatch.setattr(sending, "_accepted", broken)
    with pytest.raises(ZeroDivisionError):
        sending.send_outgoing(row.id)
    outgoing.requeue_stalled()
    run_jobs()
    assert state()[0] is DeliveryState.UNKNOWN and len(inbox.mails) == 1
