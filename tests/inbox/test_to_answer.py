"""Replies that wait for an answer, as Home lists them."""

from datetime import timedelta

from playhouse.test_utils import count_queries

from tests import factories
from tests.inbox.threads import make_thread
from webapp.core.clock import now
from webapp.inbox.models import Label, ThreadState
from webapp.inbox.to_answer import SHOWN, replies_to_answer


def test_only_what_a_person_wrote_last_to_this_member_and_is_open_waits(cast):
    lead = factories.lead(cast.acme, first_name="Ann", last_name="Archer")
    mine = {"assignee": cast.alice.user_id}
    waits = make_thread(lead, label=Label.INTERESTED, unread=False, **mine)
    make_thread(lead, assignee=cast.bob.user_id)
    make_thread(lead)
    make_thread(lead, mails=(("in", "When?"), ("out", "At ten.")), **mine)
    make_thread(lead, state=ThreadState.DONE, **mine)
    make_thread(lead, state=ThreadState.SNOOZED, **mine)
    for label in (Label.OUT_OF_OFFICE, Label.BOUNCE, Label.COMPLAINT, Label.UNSUBSCRIBE):
        make_thread(lead, label=label, **mine)
    assert [reply.id for reply in replies_to_answer(cast.alice)] == [waits.id]


def test_home_lists_the_newest_and_says_that_there_are_more(cast, alice):
    lead = factories.lead(cast.acme, first_name="Ann", last_name="Archer", company="Globex")
    for number in range(SHOWN + 1):
        at = now() - timedelta(hours=number)
        make_thread(lead, assignee=cast.alice.user_id, mails=(("in", f"Question {number}?"),), at=at)
    text = alice.get("/").text
    assert "Replies to answer" in text and "Question 0?" in text and f"Question {SHOWN}?" not in text
    assert "There are more" in text
    with count_queries() as counted:
        assert len(replies_to_answer(cast.alice)) == SHOWN + 1
    assert counted.count == 1


def test_home_has_no_such_card_while_nobody_waits(cast, alice):
    factories.lead(cast.acme)
    assert "Replies to answer" not in alice.get("/").text
