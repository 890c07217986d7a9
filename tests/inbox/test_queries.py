"""What a member sees of the inbox."""

from datetime import timedelta

import pytest

from db import db, is_sqlite
from tests import factories
from tests.inbox.threads import make_thread
from webapp.accounts.models import Reach
from webapp.core.clock import now
from webapp.core.errors import NotFound
from webapp.inbox import listing, queries
from webapp.inbox.listing import UNREAD, Asked, Show, counts, label_counts, thread_page
from webapp.inbox.models import Label, ThreadState


def test_a_thread_is_there_for_who_sees_its_lead_or_has_it_to_answer(cast):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers, his = (factories.lead(cast.acme, name, owner=who.user_id) for name, who in (("A", olga), ("B", cast.bob)))
    own, other = make_thread(hers), make_thread(his)
    given, stranger = make_thread(his, assignee=olga.user_id), make_thread(None, workspace=cast.acme)
    assert [queries.get_thread(cast.alice, one.id).id for one in (own, other, given, stranger)]
    assert [queries.get_thread(olga, one.id).id for one in (own, given)]
    for hidden, member in ((other, olga), (stranger, olga), (own, cast.charlie)):
        with pytest.raises(NotFound):
            queries.get_thread(member, hidden.id)
    with pytest.raises(NotFound):
        queries.get_thread(cast.alice, 2**40)


def test_a_thread_comes_with_what_it_is_about(cast):
    lead = factories.lead(cast.acme, "Globex")
    thread = queries.get_thread(cast.alice, make_thread(lead, assignee=cast.bob.user_id).id)
    assert thread.lead.company == "Globex" and thread.assignee.full_name == "Bob Baker"
    assert thread.campaign is None and thread.mailbox is None


def names(page):
    return [row.subject for row in page.rows]


def test_each_list_has_its_threads_the_newest_first(cast):
    lead, moment, bob = factories.lead(cast.acme), now(), cast.bob.user_id
    for position, (subject, fields) in enumerate(
        {
            "old": {"assignee": bob},
            "new": {"assignee": bob},
            "alices": {"assignee": cast.alice.user_id},
            "nobodys": {},
            "put off": {"assignee": bob, "state": ThreadState.SNOOZED, "unread": False},
            "finished": {"assignee": bob, "state": ThreadState.DONE, "unread": False},
        }.items()
    ):
        make_thread(lead, subject=subject, at=moment + timedelta(minutes=position), **fields)
    lists = {show: names(thread_page(cast.bob, Asked(show))) for show in Show}
    assert lists == {
        Show.MINE: ["new", "old"],
        Show.TEAM: ["nobodys", "alices", "new", "old"],
        Show.SNOOZED: ["put off"],
        Show.DONE: ["finished"],
    }
    assert counts(cast.bob) == (2, 4, 1)
    assert counts(cast.charlie) == (0, 0, 0) and not thread_page(cast.charlie, Asked(Show.TEAM)).rows


def test_labels_and_unread_narrow_a_list_and_are_counted(cast):
    lead, bob = factories.lead(cast.acme), cast.bob.user_id
    make_thread(lead, subject="yes", label=Label.INTERESTED, assignee=bob)
    make_thread(lead, subject="seen", label=Label.INTERESTED, assignee=bob, unread=False)
    make_thread(lead, subject="no", label=Label.NOT_INTERESTED, assignee=bob)
    make_thread(lead, subject="theirs", label=Label.INTERESTED)
    assert names(thread_page(cast.bob, Asked(label="interested"))) == ["seen", "yes"]
    assert names(thread_page(cast.bob, Asked(label=UNREAD))) == ["no", "yes"]
    mine, team = label_counts(cast.bob, Show.MINE), label_counts(cast.bob, Show.TEAM)
    assert mine[Label.INTERESTED] == 2 and team[Label.INTERESTED] == 3 and mine[Label.BOUNCE] == 0


def test_paging_meets_each_thread_once_there_and_back(cast):
    lead = factories.lead(cast.acme)
    moment = now()
    for number in range(7):
        make_thread(lead, subject=str(number), at=moment)
    first = thread_page(cast.bob, Asked(Show.TEAM), size=3)
    second = thread_page(cast.bob, Asked(Show.TEAM), first.older, size=3)
    third = thread_page(cast.bob, Asked(Show.TEAM), second.older, size=3)
    assert names(first) + names(second) + names(third) == list("6543210")
    assert third.older is None and names(thread_page(cast.bob, Asked(Show.TEAM), second.newer, size=3)) == names(first)


@pytest.mark.parametrize("probe", [2000, 0])
def test_a_search_looks_through_all_mail_that_the_member_may_see(cast, monkeypatch, probe):
    monkeypatch.setattr(listing, "PROBE", probe)
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers, his = factories.lead(cast.acme, owner=olga.user_id), factories.lead(cast.acme)
    make_thread(hers, subject="one", state=ThreadState.DONE, mails=[("in", "The Größe of your offer"), ("out", "Mine")])
    make_thread(his, subject="two", mails=[("in", "That offer again"), ("in", "grosse Freude")])
    make_thread(None, workspace=cast.other, subject="three", mails=[("in", "grosse offer")])
    assert names(thread_page(cast.alice, Asked(q="OFFER"))) == ["two", "one"]
    assert names(thread_page(cast.alice, Asked(q="große offer"))) == ["one"]  # both words in one mail
    assert names(thread_page(olga, Asked(q="offer"))) == ["one"]
    assert names(thread_page(cast.alice, Asked(q="offer", label="bounce"))) == []
    assert names(thread_page(cast.alice, Asked(q="of"))) == [] and Asked(q="of").is_too_short


def test_counts_stop_at_a_hundred_and_come_from_an_index_alone(cast):
    lead = factories.lead(cast.acme)
    for _ in range(103):
        make_thread(lead, assignee=cast.bob.user_id, mails=[])
    assert counts(cast.bob) == (100, 100, 0)
    if is_sqlite():
        sql, values = listing.unread_of(cast.acme.id, cast.bob.user_id).bind(db.obj).sql()
        plan = " ".join(row[-1] for row in db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))
        assert "COVERING INDEX mail_thread_unread" in plan


def test_a_thread_shows_its_newest_mails_and_the_way_to_the_earlier_ones(cast, monkeypatch):
    monkeypatch.setattr(queries, "MAILS", 2)
    thread = make_thread(factories.lead(cast.acme), mails=[("in", "a"), ("out", "b"), ("in", "c")])
    newest = queries.mails_of(thread)
    assert [mail.text for mail in newest.rows] == ["b", "c"] and newest.newer is None
    assert [mail.text for mail in queries.mails_of(thread, newest.older).rows] == ["a"]


def test_a_thread_goes_to_those_who_may_answer_and_whom_the_member_may_give_leads(cast):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    assert [name for _, name in queries.assignable(cast.alice)] == ["Alice Archer", "Bob Baker", "Olga Own"]
    assert [name for _, name in queries.assignable(olga)] == ["Olga Own"]
