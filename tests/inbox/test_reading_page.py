"""The page of how a mailbox is read, against a real IMAP server; and what else tells of it."""

from datetime import timedelta

import pytest

from tests.inbox.readings import failing, read
from tests.mail.mailboxes import HERE, mailbox
from webapp.accounts.models import AuditEntry
from webapp.core.clock import freeze, now
from webapp.core.crypto import encrypt
from webapp.inbox.reading_models import BrokenMail, FolderRole, MailboxReading, MailFolder
from webapp.mail import mailboxes
from webapp.mail.mailbox_models import Mailbox, MailboxKind


def of(row):
    return f"{HERE}/{row.mailbox_id}/reading"


def row_of(box):
    return MailboxReading.get(MailboxReading.mailbox == box.id)


def folders(box):
    return {one.name: one.role for one in MailFolder.select().where(MailFolder.mailbox == box.id)}


@pytest.fixture
def box(cast, imap):
    imap.add_folder("Sent")
    imap.add_folder("Deals")
    return mailbox(cast.alice, **imap.mailbox_fields())


def test_the_panel_says_when_it_was_read_how_late_and_what_is_left(cast, alice):
    text = alice.get(of(read(cast.alice, ago=40, backlog=1234, lag_seconds=7))).text
    assert "Up to date" in text and "1,234" in text and "7 seconds" in text and "INBOX" in text


def test_the_panel_says_what_is_wrong_in_words_and_claims_nothing_else(cast, alice):
    row = failing(cast.alice)
    part = alice.get(f"{of(row)}/state", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert "Cannot be read" in part and "The server refused the password." in part and "Up to date" not in part
    assert "<html" not in part and 'hx-trigger="every 20s"' in part


def test_a_test_signs_in_and_lists_the_folders_and_wakes_the_reading(alice, box):
    answer = alice.post(f"{HERE}/{box.id}/reading/test", follow_redirects=True)
    assert "It lets us in and lists 3 folders" in answer.text
    assert folders(box) == {"INBOX": FolderRole.INBOX, "Sent": FolderRole.SENT}
    assert 'value="Deals"' in answer.text, "it can be chosen now"


def test_a_test_that_is_refused_says_why_and_shows_no_password(alice, box, run_jobs):
    wrong = "not the password"
    Mailbox.update(secret=encrypt(wrong, mailboxes.SECRET)).where(Mailbox.id == box.id).execute()
    answer = alice.post(f"{HERE}/{box.id}/reading/test")
    assert answer.status_code == 422 and "refused the user name or password" in answer.text
    assert wrong not in answer.text
    run_jobs()
    assert "Cannot be read" in alice.get(f"{HERE}/{box.id}/reading").text, "nothing says that it is up to date"
    assert "It is tried again <time" in alice.get(f"{HERE}/{box.id}/reading").text
    MailboxReading.update(failures=3).execute()
    assert "tried again when the mailbox was changed" in alice.get(f"{HERE}/{box.id}/reading").text


def test_folders_are_chosen_from_what_the_server_lists(cast, alice, box):
    alice.post(f"{HERE}/{box.id}/reading/test")
    address = f"{HERE}/{box.id}/reading"
    assert alice.post(address, data={"folders": ["Deals"], "back_days": "90"}).status_code == 303
    assert folders(box)["Deals"] is FolderRole.CHOSEN and row_of(box).back_days == 90
    entry = AuditEntry.get(AuditEntry.action == "mailbox.reading_changed")
    assert entry.data["changes"] == {"folders": [[], ["Deals"]], "back_days": [30, 90]}
    assert alice.post(address, data={"back_days": "90"}).status_code == 303
    assert "Deals" not in folders(box) and "INBOX" in folders(box)


@pytest.mark.parametrize(
    "data", [{"back_days": "4000"}, {"back_days": "-1"}, {"back_days": "x"}, {"back_days": "9", "folders": ["None"]}]
)
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(alice, box, data):
    alice.post(f"{HERE}/{box.id}/reading/test")
    answer = alice.post(f"{HERE}/{box.id}/reading", data=data)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert row_of(box).back_days == 30


def test_reading_is_switched_off_and_on(cast, alice, box):
    address = f"{HERE}/{box.id}/reading/switch"
    alice.post(address, data={"on": "0"})
    assert not row_of(box).is_on
    assert "Reading is switched off" in alice.get(f"{HERE}/{box.id}/reading").text
    assert alice.post(f"{HERE}/{box.id}/reading/again").status_code == 422
    with freeze(now() + timedelta(days=3)):
        alice.post(address, data={"on": "1"})
        assert row_of(box).is_on and now() - row_of(box).switched_at < timedelta(seconds=5)
    done = {entry.action for entry in AuditEntry.select()}
    assert {"mailbox.reading_off", "mailbox.reading_on"} <= done


def test_the_last_days_are_read_again_on_demand(cast, alice):
    row = read(cast.alice, ago=5)
    answer = alice.post(f"{of(row)}/again", follow_redirects=True)
    assert "The last 30 days are read again" in answer.text
    kept = MailFolder.get(MailFolder.mailbox == row.mailbox_id)
    assert kept.back_to == (now() - timedelta(days=30)).date() and kept.first_uid == kept.last_uid + 1
    for _ in range(5):
        alice.post(f"{of(row)}/again")
    assert alice.post(f"{of(row)}/again").status_code == 429


def test_mails_that_could_not_be_read_are_listed(cast, alice):
    row = read(cast.alice, ago=5)
    place = {"workspace": cast.acme, "mailbox": row.mailbox_id, "folder": "INBOX", "uid_validity": 1}
    for uid in range(1, 26):
        BrokenMail.create(**place, uid=uid, subject=f"Odd {uid}", error="Its parts have no end.")
    text = alice.get(of(row)).text
    assert "Odd 25" in text and "Odd 6<" in text and "Odd 5<" not in text and "The newest 20 of 25" in text


def test_a_mailbox_without_an_imap_server_says_what_to_do(cast, alice):
    box = mailbox(cast.alice, imap_host="")
    text = alice.get(f"{HERE}/{box.id}/reading").text
    assert "no IMAP server" in text and "Test reading" not in text
    assert alice.post(f"{HERE}/{box.id}/reading/test", follow_redirects=True).status_code == 200
    server = Mailbox.create(workspace=cast.acme, kind=MailboxKind.SERVER, email="")
    assert "only sends" in alice.get(f"{HERE}/{server.id}/reading").text


def test_others_find_no_such_page_and_viewers_may_not(cast, sign_in):
    row = read(cast.alice, ago=5)
    for path in ("", "/state"):
        assert sign_in(cast.bob).get(of(row) + path).status_code == 404
        assert sign_in(cast.charlie).get(of(row) + path).status_code == 404
        assert sign_in(cast.vera).get(of(row) + path).status_code == 403
    for path in ("/test", "/switch", "/again"):
        assert sign_in(cast.bob).post(of(row) + path).status_code == 404
    assert MailboxReading.get_by_id(row.id).is_on


def test_the_list_of_mailboxes_says_how_each_is_read(cast, alice, sign_in):
    wrong = failing(cast.alice)
    read(cast.alice, ago=20, email="two@halden.example")
    text = alice.get(HERE).text
    assert (
        "Replies: cannot be read" in text
        and "Replies: up to date" in text
        and "The server refused the password." not in text
    )
    assert "Replies: cannot be read" in sign_in(cast.vera).get(HERE).text
    assert "The server refused the password." in alice.get(f"{HERE}/{wrong.mailbox_id}").text


def test_the_line_on_the_inbox_asks_again_and_is_never_better_than_it_is(cast, alice, sign_in):
    assert "No mailbox is read" in alice.get("/inbox/truth").text
    row = read(cast.alice, ago=20)
    assert "mara@halden.example is up to date" in alice.get("/inbox/truth").text
    with freeze(now() + timedelta(minutes=20)):
        text = alice.get("/inbox/truth").text
        assert "is not read any more" in text and of(row) in text and "up to date" not in text
        assert "is not read any more" in sign_in(cast.vera).get("/inbox/truth").text
    assert "halden" not in sign_in(cast.charlie).get("/inbox/truth").text
