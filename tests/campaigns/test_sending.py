import threading
from datetime import timedelta

import pytest

from db import db
from tests import factories
from webapp.campaigns import audience, launching, leases, ledger, sending, settling
from webapp.campaigns.claiming import Claims
from webapp.campaigns.models import Campaign, Delivery, DeliveryState, Recipient
from webapp.core import holders
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.mail.mailbox_models import Mailbox
from webapp.mail.models import CapturedMail, SuppressionReason
from webapp.mail.suppression import suppress

from .conftest import advance, due, hold, states, write_down


def test_a_campaign_reaches_everybody_once_and_everything_follows(cast, inbox, started, send):
    campaign = send(started(3))
    assert campaign.state.value == "completed" and campaign.finished_at
    assert (campaign.recipients, campaign.sent, campaign.queued) == (3, 3, 0)
    assert sorted(inbox.recipients) == [f"lead{n}@globex.example" for n in range(3)]
    assert states(campaign) == ["accepted"] * 3
    for lead in Lead.of(cast.acme):
        assert lead.stage is Stage.CONTACTED and lead.contacted_at
        kinds = [a.kind for a in Activity.select().where(Activity.lead == lead).order_by(Activity.id)]
        assert kinds.count(ActivityKind.EMAIL) == 1 and kinds.count(ActivityKind.STAGE) == 1


def test_what_arrives_is_byte_for_byte_what_the_ledger_holds(inbox, started, send):
    send(started(2))
    kept = {d.email: bytes(d.raw) for d in Delivery.select()}
    for sender, to, raw in inbox.mails:
        assert sender == "hello@galena.test"
        assert raw == kept[to]


def test_running_the_job_twice_sends_once(inbox, started, send):
    campaign = started(3)
    send(campaign)
    send(campaign)
    assert len(inbox.mails) == 3


def test_a_job_that_finds_the_campaign_held_does_nothing(inbox, started, send):
    campaign = started(1)
    lease = hold(campaign)
    assert lease and hold(campaign) is None
    send(campaign)
    assert inbox.mails == []
    leases.release(lease)
    send(campaign)
    assert len(inbox.mails) == 1


def test_the_rate_is_kept(inbox, started, send, frozen_time):
    campaign = send(started(5, rate_per_minute=60), pause=frozen_time.pause)
    assert campaign.state.value == "completed"
    assert len(frozen_time.waited) == 4 and all(abs(gap - 1) < 0.01 for gap in frozen_time.waited)


def test_a_slow_rate_gives_the_thread_back_and_goes_on_when_it_is_time(inbox, started, send, frozen_time):
    campaign = send(started(2, rate_per_minute=2), pause=frozen_time.pause)
    assert len(inbox.mails) == 1 and campaign.state.value == "sending" and Mailbox.get().lease_token == ""
    send(campaign, pause=frozen_time.pause)
    assert len(inbox.mails) == 1, "before its time nothing leaves"
    frozen_time.forward(31)
    campaign = send(campaign, pause=frozen_time.pause)
    assert len(inbox.mails) == 2 and campaign.state.value == "completed"


def test_the_rate_holds_across_pause_and_resume(cast, inbox, started, send, frozen_time):
    campaign = send(started(2, rate_per_minute=1), pause=frozen_time.pause)
    launching.pause(campaign, actor=cast.alice)
    launching.resume(campaign)
    send(campaign, pause=frozen_time.pause)
    assert len(inbox.mails) == 1
    frozen_time.forward(61)
    send(campaign, pause=frozen_time.pause)
    assert len(inbox.mails) == 2


def test_without_a_mail_server_mail_is_captured_exactly(cast, started, send):
    campaign = send(started(2))
    assert campaign.state.value == "completed" and campaign.sent == 2
    kept = {d.message_id: bytes(d.raw) for d in Delivery.select()}
    captured = {m.message_id: bytes(m.raw) for m in CapturedMail.of(cast.acme)}
    assert captured == kept and len(captured) == 2


def test_an_address_suppressed_after_the_start_is_not_written_to(cast, inbox, started, send):
    campaign = started(3)
    suppress(cast.acme, "lead1@globex.example", reason=SuppressionReason.MANUAL)
    campaign = send(campaign)
    assert sorted(inbox.recipients) == ["lead0@globex.example", "lead2@globex.example"]
    assert (campaign.sent, campaign.skipped, campaign.state.value) == (2, 1, "completed")
    left_out = Recipient.get(Recipient.state == "skipped")
    assert left_out.reason == "On the suppression list"


def test_another_workspaces_suppression_does_not_count(cast, inbox, started, send):
    suppress(cast.other, "lead1@globex.example", reason=SuppressionReason.MANUAL)
    assert send(started(3)).sent == 3


def test_a_lead_deleted_after_the_start_is_not_written_to(inbox, started, send):
    campaign = started(2)
    Lead.update(deleted_at=now()).where(Lead.email == "lead0@globex.example").execute()
    campaign = send(campaign)
    assert inbox.recipients == ["lead1@globex.example"] and campaign.skipped == 1


def test_a_paused_campaign_sends_nothing_and_resumes_where_it_was(cast, inbox, started, send):
    campaign = started(3)
    launching.pause(campaign, actor=cast.alice)
    assert send(campaign).pause_reason == "Paused by Alice Archer."
    assert inbox.mails == []
    launching.resume(campaign)
    assert send(campaign).state.value == "completed"
    assert len(inbox.mails) == 3


def test_a_pause_while_it_sends_stops_before_the_next_mail(cast, inbox, started, send, monkeypatch):
    campaign = started(5)
    really = ledger.advance

    def advance_or_pause(lease, ended, *what):
        if ended:
            Campaign.update(state="paused").where(Campaign.id == campaign.id).execute()
        return really(lease, ended, *what)

    monkeypatch.setattr(ledger, "advance", advance_or_pause)
    campaign = send(campaign)
    assert len(inbox.mails) == 1
    assert (campaign.state.value, campaign.sent, Mailbox.get().lease_token) == ("paused", 1, "")
    assert (campaign.queued, campaign.skipped) == (4, 0), "those who wait still wait"


def test_a_lead_deleted_after_its_mail_was_written_down_is_not_written_to(inbox, started, send):
    campaign = started(2)
    lease = hold(campaign)
    write_down(lease, 2)
    leases.release(lease)
    Lead.update(deleted_at=now()).where(Lead.email == "lead0@globex.example").execute()
    campaign = send(campaign)
    assert inbox.recipients == ["lead1@globex.example"]
    assert (campaign.sent, campaign.skipped, campaign.state.value) == (1, 1, "completed")
    assert Recipient.get(Recipient.state == "skipped").reason == "The lead was deleted"


def test_what_a_dead_worker_left_on_its_way_is_unknown_and_never_sent_again_by_itself(inbox, started, send):
    campaign = started(3)
    lease = hold(campaign)
    write_down(lease, 2)
    first = due(lease)[0]
    assert advance(lease, first)
    holders.forget(lease.token)  # as if the process were another one that is gone
    campaign = send(campaign)
    assert sorted(states(campaign)) == ["accepted", "accepted", "unknown"]
    assert len(inbox.mails) == 2 and first.email not in inbox.recipients
    assert (campaign.sent, campaign.unknown, campaign.state.value) == (2, 1, "completed")


def test_an_answer_that_comes_after_being_taken_for_dead_still_counts(inbox, started, send):
    campaign = started(1)
    lease = hold(campaign)
    write_down(lease, 1)
    only = due(lease)[0]
    advance(lease, only)
    holders.forget(lease.token)
    assert send(campaign).unknown == 1
    try:
        ledger.write(lease, [ledger.outcome(only, DeliveryState.ACCEPTED)])
    except ledger.LeaseLost:
        settling.settle(lease)
    campaign = Campaign.get_by_id(campaign.id)
    assert (campaign.sent, campaign.unknown) == (1, 0) and states(campaign) == ["accepted"]


def test_the_sweeper_wakes_what_nobody_holds_and_leaves_the_rest(inbox, started, run_jobs):
    campaign = started(2)
    run_jobs()
    assert Campaign.get_by_id(campaign.id).state.value == "completed"
    Campaign.update(state="sending").execute()
    Recipient.update(state="queued").execute()
    Mailbox.update(lease_token="elsewhere:1:x", lease_until=leases.until()).execute()
    launching.requeue_stalled()
    run_jobs()
    assert Campaign.get_by_id(campaign.id).state.value == "sending", "another machine holds it"
    Recipient.update(state="sent").execute()
    Mailbox.update(lease_until=now()).execute()
    launching.requeue_stalled()
    run_jobs()
    assert Campaign.get_by_id(campaign.id).state.value == "completed"


def test_a_stopping_worker_saves_its_place(inbox, started, send, monkeypatch):
    campaign = started(3)
    monkeypatch.setattr(sending, "worker_stops", lambda: len(inbox.mails) >= 1)
    campaign = send(campaign)
    assert len(inbox.mails) == 1 and (campaign.sent, campaign.state.value, Mailbox.get().lease_token) == (
        1,
        "sending",
        "",
    )
    monkeypatch.setattr(sending, "worker_stops", lambda: False)
    assert send(campaign).sent == 3 and len(inbox.mails) == 3


def test_workers_that_run_it_at_the_same_time_send_each_mail_once(app, inbox, started):
    campaign = started(40)

    def work():
        with db.connection_context():
            for _ in range(3):
                sending.send_campaign(campaign.id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    campaign = Campaign.get_by_id(campaign.id)
    assert len(inbox.recipients) == len(set(inbox.recipients)) == campaign.sent == 40
    assert campaign.state.value == "completed"


def test_two_tabs_that_start_at_the_same_time_start_once(app, cast, draft):
    factories.lead(cast.acme)
    campaign, refused = draft(), []

    def start():
        with db.connection_context():
            try:
                launching.start(campaign, actor=cast.alice)
            except Conflict as error:
                refused.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refused == ["Partners was already started."]
    assert Recipient.select().count() == Campaign.get().recipients == 1


def test_a_search_without_a_letter_finds_nobody_not_everybody(cast, draft):
    factories.lead(cast.acme)
    with pytest.raises(Invalid, match="search for"):
        launching.start(draft(audience={"kind": "search", "stage": "", "q": "\u0301"}), actor=cast.alice)
    assert audience.counted(cast.alice, {"kind": "search", "stage": "", "q": "\u0301"}).total == 0
    assert audience.counted(cast.alice, {"kind": "stage", "stage": "zzz", "q": ""}).total == 0


def test_a_fault_of_ours_is_not_tried_again_in_a_hurry(started):
    class Broken:
        def offer(self, email):
            raise RuntimeError("broken on purpose")

        def close(self):
            pass

    campaign = started(1)
    with pytest.raises(RuntimeError):
        sending.send_campaign(campaign.id, transport=Broken())
    assert Mailbox.get().lease_until > now() + timedelta(seconds=50)


def test_a_fault_while_the_server_works_on_a_mail_waits_for_its_answer(inbox, started, monkeypatch):
    campaign, really, calls = started(1), Claims.take, []

    def take(*what):
        calls.append(what)
        if len(calls) == 2:
            raise RuntimeError("broken on purpose")
        return really(*what)

    monkeypatch.setattr(Claims, "take", take)
    with pytest.raises(RuntimeError, match="on purpose"):
        sending.send_campaign(campaign.id)
    assert len(inbox.mails) == 1 and states(campaign) == ["accepted"]
    assert Campaign.get_by_id(campaign.id).sent == 1
