"""What may be said about how mailboxes are read: judged against the clock, and never better than it is."""

from datetime import timedelta

import pytest
from playhouse.test_utils import count_queries

from tests.inbox.readings import failing, read
from tests.mail.mailboxes import mailbox
from webapp.core.clock import freeze, now
from webapp.inbox import truth
from webapp.inbox.reading_models import MailboxReading
from webapp.inbox.truth import How

SOON = timedelta(seconds=30)


def how(member):
    (line,) = truth.lines(member)
    return line.how


def said(member):
    return truth.summary(truth.lines(member))


def test_a_mailbox_read_a_moment_ago_is_up_to_date_until_that_is_no_longer_sure(cast):
    read(cast.alice, ago=20)
    assert how(cast.alice) is How.CURRENT
    with freeze(now() + timedelta(minutes=4)):
        assert how(cast.alice) is How.OVERDUE
    with freeze(now() + timedelta(minutes=11)):
        assert how(cast.alice) is How.LATE, "whoever reads may have been killed: nobody wrote that down"


def test_where_somebody_waits_at_the_server_nothing_has_to_be_asked_meanwhile(cast):
    watch = {"pushes": True, "watch_token": "host:1:x"}
    read(cast.alice, ago=60 * 20, watch_until=now() + SOON, **watch)
    assert how(cast.alice) is How.CURRENT
    with freeze(now() + timedelta(minutes=2)):
        assert how(cast.alice) is How.LATE, "nobody waits there any more"


def test_a_reading_that_takes_long_is_no_trouble_as_long_as_somebody_is_at_it(cast):
    read(cast.alice, began_at=now() - timedelta(hours=1), lease_token="host:1:x", lease_until=now() + SOON, backlog=900)
    assert how(cast.alice) is How.FIRST
    with freeze(now() + timedelta(minutes=1)):
        assert how(cast.alice) is How.LATE


def test_older_mail_that_is_still_to_be_read_is_told_of(cast):
    read(cast.alice, ago=5, backlog=4200)
    assert how(cast.alice) is How.BEHIND
    assert "4,200" in said(cast.alice).text


def test_a_refused_password_is_told_at_once(cast):
    failing(cast.alice, ago=10, refused="a fingerprint")
    assert how(cast.alice) is How.FAILED and said(cast.alice).text == "mara@halden.example cannot be read, last"


def test_trouble_is_one_before_the_mailbox_counts_as_unread_and_another_after(cast):
    row = failing(cast.alice, ago=300)
    assert how(cast.alice) is How.FAILING
    with freeze(now() + timedelta(minutes=6)):
        assert how(cast.alice) is How.FAILED
        assert said(cast.alice).why == "The server refused the password."
    MailboxReading.update(succeeded_at=None).where(MailboxReading.id == row.id).execute()
    assert how(cast.alice) is How.FAILED, "it was never read at all"


def test_a_new_mailbox_waits_for_its_first_reading_but_not_for_long(cast):
    mailbox(cast.alice)
    assert how(cast.alice) is How.WAITING
    with freeze(now() + timedelta(minutes=11)):
        assert how(cast.alice) is How.LATE


def test_one_that_was_switched_on_after_months_is_given_time_and_claims_nothing_meanwhile(cast):
    read(cast.alice, ago=90 * 86400, switched_at=now() - SOON)
    assert how(cast.alice) is How.WAITING
    with freeze(now() + timedelta(minutes=11)):
        assert how(cast.alice) is How.LATE


def test_one_that_is_switched_off_claims_nothing(cast):
    read(cast.alice, ago=5, is_on=False)
    assert how(cast.alice) is How.OFF
    assert "not come in" in said(cast.alice).text


def test_the_one_line_of_many_tells_of_the_worst_and_of_the_oldest_reading(cast):
    assert said(cast.alice) is None
    read(cast.alice, ago=10)
    read(cast.alice, ago=100, email="two@halden.example")
    line = said(cast.alice)
    assert (line.state, line.text) == ("ok", "2 mailboxes are up to date, read")
    assert now() - line.at > timedelta(seconds=90)
    read(cast.alice, ago=10, email="off@halden.example", is_on=False)
    assert said(cast.alice).why == "off@halden.example is not read."
    failing(cast.alice, email="bad@halden.example")
    failing(cast.alice, email="worse@halden.example")
    line = said(cast.alice)
    assert (line.state, line.more) == ("bad", 1) and line.text.startswith("bad@halden.example cannot be read")


def test_who_does_not_manage_a_mailbox_sees_that_it_has_trouble_and_not_which(cast):
    failing(cast.alice, "hush: a password")
    for member in (cast.bob, cast.vera):
        line = said(member)
        assert (line.state, line.why, line.mailbox) == ("bad", "", None)
    assert truth.lines(cast.charlie) == []


def test_mailboxes_without_an_imap_server_are_no_matter_of_reading(cast):
    mailbox(cast.alice, imap_host="")
    assert truth.lines(cast.alice) == []


@pytest.mark.parametrize("count", [1, 6])
def test_one_query_tells_of_any_number_of_mailboxes(cast, count):
    for number in range(count):
        read(cast.alice, ago=5, email=f"box{number}@halden.example", backlog=number)
    with count_queries() as counted:
        assert len(truth.lines(cast.alice)) == count
    assert counted.count == 1
