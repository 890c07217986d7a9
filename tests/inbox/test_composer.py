"""Writing: drafts kept as they are typed, files, templates, sending, and what can be decided about a mail."""

import io

import pytest

from tests import factories
from tests.inbox.threads import add_mail, make_thread
from webapp.accounts.models import Reach
from webapp.campaigns.models import DeliveryState
from webapp.campaigns.snippets import save_snippet
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.inbox import composing, draft_files, drafts, outgoing
from webapp.inbox.drafts import Where
from webapp.inbox.models import Draft, DraftFile, Kind, Outgoing, Thread, ThreadMessage, ThreadState
from webapp.mail.models import SuppressionReason
from webapp.mail.suppression import suppress

FIELDS = {"recipients": "elena@stripe.example", "cc": "", "subject": "Re: Partners", "text": "Friday?"}


@pytest.fixture
def form(thread):
    """form(…) is what the composer of the thread posts."""
    return lambda **typed: {"thread_id": thread.id, "token": "one form", "mailbox": 0, **FIELDS, **typed}


@pytest.fixture
def kept(cast, thread):
    """kept(text, …) keeps a draft of Alice's in the thread."""
    return lambda text, **how: drafts.keep(cast.alice, Where(thread=thread), {**FIELDS, "text": text}, **how)


# ------------------------------------------------------------------- drafts


def test_a_draft_follows_what_is_typed(kept):
    draft = kept("Fri")
    again = kept("Friday?", draft_id=draft.id, seen=drafts.version(draft))
    assert again.id == draft.id and Draft.get().text == "Friday?"


def test_two_tabs_write_over_nothing(kept):
    draft = kept("Friday?")
    seen = drafts.version(draft)
    kept("Friday at ten?", draft_id=draft.id, seen=seen)
    other = kept("Monday?", draft_id=draft.id, seen=seen)
    assert other.id != draft.id
    assert [one.text for one in Draft.select().order_by(Draft.id)] == ["Friday at ten?", "Monday?"]


def test_a_draft_that_becomes_two_keeps_its_files_in_both(kept):
    draft = kept("Friday?")
    draft_files.attach(draft, "a.pdf", b"%PDF")
    other = kept("Monday?", draft_id=draft.id, seen="before")
    assert [file.name for file in draft_files.files_of(other)] == ["a.pdf"]


def test_an_emptied_draft_is_gone_but_not_with_files(kept):
    draft = kept("Friday?")
    draft_files.attach(draft, "a.pdf", b"%PDF")
    draft = kept("", draft_id=draft.id, seen=drafts.version(draft))
    draft_files.detach(draft, DraftFile.get().id)
    assert kept(" ", draft_id=draft.id, seen=drafts.version(draft)) is None
    assert not Draft.select().exists() and kept("") is None


def test_a_page_that_keeps_what_was_just_sent_comes_too_late(kept, answer):
    draft = kept("Friday?")
    answer("Friday?", draft_id=draft.id)
    assert kept("Friday?", draft_id=draft.id, seen="x") is None and kept("Friday?") is None
    assert kept("Friday? Or Monday?", draft_id=draft.id).text == "Friday? Or Monday?"


def test_one_draft_in_two_tabs_is_not_sent_twice_unseen(kept, answer):
    draft = kept("Friday?")
    answer("Friday?", draft_id=draft.id, token="one tab")
    with pytest.raises(Invalid, match="in another tab"):
        answer("Friday?", draft_id=draft.id, token="another tab")
    assert answer("Friday?", draft_id=draft.id, token="one tab").id == ThreadMessage.select().count()
    assert Outgoing.select().count() == 1


def test_drafts_are_their_writers_alone(cast, kept, thread):
    draft = kept("Friday?")
    assert drafts.drafts_of(cast.bob, Where(thread=thread)) == [] and drafts.all_of(cast.bob) == []
    with pytest.raises(NotFound):
        drafts.get_draft(cast.bob, Where(thread=thread), draft.id)
    theirs = drafts.keep(cast.bob, Where(thread=thread), FIELDS, draft_id=draft.id, seen=drafts.version(draft))
    assert theirs.id != draft.id and draft_files.loaded(cast.bob, draft.id) == []


def test_files_have_their_limits(kept, monkeypatch):
    draft = kept("Friday?")
    monkeypatch.setattr(draft_files, "LARGEST", 10)
    draft_files.attach(draft, "a.pdf", b"12345678")
    for name, data in (("b.pdf", b"123"), ("c.pdf", b""), ("run.exe", b"1")):
        with pytest.raises(Invalid):
            draft_files.attach(draft, name, data)
    with pytest.raises(Conflict):
        draft_files.detach(draft, 10**6)


# ----------------------------------------------------------- what it opens with


def test_an_answer_is_to_who_wrote_and_offers_everybody_else(cast, smtp, elena, inbox):
    box = smtp(inbox)
    thread = make_thread(elena, mailbox=box, mails=())
    people = {"recipients": [["Alice", box.email], ["Jan Novak", "jan@stripe.example"]], "cc": [["", "ann@x.example"]]}
    add_mail(thread, "in", "Sounds good", {"reply_to": "office@stripe.example", "sender_name": "Elena", **people})
    sheet = composing.sheet(cast.alice, Where(thread=Thread.get_by_id(thread.id)))
    assert sheet.recipients == "Elena <office@stripe.example>" and sheet.cc == ""
    assert sheet.everybody == "Jan Novak <jan@stripe.example>, ann@x.example"
    assert (sheet.mailbox, sheet.subject) == (box.id, "Re: Partners")


def test_where_nobody_answered_yet_it_is_to_the_same_again(cast, elena):
    thread = make_thread(elena, mails=[("out", "Hello")])
    assert composing.sheet(cast.alice, Where(thread=thread)).recipients == "elena@stripe.example"


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.COMPLAINT])
def test_nobody_answers_the_server_that_sent_a_report(cast, elena, kind):
    thread = make_thread(elena, mails=[("out", "Hello")])
    add_mail(thread, "in", "It came back", {"kind": kind, "sender_email": "mailer-daemon@mx.example"})
    assert composing.sheet(cast.alice, Where(thread=thread)).recipients == "elena@stripe.example"


def test_templates_come_with_the_leads_own_words(cast, elena):
    save_snippet(
        None, "Call", "Hi {{first_name|there}},{{#if city}} in {{city}}{{/if}} yours, {{sender}}", actor=cast.alice
    )
    save_snippet(None, "Old", "Hi {{gone}}", actor=cast.alice)
    assert composing.filled(cast.alice, elena) == [("Call", "Hi Elena, yours, Alice Archer"), ("Old", "Hi {{gone}}")]
    assert composing.filled(cast.alice, None)[0] == ("Call", "Hi there, yours, Alice Archer")


# -------------------------------------------------------------------- pages


def test_the_thread_page_has_the_composer_and_the_newest_draft(alice, cast, thread, kept, sign_in):
    assert 'aria-label="Reply"' in alice.get(f"/inbox/{thread.id}").text
    first, _ = kept("Friday at ten"), kept("Monday at nine")
    page = alice.get(f"/inbox/{thread.id}").text
    assert "Monday at nine</textarea>" in page and "Another draft: Friday at ten" in page
    assert "Friday at ten</textarea>" in alice.get(f"/inbox/{thread.id}?draft={first.id}").text
    assert "Gut so?</textarea>" in alice.get(f"/inbox/{thread.id}?text=Gut so?").text
    assert "Monday at nine" not in sign_in(cast.bob).get(f"/inbox/{thread.id}").text
    assert 'aria-label="Reply"' not in sign_in(cast.vera).get(f"/inbox/{thread.id}").text


def test_sending_and_marking_done(alice, thread, form, run_jobs, htmx):
    answer = alice.post("/inbox/compose/send", data=form(done="y"))
    assert answer.status_code == 303 and answer.location.endswith(f"/inbox/{thread.id}")
    assert Thread.get().state is ThreadState.DONE
    answer = alice.post("/inbox/compose/send", data=form(text="Or Monday?"), headers=htmx)
    assert answer.headers["HX-Redirect"].endswith(f"/inbox/{thread.id}")
    assert Thread.get().state is ThreadState.OPEN
    assert "On its way." in alice.get(f"/inbox/{thread.id}").text
    run_jobs()
    assert "On its way." not in alice.get(f"/inbox/{thread.id}").text


def test_what_is_refused_says_why_and_keeps_what_was_typed(alice, cast, thread, form, htmx):
    suppress(cast.acme, "elena@stripe.example", reason=SuppressionReason.UNSUBSCRIBED)
    for headers in ({}, htmx):
        answer = alice.post("/inbox/compose/send", data=form(), headers=headers)
        assert answer.status_code == 422
        assert "asked not to be written to" in answer.text and "Friday?</textarea>" in answer.text
    assert alice.post("/inbox/compose/send", data=form(recipients="Elena")).status_code == 422
    assert not Outgoing.select().exists() and Draft.select().count() == 3
    left = alice.post("/inbox/compose/send", data=form(file="a.pdf"))
    assert left.status_code == 422 and "Press Attach first" in left.text


def test_drafts_are_kept_with_and_without_script(alice, thread, form, htmx):
    answer = alice.post("/inbox/compose/save", data=form(), headers=htmx)
    draft = Draft.get()
    assert f'name="draft_id" value="{draft.id}"' in answer.text and "<textarea" not in answer.text
    answer = alice.post("/inbox/compose/save", data=form(draft_id=draft.id, seen=drafts.version(draft), text="Monday?"))
    assert answer.location.endswith(f"/inbox/{thread.id}?draft={draft.id}#composer")
    assert Draft.get().text == "Monday?"


def test_files_are_put_in_and_taken_out_and_go_with_the_mail(alice, form, htmx, run_jobs):
    files = [(io.BytesIO(b"%PDF"), "a.pdf"), (io.BytesIO(b"%PDF2"), "b.pdf")]
    answer = alice.post("/inbox/compose/files", data=form(text="", file=files), headers=htmx)
    assert "a.pdf" in answer.text and "b.pdf" in answer.text
    draft, first = Draft.get(), DraftFile.get(DraftFile.name == "a.pdf")
    now_typed = form(draft_id=draft.id, seen=drafts.version(draft))
    answer = alice.post("/inbox/compose/files/remove", data={**now_typed, "remove": first.id}, headers=htmx)
    assert "a.pdf" not in answer.text and "Friday?</textarea>" in answer.text
    alice.post("/inbox/compose/send", data=now_typed)
    alice.post("/inbox/compose/send", data=now_typed)
    assert [file["name"] for file in ThreadMessage.get(ThreadMessage.direction == "out").attachments] == ["b.pdf"]
    assert Outgoing.select().count() == 1 and not DraftFile.select().exists()
    refused = alice.post("/inbox/compose/files", data=form(text="x", file=(io.BytesIO(b"1"), "run.exe")), headers=htmx)
    assert "can run" in refused.text
    assert "Choose a file first." in alice.post("/inbox/compose/files", data=form(text="x"), headers=htmx).text


def test_a_template_without_script_and_a_text_that_was_proposed(alice, cast, thread, form, htmx):
    save_snippet(None, "Call", "Call me, {{first_name}}", actor=cast.alice)
    alice.post("/inbox/compose/template", data=form(template="Call"))
    assert Draft.get().text == "Friday?\n\nCall me, Elena"
    answer = alice.post("/inbox/compose/use", data={"thread_id": thread.id, "text": "Let us talk."}, headers=htmx)
    assert "Let us talk.</textarea>" in answer.text and "Another draft: Friday?" in answer.text
    assert {draft.text for draft in Draft.select()} == {"Friday?\n\nCall me, Elena", "Let us talk."}


def test_a_draft_is_thrown_away(alice, thread, form, kept, htmx):
    first, second = kept("Friday?"), kept("Monday?")
    typed = form(text="Monday?", draft_id=second.id, seen=drafts.version(second))
    answer = alice.post("/inbox/compose/discard", data={**typed, "discard": first.id}, headers=htmx)
    assert "Monday?</textarea>" in answer.text and [draft.id for draft in Draft.select()] == [second.id]
    alice.post("/inbox/compose/discard", data={**typed, "discard": second.id})
    alice.post("/inbox/compose/discard", data={**typed, "discard": second.id})
    assert not Draft.select().exists()


def test_a_first_mail_begins_with_whom_it_is_to(alice, cast, elena, run_jobs):
    assert "Stripe" in alice.get("/inbox/new?q=elena").text
    assert "No lead is called like that" in alice.get("/inbox/new?q=nobody").text
    page = alice.get(f"/inbox/new?lead={elena.id}").text
    assert "Elena Marchetti &lt;elena@stripe.example&gt;" in page
    typed = {"lead_id": elena.id, "token": "t", **FIELDS}
    alice.post("/inbox/compose/save", data=typed)
    assert "Re: Partners" in alice.get("/inbox/new").text
    assert alice.post("/inbox/compose/send", data={**typed, "subject": ""}).status_code == 422
    sent = alice.post("/inbox/compose/send", data=typed)
    thread = Thread.get(Thread.lead == elena.id)
    assert sent.location.endswith(f"/inbox/{thread.id}") and thread.messages == 1


def test_an_unknown_mail_asks_what_became_of_it(alice, thread, answer, htmx):
    answer()
    Outgoing.update(state=DeliveryState.UNKNOWN, error="The connection ended.").execute()
    here = f"/inbox/outgoing/{Outgoing.get().id}"
    page = alice.get(f"/inbox/{thread.id}").text
    assert "Nobody knows whether it arrived." in page and f"{here}/again" in page
    assert alice.post(f"{here}/arrived", headers=htmx).status_code == 200
    assert Outgoing.get().state is DeliveryState.ACCEPTED
    assert alice.post(f"{here}/again").status_code == 409


def test_one_that_waits_is_stopped_and_stands_in_the_form_again(alice, thread, answer):
    answer("Friday?")
    stopped = alice.post(f"/inbox/outgoing/{Outgoing.get().id}/stop")
    assert "Friday?</textarea>" in alice.get(stopped.location).text


ROUTES = ("send", "save", "files", "files/remove", "template", "use", "discard")


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_writes_where_they_do_not_belong(cast, sign_in, elena, form, route):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for who, status in ((cast.charlie, 404), (olga, 404), (cast.vera, 403)):
        for typed in (form(), {**FIELDS, "lead_id": elena.id, "token": "t"}, {}):
            assert sign_in(who).post(f"/inbox/compose/{route}", data=typed).status_code == status
    assert not Outgoing.select().exists() and not Draft.select().exists()


def test_whoever_has_the_thread_to_answer_may(cast, sign_in, thread, form):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    Thread.update(assignee=olga.user_id).execute()
    assert sign_in(olga).post("/inbox/compose/send", data=form()).status_code == 303


def test_a_colleague_out_of_reach_decides_nothing(cast, sign_in, answer):
    answer()
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    for decision in ("arrived", "again", "stop"):
        assert sign_in(olga).post(f"/inbox/outgoing/{Outgoing.get().id}/{decision}").status_code == 404
    with pytest.raises(NotFound):
        outgoing.get_outgoing(cast.charlie, Outgoing.get().id)
