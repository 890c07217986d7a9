"""Answers to threads and first mails to leads: what leaves, what is kept of it, who is refused."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.inbox.threads import add_mail, make_thread
from webapp.campaigns.models import DeliveryState
from webapp.core.clock import now
from webapp.core.errors import Conflict, Invalid
from webapp.inbox import addressing, drafts, making, outgoing, texts
from webapp.inbox.models import Draft, Outgoing, Thread, ThreadMessage, ThreadState
from webapp.leads.models import Activity, ActivityKind, Lead, Stage
from webapp.mail.files import File
from webapp.mail.mailbox_models import MailboxDay
from webapp.mail.models import CapturedMail, SuppressionReason
from webapp.mail.suppression import suppress


def raw():
    return message_from_bytes(bytes(Outgoing.get().raw), policy=default)


# ------------------------------------------------------------ what leaves


def test_an_answer_leaves_in_the_thread_through_the_mailbox_it_came_to(inbox, smtp, elena, cast, answer, run_jobs):
    box = smtp(inbox, signature="Alice\nAcme")
    thread = make_thread(elena, mailbox=box, subject="Re: Partners")
    came = ThreadMessage.get(ThreadMessage.thread == thread.id)
    ThreadMessage.update(refers_to=["<first@acme.example>"], sender_name="Elena Marchetti").execute()
    answer(
        "Friday at 10?\n\nSee https://acme.example/x",
        where=thread,
        subject="Re: Partners",
        cc=[("", "jan@stripe.example")],
    )
    run_jobs()
    assert [one[:2] for one in inbox.mails] == [(box.email, "elena@stripe.example")]
    (mail,) = inbox.messages()
    assert mail["From"] == f"Alice Archer <{box.email}>"
    assert mail["To"] == "Elena Marchetti <elena@stripe.example>" and mail["Cc"] == "jan@stripe.example"
    assert mail["Subject"] == "Re: Partners"
    assert mail["In-Reply-To"] == came.message_id
    assert mail["References"].split() == ["<first@acme.example>", came.message_id]
    assert mail["Message-ID"].endswith("@acme.example>")
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    above, _, quote = text.partition("\n\n-- \nAlice\nAcme\n\n")
    assert above == "Friday at 10?\n\nSee https://acme.example/x"
    first, *lines = quote.strip().splitlines()
    assert first.endswith(", Elena Marchetti <elena@stripe.example> wrote:")
    assert lines == ["> Sounds good. When can you call?"]
    html = mail.get_body(("html",)).get_content()
    assert '<a href="https://acme.example/x">' in html and "Sounds good. When can you call?</blockquote>" in html


def test_what_a_member_typed_is_only_text(thread, answer):
    answer("<script>alert(1)</script> & you", subject="Re: <b>bold</b>")
    html = raw().get_body(("html",)).get_content()
    assert "<script>" not in html and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; you" in html


def test_both_recipients_get_it_in_one_go(inbox, smtp, thread, answer, run_jobs):
    Thread.update(mailbox=smtp(inbox)).execute()
    answer(where=Thread.get(), cc=[("Jan", "jan@stripe.example")])
    run_jobs()
    assert Outgoing.get().recipients == ["elena@stripe.example", "jan@stripe.example"]
    assert len(inbox.mails) == 1 and Outgoing.get().state is DeliveryState.ACCEPTED


def test_files_go_with_it(answer):
    message = answer(attachments=[File("Übersicht.pdf", "application/pdf", b"%PDF-1.4")])
    (file,) = raw().iter_attachments()
    assert file.get_filename() == "Übersicht.pdf" and file.get_content() == b"%PDF-1.4"
    assert message.attachments == [{"name": "Übersicht.pdf", "type": "application/pdf", "size": 8, "part": "2"}]


def test_no_name_address_or_id_can_put_a_line_into_the_head(thread, answer):
    ThreadMessage.update(message_id="<a\r\nBcc: x@evil.example>", sender_name="Ev\r\nBcc: il").execute()
    with pytest.raises(Invalid):
        answer(subject="Re: Hello\r\nBcc: x@evil.example")
    with pytest.raises(Invalid):
        addressing.read("elena@stripe.example\x00>, evil")
    answer(recipients=[("Ele\r\nBcc: na", "elena@stripe.example")])
    assert raw()["Bcc"] is None and raw()["References"] is None


def test_the_first_and_the_nearest_of_many_messages_are_named(thread, answer):
    ids = [f"<{number}@globex.example>" for number in range(40)]
    ThreadMessage.update(refers_to=ids).execute()
    named = answer().refers_to
    assert len(named) == making.ANCESTORS and named[0] == ids[0] and named[-2] == ids[-1]
    assert raw()["In-Reply-To"] == named[-1]


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Partners", "Re: Partners"),
        ("AW: Partner", "AW: Partner"),
        ("RE: x", "RE: x"),
        ("Regarding", "Re: Regarding"),
        ("", "Re:"),
    ],
)
def test_an_answer_says_re_once(subject, answered):
    assert texts.subject_of_answer(subject) == answered


def test_without_a_mail_server_it_is_captured_as_it_would_have_left(thread, answer, run_jobs):
    answer()
    run_jobs()
    captured = CapturedMail.get()
    assert bytes(captured.raw) == bytes(Outgoing.get().raw) and captured.email == "elena@stripe.example"
    assert raw()["Reply-To"] == "alice@example.org"
    assert Outgoing.get().state is DeliveryState.ACCEPTED


# ------------------------------------------------------- what is kept of it


def test_the_thread_the_timeline_and_the_day_know_of_it(cast, thread, answer, run_jobs):
    message = answer("Friday at 10?", draft_id=None)
    kept = Thread.get_by_id(thread.id)
    assert (kept.messages, kept.snippet, kept.is_unread, kept.state) == (2, "Friday at 10?", False, ThreadState.OPEN)
    assert kept.last_at == message.sent_at and message.fresh == "Friday at 10?" and message.quoted_lines == 2
    entry = Activity.get(Activity.kind == ActivityKind.ANSWERED)
    assert entry.actor_id == cast.alice.user_id and entry.data["thread_id"] == thread.id
    run_jobs()
    assert MailboxDay.get().sent == 1


def test_then_mark_done(thread, answer):
    answer(done=True)
    assert Thread.get_by_id(thread.id).state is ThreadState.DONE


def test_a_form_sent_twice_is_one_mail_and_changed_it_is_another(inbox, smtp, thread, answer, run_jobs):
    first = answer("Friday?", token="one form")
    assert answer("Friday?", token="one form").id == first.id
    assert answer("Or Monday?", token="one form").id != first.id
    run_jobs()
    assert Outgoing.select().count() == 2 and Thread.get_by_id(thread.id).messages == 3


def test_a_first_mail_to_a_lead_begins_a_thread_that_waits_for_an_answer(cast, elena, inbox, smtp, run_jobs):
    box = smtp(inbox)
    message = outgoing.write_to(
        cast.alice, elena, subject="Partners", text="Hi Elena", token="t", mailbox_id=box.id
    )  # fmt: skip
    assert (message.thread.state, message.thread.assignee_id) == (ThreadState.DONE, cast.alice.user_id)
    assert message.thread.lead_id == elena.id and message.thread.mailbox_id == box.id
    run_jobs()
    assert inbox.recipients == ["elena@stripe.example"]
    assert Lead.get_by_id(elena.id).stage is Stage.CONTACTED


# ------------------------------------------------------------ who is refused


def test_nobody_who_asked_not_to_be_written_to_is_answered_unless_they_wrote_since(cast, thread, elena, answer):
    suppress(cast.acme, "elena@stripe.example", reason=SuppressionReason.UNSUBSCRIBED)
    with pytest.raises(Invalid, match="asked not to be written to") as refused:
        answer()
    assert refused.value.field == "recipients"
    with pytest.raises(Invalid) as refused:
        answer(recipients=[("", "jan@other.example")], cc=[("", "elena@stripe.example")])
    assert refused.value.field == "cc"
    add_mail(thread, "in", "One more thing", at=now() + timedelta(seconds=1))
    assert answer().id


def test_other_letters_for_the_same_host_are_no_way_around_the_list(cast, answer):
    suppress(cast.acme, "elena@stripe.example", reason=SuppressionReason.UNSUBSCRIBED)
    with pytest.raises(Invalid, match="asked not to be written to"):
        answer(recipients=addressing.read("Elena <elena@ｓｔｒｉｐｅ.example>"))


def test_an_automatic_answer_is_no_wish_to_be_written_to(cast, thread, answer):
    suppress(cast.acme, "@stripe.example", reason=SuppressionReason.MANUAL)
    add_mail(thread, "in", "I am away", {"kind": "auto_reply"}, at=now() + timedelta(seconds=1))
    with pytest.raises(Invalid):
        answer()


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"text": "  \n"}, "text"), ({"text": "x" * (making.LONGEST + 1)}, "text"), ({"recipients": []}, "recipients"),
        ({"subject": "x" * 301}, "subject"), ({"mailbox_id": 10**6}, "mailbox"),
        ({"recipients": [("", f"a{n}@x.example") for n in range(21)]}, "recipients"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_said_where_it_stands(answer, how, field):
    with pytest.raises(Invalid) as refused:
        answer(**{"text": "Hello", **how})
    assert refused.value.field == field
    assert not Outgoing.select().exists()


def test_a_colleagues_mailbox_is_only_for_what_came_to_it(cast, inbox, smtp, thread, elena, answer):
    box = smtp(inbox)
    with pytest.raises(Invalid):
        answer(member=cast.bob, mailbox_id=box.id)
    theirs = make_thread(elena, mailbox=box)
    assert answer(member=cast.bob, where=theirs, mailbox_id=box.id).mailbox_id == box.id


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("Elena <Elena@Stripe.example>, b@x.example", [("Elena", "elena@stripe.example"), ("", "b@x.example")]),
        ("bob@globex.example; Bob <bob@globex.example>", [("", "bob@globex.example")]),
        ('"Marchetti, Elena" <elena@stripe.example>', [("Marchetti, Elena", "elena@stripe.example")]),
        ("x@münchen.example", [("", "x@xn--mnchen-3ya.example")]),
        (" , ", []),
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_type_them(typed, people):
    assert addressing.read(typed) == people
    assert addressing.read(addressing.written(people)) == people


@pytest.mark.parametrize(
    "typed",
    [
        "Elena", "elena@", "@stripe.example", "elena stripe.example", "a@b@c", "élena@stripe.example",
        "a@x.example Bcc: b@x.example", "a@x.example b@x.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said(typed):
    with pytest.raises(Invalid):
        addressing.read(typed)


# ------------------------------------------------------- deciding about one


def test_what_waits_can_be_stopped_and_is_a_draft_again(cast, answer, run_jobs):
    answer("Friday?")
    outgoing.withdraw(Outgoing.get(), actor=cast.alice)
    run_jobs()
    assert not CapturedMail.select().exists() and Outgoing.get().state is DeliveryState.FAILED
    assert Draft.get().text == "Friday?"
    with pytest.raises(Conflict):
        outgoing.withdraw(Outgoing.get(), actor=cast.alice)


def test_an_unknown_one_is_a_persons_to_decide_about(answer, run_jobs):
    answer()
    Outgoing.update(state=DeliveryState.UNKNOWN).execute()
    run_jobs()
    assert not CapturedMail.select().exists()
    outgoing.send_again(Outgoing.get())
    run_jobs()
    assert CapturedMail.select().count() == 1 and Outgoing.get().state is DeliveryState.ACCEPTED
    for decide in (outgoing.arrived, outgoing.send_again):
        with pytest.raises(Conflict):
            decide(Outgoing.get())


def test_a_draft_that_was_sent_is_gone_with_what_another_request_kept_of_it(cast, thread, answer):
    where = drafts.Where(thread=thread)
    fields = {"recipients": "", "cc": "", "subject": "", "text": "Friday?"}
    mine = drafts.keep(cast.alice, where, fields)
    drafts.keep(cast.bob, where, fields)
    answer("Friday?", draft_id=None)
    assert [draft.user_id for draft in Draft.select()] == [cast.bob.user_id]
    assert drafts.keep(cast.alice, where, fields, draft_id=mine.id, seen=drafts.version(mine)) is None


def test_a_first_mail_leaves_through_ones_own_mailbox_not_the_servers(cast, smtp, inbox):
    own = smtp(inbox)
    assert [box.id for box in outgoing.boxes(cast.alice)] == [own.id, None]
