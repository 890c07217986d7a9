"""Being told that a mailbox is not read any more: once, again after a day, and no more when it works."""

from datetime import timedelta

from tests import factories
from tests.inbox.readings import failing, read
from webapp.accounts.models import Membership, Notice, NoticeKind, NoticeState
from webapp.core.clock import freeze, now
from webapp.inbox import troubles
from webapp.inbox.reading_models import MailboxReading
from webapp.mail import notices
from webapp.mail.mailbox_models import Mailbox


def told():
    return [notice.email for notice in Notice.select().where(Notice.kind == NoticeKind.TROUBLE).order_by(Notice.id)]


def after(**times):
    return freeze(now() + timedelta(**times))


def test_whose_mailbox_it_is_is_told_once_and_again_after_a_day(cast):
    failing(cast.bob, ago=60 * 14)
    troubles.tell()
    assert told() == [], "an outage may pass"
    with after(minutes=2):
        troubles.tell()
        troubles.tell()
    assert told() == [cast.bob.email]
    with after(hours=23):
        troubles.tell()
    assert len(told()) == 1
    with after(hours=25):
        troubles.tell()
    assert len(told()) == 2


def test_nobody_reading_is_trouble_though_nothing_went_wrong(cast):
    read(cast.bob, ago=60 * 9)
    troubles.tell()
    assert told() == []
    with after(minutes=2):
        troubles.tell()
    assert told() == [cast.bob.email]


def test_it_is_over_when_it_works_and_the_next_time_is_told_of_at_once(cast):
    row = failing(cast.bob)
    troubles.tell()
    of_it = MailboxReading.update(succeeded_at=now(), failures=0, last_error="").where(MailboxReading.id == row.id)
    of_it.execute()
    troubles.tell()
    assert MailboxReading.get_by_id(row.id).alerted_at is None
    assert troubles.troubles(cast.bob) == []
    with after(minutes=30):
        troubles.tell()
    assert told() == [cast.bob.email] * 2


def test_what_is_switched_off_or_new_is_no_trouble(cast):
    failing(cast.bob, is_on=False)
    read(cast.bob, email="new@halden.example", switched_at=now())
    troubles.tell()
    assert told() == []


def test_the_owners_are_told_where_it_belongs_to_nobody_who_is_here(cast):
    row = failing(cast.bob)
    Membership.delete().where(Membership.user == cast.bob.user_id).execute()
    troubles.tell()
    assert told() == [cast.alice.email]
    MailboxReading.update(alerted_at=None).where(MailboxReading.id == row.id).execute()
    Mailbox.update(user=None).where(Mailbox.id == row.mailbox_id).execute()
    troubles.tell()
    assert told() == [cast.alice.email] * 2


def test_the_mail_says_what_is_wrong_since_when_and_where_to_look(cast, run_jobs):
    row = failing(cast.bob)
    troubles.tell()
    run_jobs()
    notice = Notice.get(Notice.kind == NoticeKind.TROUBLE)
    text = bytes(notice.raw).decode()
    assert notice.state is NoticeState.CAPTURED
    assert notice.subject == "mara@halden.example is not read any more"
    assert "The server refused the password." in text
    assert f"http://galena.test/settings/mailboxes/{row.mailbox_id}/reading" in text.replace("=\r\n", "")


def test_of_a_mailbox_that_is_gone_nobody_hears(cast):
    row = failing(cast.bob)
    troubles.tell()
    Mailbox.delete().where(Mailbox.id == row.mailbox_id).execute()
    notice = Notice.get(Notice.kind == NoticeKind.TROUBLE)
    notices.send_notice(notice.id)
    assert Notice.get_by_id(notice.id).state is NoticeState.DROPPED


def test_only_who_can_do_something_about_it_sees_it_on_home(cast, sign_in):
    factories.lead(cast.acme)
    failing(cast.bob)
    for member, sees in ((cast.alice, True), (cast.bob, True), (cast.vera, False), (cast.charlie, False)):
        text = sign_in(member).get("/").text
        assert ("mara@halden.example cannot be read" in text) is sees, member.full_name
