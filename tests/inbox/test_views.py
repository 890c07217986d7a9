"""The pages of the inbox."""

from datetime import timedelta

import pytest

from tests import factories
from tests.inbox.threads import add_mail, make_thread
from tests.mail.mailboxes import mailbox
from tests.questions import questions
from webapp.core.clock import now
from webapp.inbox.models import Label, Thread, ThreadMessage, ThreadState
from webapp.leads.models import Lead, Stage, Todo


@pytest.fixture
def lead(cast):
    return factories.lead(cast.acme, "Globex", first_name="Elena", last_name="Marchetti", owner=cast.alice.user_id)


@pytest.fixture
def thread(cast, lead):
    said = {
        "why": "Matched by its references to our mail.",
        "found": {"dates": [[tomorrow(), "14:30", "tomorrow at 2:30"]]},
    }
    mails = [("out", "Shall we talk?"), ("in", "Call me tomorrow at 2:30 <b>please</b>", said)]
    given = {"label": Label.INTERESTED, "label_reason": "It proposes a time.", "assignee": cast.alice.user_id}
    return make_thread(lead, mails=mails, subject="Re: Partners", **given)


def tomorrow():
    return (now() + timedelta(days=1)).date().isoformat()


def fresh(thread):
    return Thread.get_by_id(thread.id)


def test_an_empty_inbox_says_what_comes_here(alice):
    text = alice.get("/inbox").text
    assert "Nothing to answer" in text and "nav-count" not in text.split('id="nav-inbox"')[1][:80]


def test_the_list_names_who_wrote_what_and_its_label(alice, thread):
    text = alice.get("/inbox").text
    for words in (
        "Elena Marchetti",
        "Globex",
        "Re: Partners",
        "Interested",
        "Call me tomorrow",
        "No conversation is open",
    ):
        assert words in text
    assert "data-unread" in text and "<b>please" not in text


def test_a_thread_shows_its_mails_why_they_are_here_and_the_lead(alice, thread):
    text = alice.get(f"/inbox/{thread.id}").text
    for words in (
        "Shall we talk?", "&lt;b&gt;please&lt;/b&gt;", "tiny muted\">Matched by its references to our mail.</p>",
        "It proposes a time.", "Found in this mail", "Tomorrow 14:30", 'aria-current="true"', "data-seen",
    ):  # fmt: skip
        assert words in text, words
    assert "<title>Partners · Inbox · Galena</title>" in text


def test_a_click_on_a_thread_is_answered_with_the_panes_alone(alice, thread, htmx):
    text = alice.get(f"/inbox/{thread.id}?show=team", headers=htmx).text
    assert 'id="inbox"' in text and "<html" not in text and 'hx-target="#inbox-tabs"' in text


def test_a_viewer_reads_and_changes_nothing(sign_in, cast, thread):
    vera = sign_in(cast.vera)
    text = vera.get(f"/inbox/{thread.id}").text
    assert "Shall we talk?" in text and "data-seen" not in text and "/done" not in text
    assert vera.post(f"/inbox/{thread.id}/done").status_code == 403


def test_looking_at_somebody_elses_thread_does_not_make_it_read(sign_in, cast, thread):
    assert "data-seen" not in sign_in(cast.bob).get(f"/inbox/{thread.id}").text


def test_done_goes_on_with_the_next_one_of_the_list_and_can_be_undone(alice, cast, lead, thread, htmx):
    older = make_thread(lead, assignee=cast.alice.user_id, subject="Older", at=now() - timedelta(hours=1))
    answer = alice.post(f"/inbox/{thread.id}/done?show=mine", headers=htmx)
    assert fresh(thread).state is ThreadState.DONE
    assert answer.headers["HX-Replace-Url"] == f"/inbox/{older.id}" and f'id="thread-{older.id}"' in answer.text
    assert f'action="/inbox/{thread.id}/reopen"' in answer.text
    assert alice.post(f"/inbox/{older.id}/done").location == "/inbox"
    assert alice.post(f"/inbox/{thread.id}/reopen?show=done").location == f"/inbox/{thread.id}?show=done"
    assert fresh(thread).state is ThreadState.OPEN


def test_snoozed_until_tomorrow_or_a_day_that_is_chosen(alice, thread):
    assert alice.post(f"/inbox/{thread.id}/snooze", data={"until": "tomorrow"}).status_code == 303
    assert fresh(thread).state is ThreadState.SNOOZED
    assert "Snoozed until tomorrow 08:00" in alice.get("/inbox").text
    assert "Snooze this conversation" in alice.get(f"/inbox/{thread.id}/snooze").text
    day = (now() + timedelta(days=9)).date()
    assert alice.post(f"/inbox/{thread.id}/snooze", data={"day": day.isoformat()}).status_code == 303
    assert fresh(thread).snoozed_until.date() == day
    for wrong in ({}, {"until": "never"}, {"day": "2020-01-01"}, {"day": "soon"}):
        answer = alice.post(f"/inbox/{thread.id}/snooze", data=wrong)
        assert answer.status_code == 422 and 'role="alert"' in answer.text, wrong


def test_a_label_is_changed_while_what_is_written_stays(alice, thread, htmx):
    answer = alice.post(f"/inbox/{thread.id}/label", data={"label": "not_now"}, headers=htmx)
    assert fresh(thread).label is Label.NOT_NOW and "Chosen by Alice Archer." in answer.text
    assert '<hx-partial hx-target="#inbox"' not in answer.text and "composer" not in answer.text
    assert alice.post(f"/inbox/{thread.id}/label", data={"label": "great"}).status_code == 422


def test_a_thread_is_given_to_a_colleague_or_to_nobody(alice, cast, thread):
    assert alice.post(f"/inbox/{thread.id}/assign", data={"user_id": cast.bob.user_id}).status_code == 303
    assert fresh(thread).assignee_id == cast.bob.user_id
    assert alice.post(f"/inbox/{thread.id}/assign", data={"user_id": ""}).status_code == 303
    assert fresh(thread).assignee_id is None
    for wrong in ({"user_id": cast.charlie.user_id}, {"user_id": "x"}, {}):
        assert alice.post(f"/inbox/{thread.id}/assign", data=wrong).status_code == 422, wrong


def test_seen_and_unread_again(alice, thread, htmx):
    text = alice.post(f"/inbox/{thread.id}/read", headers=htmx).text
    assert not fresh(thread).is_unread and "data-seen" not in text and 'hx-target="#nav-inbox"' in text
    assert alice.post(f"/inbox/{thread.id}/unread").location == "/inbox" and fresh(thread).is_unread


def test_the_stage_is_chosen_beside_the_thread(alice, lead, thread, htmx):
    answer = alice.post(f"/inbox/{thread.id}/stage", data={"stage": "replied", "was": "new"}, headers=htmx)
    assert answer.status_code == 200 and Lead.get_by_id(lead.id).stage is Stage.REPLIED
    stale = alice.post(f"/inbox/{thread.id}/stage", data={"stage": "lost", "was": "new"}, headers=htmx)
    assert stale.status_code == 409 and Lead.get_by_id(lead.id).stage is Stage.REPLIED
    assert alice.post(f"/inbox/{thread.id}/stage", data={"stage": "nowhere"}).status_code == 422


def test_a_day_that_was_found_becomes_a_to_do_once(alice, lead, thread):
    mail = ThreadMessage.get(ThreadMessage.thread == thread, ThreadMessage.direction == "in")
    address = f"/inbox/{thread.id}/mails/{mail.id}/found"
    assert alice.post(address, data={"kind": "dates", "number": 0}).status_code == 303
    todo = Todo.get(Todo.lead == lead)
    assert (
        todo.title == "Get back to Elena: “tomorrow at 2:30”"
        and todo.timed
        and todo.due_at.date().isoformat() == tomorrow()
    )
    assert "Added" in alice.get(f"/inbox/{thread.id}").text
    for wrong in ({"kind": "dates", "number": 5}, {"kind": "secrets", "number": 0}, {}):
        assert alice.post(address, data=wrong).status_code == 404, wrong


def test_a_phone_number_that_was_found_is_kept_where_there_is_none(alice, lead, thread):
    mail = add_mail(thread, "in", "Ring me", {"found": {"phones": ["+353 1 555 0142"]}})
    assert "+353 1 555 0142" in alice.get(f"/inbox/{thread.id}").text
    data = {"kind": "phones", "number": 0}
    assert alice.post(f"/inbox/{thread.id}/mails/{mail.id}/found", data=data).status_code == 303
    assert Lead.get_by_id(lead.id).phone
    assert "Found in this mail" not in alice.get(f"/inbox/{thread.id}").text
    Lead.update(phone="+1 555 1").where(Lead.id == lead.id).execute()
    assert alice.post(f"/inbox/{thread.id}/mails/{mail.id}/found", data=data).status_code == 422


def test_whom_a_thread_is_with_stands_beside_it_where_that_is_not_the_leads_address(alice, lead, thread):
    assert "Here with" not in alice.get(f"/inbox/{thread.id}").text
    Thread.update(email="ravi@globex.example").execute()
    text = alice.get(f"/inbox/{thread.id}").text
    assert "<dt>Here with</dt>" in text and f'title="{lead.email}"' in text


def test_a_page_with_no_thread_open_asks_to_choose_one_once_mail_is_there(alice, cast, lead, htmx):
    assert "Nothing waits here" in alice.get("/inbox").text
    make_thread(lead, assignee=cast.alice.user_id)
    text = alice.get("/inbox/live?since=x", headers=htmx).text
    assert 'hx-target="#inbox-idle"' in text and "Choose one from the list" in text


def test_a_mail_is_to_you_only_in_your_own_mailbox(alice, sign_in, cast, lead):
    thread = make_thread(lead, mailbox=mailbox(cast.alice))
    assert "to you</span>" in alice.get(f"/inbox/{thread.id}").text
    text = sign_in(cast.vera).get(f"/inbox/{thread.id}").text
    assert "to you</span>" not in text and f"to {thread.mailbox.email}</span>" in text


def test_a_search_is_answered_with_the_list_and_keeps_the_open_thread(alice, thread, htmx):
    answer = alice.get(f"/inbox/list?q=call+me&thread={thread.id}", headers=htmx)
    assert "Found in all mail" in answer.text and 'id="inbox"' not in answer.text
    assert answer.headers["HX-Replace-Url"] == f"/inbox/{thread.id}?q=call+me"
    assert "No mail has “nothing like it”" in alice.get("/inbox?q=nothing+like+it").text
    assert "at least three letters" in alice.get("/inbox?q=ca").text


def test_what_arrives_is_told_to_an_open_page_and_nothing_is_when_nothing_did(alice, thread, htmx):
    def since(text):
        return text.split("/inbox/live?since=")[1].split("&")[0].split('"')[0]

    mark = since(alice.get(f"/inbox/{thread.id}").text)
    live = f"/inbox/live?since={mark}&thread={thread.id}"
    assert alice.get(live, headers=htmx).status_code == 204
    add_mail(thread, "in", "One more thing")
    text = alice.get(live, headers=htmx).text
    assert "One more thing" in text and f'hx-target="#thread-{thread.id}-mails"' in text and since(text) != mark
    assert alice.get(f"/inbox/live?since={since(text)}&thread={thread.id}", headers=htmx).status_code == 204
    assert alice.get("/inbox/live?since=x&thread=99999", headers=htmx).status_code == 404


def test_a_long_mail_is_cut_and_whole_at_an_address_of_its_own(alice, lead):
    thread = make_thread(lead, mails=[("in", "word " * 8000 + "the end")])
    text = alice.get(f"/inbox/{thread.id}").text
    address = text.split('">Show the whole mail')[0].rsplit('"', 1)[1]
    whole = alice.get(address)
    assert "the end" not in text and whole.text.endswith("the end") and whole.mimetype == "text/plain"


@pytest.mark.parametrize(
    "tail", ["?show=all&label=x&page=x", "?q=%00%F0%9F%98%80", "?label=unread&show=done", "?q=" + "a" * 3000]
)
def test_any_address_of_a_list_is_answered(alice, thread, tail):
    for path in (f"/inbox{tail}", f"/inbox/{thread.id}{tail}", f"/inbox/list{tail}", f"/inbox/live{tail}"):
        assert alice.get(path).status_code in (200, 303), path


def test_an_outsider_finds_nothing(sign_in, cast, thread):
    charlie = sign_in(cast.charlie)
    assert "Elena" not in charlie.get("/inbox?show=team").text
    assert "Elena" not in charlie.get("/inbox?q=tomorrow").text
    assert charlie.get(f"/inbox/{thread.id}").status_code == 404
    for verb in ("done", "reopen", "snooze", "label", "assign", "read", "unread", "stage"):
        assert charlie.post(f"/inbox/{thread.id}/{verb}").status_code == 404


def test_a_page_asks_as_much_whatever_it_shows(alice, cast, lead, thread):
    few = len(questions(alice, "/inbox")), len(questions(alice, f"/inbox/{thread.id}"))
    for number in range(12):
        other = factories.lead(cast.acme, f"Company {number}", owner=cast.bob.user_id)
        make_thread(other, assignee=cast.alice.user_id)
        add_mail(thread, "in", "More")
    assert (len(questions(alice, "/inbox")), len(questions(alice, f"/inbox/{thread.id}"))) == few
    assert few[0] <= 6 and few[1] <= 18, few
