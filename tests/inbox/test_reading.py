"""Reading a mailbox: what is new is kept once, what was there before is found, nothing is changed there, and the row
says how it went.
"""

from datetime import timedelta

import pytest

from tests.inbox.desk import raw, subjects
from tests.mail.mailboxes import mailbox
from webapp.core import clock, jobs
from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.inbox import folder_reading, folders, leases, reading, reading_turn
from webapp.inbox.reading_models import BrokenMail, FolderRole, MailboxReading, MailFolder
from webapp.mail.mailbox_models import Mailbox


def _folder(box, name="INBOX"):
    return MailFolder.get(MailFolder.mailbox == box.id, MailFolder.name == name)


def test_a_new_mail_is_kept_once_and_left_as_it_was(imap, box, desk, read):
    read(box)
    uid = imap.append(raw(1))
    row = read(box)
    assert desk.kept == subjects([1])
    assert row.succeeded_at is not None and row.last_error == "" and row.lag_seconds is not None
    assert imap.flags() == {uid: set()}, "reading marks nothing as seen"
    read(box)
    assert desk.kept == subjects([1]) and _folder(box).backlog == 0


def test_what_lay_there_before_is_read_back_to_so_many_days(imap, box, desk, read):
    imap.append(raw(1), when=now() - timedelta(days=90))
    imap.append(raw(2), when=now() - timedelta(days=10))
    imap.append(raw(3), when=now() - timedelta(days=1))
    read(box)
    assert desk.kept == subjects([2, 3])
    assert _folder(box).first_uid is None, "nothing older is left to read"


def test_mails_are_read_in_batches_the_newest_ones_first(imap, box, desk, read, monkeypatch):
    monkeypatch.setattr(folder_reading, "BATCH", 2), monkeypatch.setattr(folder_reading, "WINDOW", 5)
    imap.append_all([raw(number) for number in range(1, 8)])
    read(box)
    assert sorted(desk.kept) == subjects(range(1, 8)) and desk.kept[:2] == subjects([6, 7])
    imap.append_all([raw(number) for number in range(8, 17)])
    assert read(box).succeeded_at is not None
    assert desk.kept[7:] == subjects(range(8, 17)), "what is new comes in its own order"


def test_many_mails_of_a_batch_that_concern_us_are_fetched_a_few_at_a_time(imap, box, desk, read, monkeypatch):
    monkeypatch.setattr(folder_reading, "AT_ONCE", 2)
    imap.append_all([raw(number) for number in range(1, 8)])
    read(box)
    assert desk.kept == subjects([6, 7, 4, 5, 2, 3, 1])
    imap.append_all([raw(number) for number in range(8, 13)])
    read(box)
    assert desk.kept[7:] == subjects(range(8, 13)) and _folder(box).backlog == 0


def test_a_turn_that_is_over_goes_on_with_the_next_one(imap, box, desk, read, monkeypatch):
    monkeypatch.setattr(folder_reading, "BATCH", 2)
    imap.append_all([raw(number) for number in range(1, 8)])
    over = iter([False, True])
    monkeypatch.setattr(reading_turn.Turn, "is_over", lambda turn: next(over, True))
    row = read(box)
    assert desk.kept == subjects([6, 7]) and _folder(box).backlog == 5
    assert row.next_read_at <= now(), "the rest is not left for later"
    monkeypatch.undo()
    monkeypatch.setattr(folder_reading, "receiving", desk)
    read(box)
    assert sorted(desk.kept) == subjects(range(1, 8)) and _folder(box).backlog == 0


def test_what_was_sent_is_read_too_wherever_it_is_called_so(imap, box, desk, read):
    imap.append(raw(1), "Gesendet")
    imap.append(raw(2), "Urlaub")
    read(box)
    assert desk.kept == subjects([1])
    assert _folder(box, "Gesendet").role is FolderRole.SENT


def test_a_chosen_folder_is_read_and_one_chosen_no_more_is_not(imap, box, desk, read):
    imap.append(raw(1), "Leads")
    read(box)
    folders.choose(box, ["Leads"])
    read(box)
    assert desk.kept == subjects([1])
    folders.choose(box, [])
    imap.append(raw(2), "Leads")
    read(box)
    assert desk.kept == subjects([1])
    with pytest.raises(Invalid, match="Trips is no folder"):
        folders.choose(box, ["Trips"])


def test_a_chosen_folder_that_is_deleted_in_the_mailbox_is_read_no_more(imap, box, desk, read):
    imap.append(raw(1), "Leads")
    read(box)
    folders.choose(box, ["Leads"])
    read(box)
    imap.remove_folder("Leads")
    row = read(box)
    assert "The folder Leads cannot be read" in row.last_error
    row = read(box)
    assert row.last_error == "" and [folder.name for folder in folders.of(box)] == ["INBOX"]


def test_numbered_anew_by_the_server_mails_are_read_anew_and_kept_once(imap, box, desk, read):
    imap.append_all([raw(1), raw(2)])
    read(box)
    imap.renumber()
    imap.append(raw(3))
    row = read(box)
    assert sorted(desk.kept) == subjects([1, 2, 3]) and row.failures == 0
    assert (_folder(box).last_uid, _folder(box).first_uid) == (3, None)


def test_a_mail_that_cannot_be_kept_is_written_down_and_passed(imap, box, desk, read):
    desk.bad = {"Mail 2"}
    imap.append_all([raw(1), raw(2), raw(3)])
    row = read(box)
    assert desk.kept == subjects([1, 3]) and row.succeeded_at is not None
    broken = BrokenMail.get()
    assert (broken.subject, broken.error) == ("Mail 2", "We could not make sense of it (ValueError).")
    desk.bad = set()
    reading.read_again(box, 30)
    read(box)
    assert desk.kept == subjects([1, 3, 2]) and not BrokenMail.select().exists()


def test_the_last_days_are_read_again_on_demand_and_nothing_counts_twice(imap, box, desk, read):
    imap.append(raw(1), when=now() - timedelta(days=20))
    read(box)
    looked_at = len(desk.offered)
    reading.read_again(box, 30)
    read(box)
    assert len(desk.offered) == 2 * looked_at and desk.kept == subjects([1])


def test_two_workers_do_not_read_one_mailbox_at_once(imap, box, desk):
    lease = leases.acquire(box.id)
    imap.append(raw(1))
    reading.read_mailbox(box.id)
    assert desk.kept == []
    leases.release(lease, {}, wait=0)
    reading.read_mailbox(box.id)
    assert desk.kept == subjects([1])


def test_what_another_worker_took_over_is_not_moved_on_by_the_first(imap, box, desk, read, monkeypatch):
    read(box)
    imap.append(raw(1))

    def take_over(mailbox, envelopes):
        MailboxReading.update(lease_token="another").where(MailboxReading.mailbox == box.id).execute()
        return {envelope.place for envelope in envelopes}

    monkeypatch.setattr(desk, "sift", take_over)
    assert read(box).lease_token == "another", "it is not ours to give back"
    assert _folder(box).last_uid < max(imap.flags())


def test_whoever_is_woken_while_reading_reads_once_more(imap, box, desk, read, monkeypatch):
    read(box)
    imap.append(raw(1))
    monkeypatch.setattr(desk, "keep", lambda mail: reading.wake(box.id))
    assert read(box).next_read_at <= now()


def test_a_mailbox_is_read_every_half_minute(imap, box, desk, run_jobs):
    moment = now()
    with clock.freeze(moment):
        reading.requeue_stalled()
        run_jobs()
        row = MailboxReading.get()
        assert row.next_read_at == moment + timedelta(seconds=30)
        imap.append(raw(1))
        reading.requeue_stalled()
        run_jobs()
        assert desk.kept == [], "it is not its turn"
    with clock.freeze(moment + timedelta(seconds=31)):
        reading.requeue_stalled()
        run_jobs()
    assert desk.kept == subjects([1])


def test_a_mailbox_that_is_switched_off_is_not_read_until_it_is_on_again(imap, box, desk, run_jobs):
    reading.switch(box, False)
    imap.append(raw(1))
    reading.requeue_stalled()
    run_jobs()
    assert desk.kept == []
    reading.switch(box, True)
    run_jobs()
    assert desk.kept == subjects([1])


def test_a_mailbox_without_an_imap_server_has_no_reading(cast, app):
    mailbox(cast.alice, imap_host="")
    reading.requeue_stalled()
    assert not MailboxReading.select().exists() and len(jobs.huey) == 0


def test_a_wrong_password_is_told_and_after_three_times_asked_no_more(imap, box, desk, read, cast):
    right = Mailbox.get_by_id(box.id).secret
    wrong = mailbox(cast.alice, email="tom@halden.example", **{**imap.mailbox_fields(), "password": "wrong"})
    reading.enrol()
    for failures in (1, 2, 3):
        row = read(wrong)
        assert row.failures == failures and "refused the user name or password" in row.last_error
    assert leases.is_shut_out(row)
    MailboxReading.update(next_read_at=None).where(MailboxReading.id == row.id).execute()
    assert wrong.id not in leases.due()
    Mailbox.update(secret=right).where(Mailbox.id == wrong.id).execute()
    assert wrong.id in leases.due(), "the password is another one: it is tried at once"
    assert read(wrong).last_error == ""


def test_a_server_that_cannot_be_reached_is_asked_less_and_less_often(box, desk, read, settings):
    settings(fetch_allow=())
    waits, moment = [], now()
    with clock.freeze(moment):
        for _ in range(7):
            row = read(box)
            waits.append((row.next_read_at - moment).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    assert "which is no address of the public internet" in row.last_error and row.succeeded_at is None
