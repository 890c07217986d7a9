"""Mailboxes under /settings: adding, changing, pausing and deleting them, and who may."""

import logging
from datetime import timedelta
from html import escape
from zoneinfo import ZoneInfo

import pytest
from playhouse.test_utils import count_queries

from tests import factories
from tests.mail.mailboxes import FORM, HERE, ids, mailbox
from webapp.accounts.models import AuditEntry, Role
from webapp.campaigns import drafts
from webapp.campaigns.models import Campaign, CampaignMailbox, CampaignState, Delivery
from webapp.core.clock import freeze, now
from webapp.core.crypto import decrypt
from webapp.mail import mailboxes
from webapp.mail.mailbox_models import Mailbox, MailboxDay, MailboxKind, MailboxState, Security
from webapp.mail.presets import PRESETS

SECRET = "hunter2-canary"


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def form(cast, **changes):
    return {**FORM, "owner": cast.alice.user_id, **changes}


def test_a_mailbox_is_added_with_what_was_typed_and_the_password_encrypted(cast, alice):
    answer = alice.post(f"{HERE}/new?preset=other", data=form(cast, password=SECRET))
    box = Mailbox.get(Mailbox.kind == MailboxKind.SMTP)
    assert answer.location == f"{HERE}/{box.id}"
    assert (box.email, box.smtp_host, box.smtp_port) == ("mara@halden.example", "smtp.halden.example", 587)
    assert box.smtp_security is Security.STARTTLS and box.username == "mara@halden.example"
    assert (box.days, box.opens, box.closes, box.zone) == ("12345", 540, 1020, "Europe/Berlin")
    assert (box.daily_cap, box.gap_seconds, box.jitter, box.ramp_start, box.ramp_step) == (50, 120, 30, 10, 5)
    assert box.ramp_from is not None and box.user_id == cast.alice.user_id
    assert SECRET not in box.secret and decrypt(box.secret, mailboxes.SECRET) == SECRET
    assert AuditEntry.get(AuditEntry.action == "mailbox.added").subject == "mara@halden.example"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "", "Give the address that mails come from."),
        ("email", "nobody", "is not an e-mail address"),
        ("email", "a@b.example\r\nBcc: x@y.example", "line break"),
        ("reply_to", "nobody", "is not an e-mail address"),
        ("smtp_host", "", "Give the name of the server"),
        ("smtp_host", "two words", "is no name of a server"),
        ("smtp_host", "https://smtp.example.com", "is no name of a server"),
        ("smtp_host", "10.0.0.5", "within this server’s own network"),
        ("smtp_host", "169.254.169.254", "within this server’s own network"),
        ("smtp_host", "::1", "within this server’s own network"),
        ("smtp_host", "::ffff:10.0.0.1", "within this server’s own network"),
        ("imap_host", "192.168.1.1", "within this server’s own network"),
        ("smtp_port", "22", "is not one of 25, 465, 587, 2525"),
        ("smtp_port", "", "is not one of"),
        ("smtp_port", "many", "Write a whole number"),
        ("imap_port", "587", "is not one of 143, 993"),
        ("smtp_security", "none", "readable on its way"),
        ("smtp_security", "maybe", "Invalid Choice"),
        ("daily_cap", "0", "from 1 to 100,000"),
        ("daily_cap", "-5", "from 1 to 100,000"),
        ("gap_seconds", "100000", "from 0 to 86,400"),
        ("jitter", "91", "from 0 to 90"),
        ("ramp_step", "0", "how many more"),
        ("days", [], "Choose at least one day."),
        ("days", ["8"], "not a valid choice"),
        ("closes", "540", "after the beginning"),
        ("zone", "Mars/Olympus", "Choose a time zone"),
        ("owner", "999", "Not a valid choice"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_adds_nothing(cast, alice, field, value, sentence):
    answer = alice.post(f"{HERE}/new?preset=other", data=form(cast, password=SECRET, **{field: value}))
    assert answer.status_code == 422 and sentence.lower() in answer.text.lower()
    assert SECRET not in answer.text and not Mailbox.select().exists()


def test_an_address_is_connected_once(cast, alice):
    mailbox(cast.alice)
    answer = alice.post(f"{HERE}/new?preset=other", data=form(cast, password=SECRET, email="Mara@Halden.example"))
    assert answer.status_code == 422 and "is here already" in answer.text


def test_a_known_provider_wants_a_password_and_another_may_do_without(cast, alice):
    gmail = form(cast, smtp_host="smtp.gmail.com", password="")
    assert mailboxes.NO_SECRET in alice.post(f"{HERE}/new?preset=gmail", data=gmail).text
    assert alice.post(f"{HERE}/new?preset=other", data=form(cast, password="")).status_code == 303
    assert Mailbox.get(Mailbox.kind == MailboxKind.SMTP).secret == ""


def test_the_blanks_in_an_app_password_of_google_are_left_out(cast, alice):
    data = form(cast, smtp_host="smtp.gmail.com", password="abcd efgh ijkl mnop")
    alice.post(f"{HERE}/new?preset=gmail", data=data)
    assert decrypt(Mailbox.get(Mailbox.kind == MailboxKind.SMTP).secret, mailboxes.SECRET) == "abcdefghijklmnop"


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("as_part", [False, True])
def test_a_preset_fills_in_the_servers_and_says_what_to_prepare(alice, htmx, name, as_part):
    one = PRESETS[name]
    text = alice.get(f"{HERE}/new?preset={name}", headers=htmx if as_part else {}).text
    assert ("<html" in text) is not as_part
    assert f'value="{one.smtp_host}"' in text and one.secret in text and escape(one.steps[0]) in text
    assert f'value="{one.smtp_port}"' in text and f'<option selected value="{one.smtp_security.value}">' in text


def test_every_provider_can_be_chosen_and_google_has_no_button_until_it_is_set_up(alice, settings):
    text = alice.get(f"{HERE}/new").text
    assert all(one.label in text for one in PRESETS.values()) and "Connect with Google" not in text
    settings(google_client_id="x", google_client_secret="y")
    assert "Connect with Google" in alice.get(f"{HERE}/new").text


# ------------------------------------------------------------------- changing


def test_an_empty_password_keeps_the_one_there_is_and_a_new_one_replaces_it(cast, alice):
    box = mailbox(cast.alice, password=SECRET)
    assert alice.post(f"{HERE}/{box.id}/edit", data=form(cast, daily_cap="80")).status_code == 303
    changed = Mailbox.get_by_id(box.id)
    assert changed.daily_cap == 80 and changed.secret == box.secret
    alice.post(f"{HERE}/{box.id}/edit", data=form(cast, password="another one"))
    assert decrypt(Mailbox.get_by_id(box.id).secret, mailboxes.SECRET) == "another one"
    entry = AuditEntry.select().where(AuditEntry.action == "mailbox.changed").order_by(AuditEntry.id).first()
    assert entry.data == {"fields": "daily_cap"}


@pytest.mark.parametrize(
    "moved", [{"smtp_host": "smtp.evil.example"}, {"imap_host": "imap.evil.example"}, {"smtp_port": "25"}]
)
def test_a_kept_password_goes_to_no_other_server(cast, alice, moved):
    box = mailbox(cast.alice, password=SECRET)
    answer = alice.post(f"{HERE}/{box.id}/edit", data=form(cast, **moved))
    assert answer.status_code == 422 and mailboxes.AGAIN in answer.text
    assert Mailbox.get_by_id(box.id).smtp_host == "smtp.halden.example"
    assert alice.post(f"{HERE}/{box.id}/edit", data=form(cast, password=SECRET, **moved)).status_code == 303


def test_extra_fields_of_a_form_change_nothing(cast, alice):
    box = mailbox(cast.alice)
    extra = {
        "workspace": cast.other.id,
        "workspace_id": cast.other.id,
        "kind": "server",
        "state": "paused",
        "secret": "x",
    }
    alice.post(f"{HERE}/{box.id}/edit", data=form(cast, **extra))
    same = Mailbox.get_by_id(box.id)
    assert (same.workspace_id, same.kind, same.state, same.secret) == (
        cast.acme.id, MailboxKind.SMTP, MailboxState.ACTIVE, box.secret,
    )  # fmt: skip


def test_of_the_servers_mailbox_only_the_limits_change(cast, alice):
    page = alice.post(f"{HERE}/server")
    box = Mailbox.get(Mailbox.kind == MailboxKind.SERVER)
    assert page.location == f"{HERE}/{box.id}"
    text = alice.get(f"{HERE}/{box.id}/edit").text
    assert "MAIL_URL" in text and 'name="smtp_host"' not in text and 'name="password"' not in text
    alice.post(f"{HERE}/{box.id}/edit", data=form(cast, daily_cap="300", email="evil@halden.example"))
    changed = Mailbox.get_by_id(box.id)
    assert (changed.daily_cap, changed.email, changed.smtp_host, changed.user_id) == (300, "", "", None)
    assert alice.post(f"{HERE}/{box.id}/delete").status_code == 409


def test_where_nothing_is_sent_the_servers_mailbox_says_that_mail_is_captured(cast, alice, mail_url):
    box = mailboxes.server_mailbox(cast.acme.id)
    assert "Mail is captured" in alice.get(f"{HERE}/{box.id}").text and "Captures" in alice.get(HERE).text
    mail_url("smtp://127.0.0.1:1")
    assert "Mail is captured" not in alice.get(f"{HERE}/{box.id}").text and "Captures" not in alice.get(HERE).text


# ------------------------------------------------------- pausing and deleting


def test_it_is_paused_with_a_reason_and_resumed(cast, alice):
    box = mailbox(cast.alice)
    assert "Reason" in alice.get(f"{HERE}/{box.id}/pause").text
    alice.post(f"{HERE}/{box.id}/pause", data={"reason": "Holidays"})
    assert (Mailbox.get_by_id(box.id).state, Mailbox.get_by_id(box.id).pause_reason) == (
        MailboxState.PAUSED,
        "Holidays",
    )
    assert "Holidays" in alice.get(f"{HERE}/{box.id}").text and "Paused" in alice.get(HERE).text
    alice.post(f"{HERE}/{box.id}/resume")
    assert (Mailbox.get_by_id(box.id).state, Mailbox.get_by_id(box.id).pause_reason) == (MailboxState.ACTIVE, "")


def draft_through(cast, box, state=CampaignState.DRAFT):
    fields = {"name": "Autumn", "audience": {"kind": "all", "stage": "", "q": ""}, "sender_name": "A", "reply_to": "",
              "rate_per_minute": 60, "subject": "Hi", "body": "Hello"}  # fmt: skip
    campaign = drafts.save_draft(None, fields, actor=cast.alice)
    Campaign.update(state=state).where(Campaign.id == campaign.id).execute()
    CampaignMailbox.create(workspace=cast.acme, campaign=campaign, mailbox=box)
    return campaign


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.SENDING, CampaignState.PAUSED])
def test_one_that_a_campaign_needs_stays_and_says_which(cast, alice, state):
    box = mailbox(cast.alice)
    draft_through(cast, box, state)
    assert "Autumn would lose" in alice.get(f"{HERE}/{box.id}/delete").text
    answer = alice.post(f"{HERE}/{box.id}/delete")
    assert answer.status_code == 409 and "Autumn would lose" in answer.text and Mailbox.select().exists()


def test_deleting_forgets_it_and_its_days(cast, alice):
    box = mailbox(cast.alice)
    draft_through(cast, box, CampaignState.COMPLETED)
    MailboxDay.create(workspace=cast.acme, mailbox=box, day="2026-11-21", sent=4)
    assert alice.post(f"{HERE}/{box.id}/delete").location == HERE
    assert not Mailbox.select().exists() and not MailboxDay.select().exists()
    assert AuditEntry.select().where(AuditEntry.action == "mailbox.deleted").count() == 1


def test_what_was_sent_through_a_deleted_mailbox_keeps_its_history(cast, alice, rows):
    Delivery.update(mailbox=rows["mailbox_id"]).execute()
    assert alice.post(f"{HERE}/{rows['mailbox_id']}/delete").location == HERE
    kept = Delivery.get_by_id(rows["delivery_id"])
    assert kept.mailbox_id is None and alice.get(f"/mail-log/{kept.id}").status_code == 200


def test_a_slow_ramp_begins_on_the_day_that_it_is_asked_for(cast, sign_in):
    box = mailbox(cast.alice, ramp_start=None, ramp_step=0)
    with freeze(now() + timedelta(days=30)) as later:
        alice = sign_in(cast.alice)
        alice.post(f"{HERE}/{box.id}/edit", data=form(cast, ramp_start="20", ramp_step="5"))
        begun = Mailbox.get_by_id(box.id).ramp_from
        assert begun == later.astimezone(ZoneInfo("Europe/Berlin")).date()
    with freeze(later + timedelta(days=1)):
        alice.post(f"{HERE}/{box.id}/edit", data=form(cast, ramp_start="20", ramp_step="8"))
    assert (Mailbox.get_by_id(box.id).ramp_from, Mailbox.get_by_id(box.id).ramp_step) == (begun, 8)


# ------------------------------------------------------------------------ who

PAGES = ("", "/edit", "/pause", "/delete")
ACTS = ("/edit", "/test", "/pause", "/resume", "/delete")


def test_a_member_has_a_hand_in_their_own_and_sees_of_others_that_they_are_there(cast, alice, bob):
    hers, his = mailbox(cast.alice), mailbox(cast.bob, email="bob@halden.example")
    wrong = "her server said no"
    Mailbox.update(last_error=wrong, pause_reason=wrong, state="paused").where(Mailbox.id == hers.id).execute()
    text = bob.get(HERE).text
    assert "mara@halden.example" in text and wrong not in text and wrong in alice.get(HERE).text
    assert f"{HERE}/{hers.id}" not in text and f"{HERE}/{his.id}" in text
    for page in PAGES:
        assert bob.get(f"{HERE}/{hers.id}{page}").status_code == 404
        assert bob.get(f"{HERE}/{his.id}{page}").status_code == 200
        assert alice.get(f"{HERE}/{his.id}{page}").status_code == 200
    for act in ACTS:
        assert bob.post(f"{HERE}/{hers.id}{act}").status_code == 404
    assert bob.post(f"{HERE}/server").status_code == 403


def test_a_member_adds_only_mailboxes_of_their_own(cast, bob):
    answer = bob.post(f"{HERE}/new?preset=other", data=form(cast, password=SECRET))
    assert answer.status_code == 422 and not Mailbox.select().exists()
    data = form(cast, password=SECRET, owner=cast.bob.user_id)
    assert bob.post(f"{HERE}/new?preset=other", data=data).status_code == 303
    assert Mailbox.get(Mailbox.kind == MailboxKind.SMTP).user_id == cast.bob.user_id


def test_a_manager_manages_all_and_may_give_one_to_somebody(cast, sign_in):
    mia = sign_in(factories.member(cast.acme, "Mia Manager", role=Role.MANAGER))
    box = mailbox(cast.alice)
    assert mia.post(f"{HERE}/{box.id}/edit", data=form(cast, owner=cast.bob.user_id)).status_code == 303
    assert Mailbox.get_by_id(box.id).user_id == cast.bob.user_id


def test_an_outsider_finds_nothing_and_a_viewer_only_the_list(cast, sign_in):
    box = mailbox(cast.alice)
    outsider, viewer = sign_in(cast.charlie), sign_in(cast.vera)
    assert "mara@halden.example" not in outsider.get(HERE).text
    assert "mara@halden.example" in viewer.get(HERE).text and f"{HERE}/new" not in viewer.get(HERE).text
    for page in PAGES:
        assert outsider.get(f"{HERE}/{box.id}{page}").status_code == 404
        assert viewer.get(f"{HERE}/{box.id}{page}").status_code == 403
    for act in ACTS:
        assert outsider.post(f"{HERE}/{box.id}{act}").status_code == 404
        assert viewer.post(f"{HERE}/{box.id}{act}").status_code == 403


def test_the_password_stands_on_no_page_and_in_no_log(cast, alice, caplog):
    caplog.set_level(logging.INFO)
    box = mailbox(cast.alice, password=SECRET, smtp_host="127.0.0.1", smtp_port=1, smtp_security=Security.NONE)
    pages = [alice.get(f"{HERE}/{box.id}{page}") for page in PAGES] + [alice.get(HERE)]
    pages.append(alice.post(f"{HERE}/{box.id}/test"))
    pages.append(alice.post(f"{HERE}/{box.id}/edit", data=form(cast, password=SECRET, email="nobody")))
    for page in pages:
        assert SECRET not in page.text and box.secret not in page.text
    assert SECRET not in caplog.text and box.secret not in caplog.text
    assert SECRET not in str([vars(entry)["__data__"] for entry in AuditEntry.select()])


def test_the_list_asks_as_many_queries_for_many_as_for_few(cast, alice):
    mailbox(cast.alice)
    alice.get(HERE)
    with count_queries() as few:
        alice.get(HERE)
    for number in range(10):
        mailbox(cast.alice, email=f"box{number}@halden.example")
    with count_queries() as many:
        alice.get(HERE)
    assert many.count == few.count and len(ids(cast.acme)) == 11


def test_an_answering_address_for_each_recipient_is_a_tick_and_shown(cast, alice):
    box = mailbox(cast.alice)
    assert not box.plus_replies and "Answered at" not in alice.get(f"{HERE}/{box.id}").text
    alice.post(f"{HERE}/{box.id}/edit", data=form(cast, plus_replies="y"))
    assert Mailbox.get_by_id(box.id).plus_replies
    assert "mara+g7k2…@halden.example" in alice.get(f"{HERE}/{box.id}").text
    alice.post(f"{HERE}/{box.id}/edit", data=form(cast))
    assert not Mailbox.get_by_id(box.id).plus_replies
