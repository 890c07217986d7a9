import dataclasses
import email
import email.policy
import re
from datetime import timedelta
from email.utils import parseaddr

import pytest

from tests import factories
from tests.campaigns.smtp_servers import scripted_server
from webapp import config
from webapp.accounts.models import Invitation, Notice, NoticeKind, NoticeState, User
from webapp.accounts.notices import owe
from webapp.auth import tokens
from webapp.auth.models import Purpose, Token
from webapp.core.clock import freeze, now
from webapp.core.crypto import digest
from webapp.core.errors import NotFound
from webapp.mail import letters, notices
from webapp.mail.queries import opened


@pytest.fixture
def mara(app):
    return factories.user("Mara Lindqvist", email="mara@halden.example", password_hash="x")


def read(raw):
    return email.message_from_bytes(bytes(raw), policy=email.policy.default)


def link_in(raw):
    return re.search(r"^http\S+", opened(raw).text, re.MULTILINE).group()


def test_a_mail_reaches_a_real_server_with_both_parts_and_the_headers_of_an_automatic_one(mara, inbox, run_jobs):
    owe(NoticeKind.RESET, mara.email)
    run_jobs()
    ((sender, to, raw),) = inbox.mails
    mail = read(raw)
    assert (sender, to) == ("hello@galena.test", "mara@halden.example")
    assert mail["From"] == "Galena <hello@galena.test>" and mail["To"] == "Mara Lindqvist <mara@halden.example>"
    assert mail["Subject"] == "Set a new password" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] and mail["Message-ID"].endswith("@galena.test>")
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert link_in(raw) in text and html.count(link_in(raw)) == 3  # the button, and the address in words
    notice = Notice.get()
    assert (notice.state, notice.subject, notice.raw) == (NoticeState.SENT, "Set a new password", None)


def test_the_plain_token_stands_in_the_mail_and_in_no_row(mara, inbox, run_jobs):
    owe(NoticeKind.RESET, mara.email)
    assert Token.select().count() == 0
    run_jobs()
    token = link_in(inbox.mails[0][2]).rpartition("/")[2]
    assert Token.get().token_hash == digest(token)
    assert token not in str(list(Notice.select().dicts()))


def test_without_a_mail_server_the_mail_is_kept_as_it_would_have_gone_out(mara, run_jobs):
    owe(NoticeKind.RESET, mara.email)
    run_jobs()
    notice = Notice.get()
    assert notice.state is NoticeState.CAPTURED and notice.finished_at
    assert link_in(notice.raw).startswith("http://galena.test/reset-password/")


def test_a_notice_goes_out_once_however_often_its_job_runs(mara, inbox, run_jobs):
    notice = owe(NoticeKind.RESET, mara.email)
    run_jobs()
    notices.send_notice(notice.id)
    notices.requeue_stalled()
    run_jobs()
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("answer", [{"rcpt": "450 busy"}, {"dot": "451 later"}, {"dot": None}, {"greeting": None}])
def test_what_may_pass_is_tried_again_after_a_while_with_a_new_link(mara, mail_url, run_jobs, answer):
    with scripted_server(**{name: [value] for name, value in answer.items()}) as server:
        mail_url(server.url)
        owe(NoticeKind.RESET, mara.email)
        run_jobs()
        notice, first = Notice.get(), Token.get()
        assert notice.state is NoticeState.QUEUED and notice.error and notice.due_at > now()
        notices.requeue_stalled()
        run_jobs()
        assert Notice.get().tries == 1  # not before its time
        with freeze(now() + timedelta(seconds=61)):
            notices.requeue_stalled()
            run_jobs()
            assert Notice.get().state is NoticeState.SENT
    assert Token.select().count() == 1 and Token.get().token_hash != first.token_hash


def test_a_server_that_stays_away_is_given_up_in_the_end_and_the_reason_kept(mara, mail_url, run_jobs):
    mail_url("smtp://127.0.0.1:1")
    notice, moment, waits = owe(NoticeKind.RESET, mara.email), now(), []
    while notice.state is NoticeState.QUEUED:
        with freeze(moment):
            notices.send_notice(notice.id)
        notice = Notice.get()
        waits.append(round((notice.due_at - moment).total_seconds() / 60))
        moment = notice.due_at
    assert (notice.state, notice.tries, waits[:4]) == (NoticeState.FAILED, 5, [1, 5, 30, 120])
    assert "cannot be reached" in notice.error


def test_a_final_no_is_final(mara, inbox, run_jobs):
    inbox.rcpt_answers = ["550 no such person"]
    owe(NoticeKind.RESET, mara.email)
    run_jobs()
    notice = Notice.get()
    assert (notice.state, notice.tries) == (NoticeState.FAILED, 1) and "no such person" in notice.error


def test_an_address_that_cannot_be_written_to_fails_with_the_reason(app, inbox, run_jobs):
    owe(NoticeKind.SIGN_UP, "jörg@halden.example", full_name="Jörg")
    run_jobs()
    assert Notice.get().state is NoticeState.FAILED and "SMTPUTF8" in Notice.get().error and not inbox.mails


def test_what_a_killed_worker_left_is_sent_when_its_lease_is_over(mara, inbox, run_jobs):
    notice = owe(NoticeKind.RESET, mara.email)
    assert notices._claim(notice.id)  # and then the worker died
    notices.requeue_stalled()
    run_jobs()
    assert not inbox.mails
    with freeze(now() + notices.LEASE):
        notices.requeue_stalled()
        run_jobs()
    assert len(inbox.mails) == 1 and Notice.get().state is NoticeState.SENT


def test_one_that_kills_its_worker_each_time_is_given_up(mara, inbox):
    notice = owe(NoticeKind.RESET, mara.email)
    for number in range(6):
        with freeze(now() + number * notices.LEASE):
            notices._claim(notice.id)
    assert Notice.get().state is NoticeState.FAILED and "begun 5 times" in Notice.get().error


def test_a_try_that_outlived_its_lease_writes_nothing_over_the_next(mara):
    notice = owe(NoticeKind.RESET, mara.email)
    slow = notices._claim(notice.id)
    with freeze(now() + notices.LEASE):
        assert notices._claim(notice.id)
    notices._fail(slow, "too late")
    assert Notice.get().state is NoticeState.SENDING


def test_nobody_behind_an_address_means_no_mail(mara, inbox, run_jobs):
    User.update(is_active=False).execute()
    for address in ("nobody@halden.example", mara.email):
        owe(NoticeKind.RESET, address)
    owe(NoticeKind.SIGN_UP, mara.email)
    owe(NoticeKind.VERIFY, mara.email, user=mara)
    run_jobs()
    assert {notice.state for notice in Notice.select()} == {NoticeState.DROPPED} and not inbox.mails
    assert Token.select().count() == 0


def test_a_sign_up_with_a_known_address_says_so_only_in_the_mail(mara, inbox, run_jobs):
    owe(NoticeKind.SIGN_UP, mara.email, full_name="Somebody", password_hash="secret")
    run_jobs()
    assert inbox.message()["Subject"] == "You already have an account" and Token.select().count() == 0
    assert Notice.get().data == {}


def test_what_a_sign_up_typed_moves_from_the_notice_to_its_token(app, inbox, run_jobs):
    owe(NoticeKind.SIGN_UP, "new@halden.example", full_name="Nora", password_hash="a hash")
    run_jobs()
    assert Notice.get().data == {} and Token.get().data == {"full_name": "Nora", "password_hash": "a hash"}
    token = link_in(inbox.mails[0][2]).rpartition("/")[2]
    assert tokens.find(token, Purpose.SIGN_UP).email == "new@halden.example"
    assert "Nora" not in inbox.mails[0][2].decode()  # what a stranger typed is not sent to a stranger


def test_an_invitation_that_was_withdrawn_meanwhile_is_not_sent(cast, inbox, run_jobs):
    for state in ({}, {"withdrawn_at": now()}):
        invitation = Invitation.create(
            workspace=cast.acme,
            email=f"ina{len(state)}@halden.example",
            invited_by=cast.alice.user_id,
            expires_at=now() + timedelta(days=7),
            **state,
        )
        owe(NoticeKind.INVITATION, invitation.email, invitation=invitation)
    run_jobs()
    assert inbox.recipients == ["ina0@halden.example"]
    assert inbox.message()["Subject"] == "Alice Archer invites you to Acme"
    token = link_in(inbox.mails[0][2]).rpartition("/invitations/")[2]
    assert Invitation.get(Invitation.email == "ina0@halden.example").token_hash == digest(token)


HOSTILE = 'Eve\r\nBcc: all@victim.example\r\n\r\n<script>alert(1)</script> "x" <b>'


def test_names_forge_no_header_and_no_markup(cast, inbox, run_jobs):
    User.update(full_name=HOSTILE).where(User.id == cast.alice.user_id).execute()
    type(cast.acme).update(name=HOSTILE).where(type(cast.acme).id == cast.acme.id).execute()
    invitation = Invitation.create(
        workspace=cast.acme, email="i@x.example", invited_by=cast.alice.user_id, expires_at=now() + timedelta(days=1)
    )
    owe(NoticeKind.INVITATION, invitation.email, invitation=invitation)
    owe(NoticeKind.RESET, cast.alice.email)
    run_jobs()
    assert len(inbox.mails) == 2
    for _, _, raw in inbox.mails:
        mail = read(raw)
        assert "Bcc" not in mail and set(mail.keys()) == {
            "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "X-Peer",
            "X-MailFrom", "X-RcptTo",
        } & set(mail.keys())  # fmt: skip
        assert "<script" not in mail.get_body(("html",)).get_content()
    assert "&lt;script&gt;" in read(inbox.mails[0][2]).get_body(("html",)).get_content()


def test_no_control_character_gets_into_a_mail(app):
    raw = letters.letter(
        "changed", email="a@x.example", name="A\0\r\n\x1bB", what="x\0\u2028y", advice="z", when="w"
    ).raw
    assert b"\nTo: A B <a@x.example>\r\n" in raw and b"\nSubject: x y\r\n" in raw and b"\0" not in raw


@pytest.mark.parametrize("name", ["Jürgen Größe " * 30, "日本 太郎", "a" * 300, "=?utf-8?q?x?=", 'O\'Hara, "Bob" \\'])
def test_any_name_and_subject_is_folded_so_that_it_reads_as_it_was(app, name):
    raw = letters.letter("changed", email="a@x.example", name=name, what=name, advice="x", when="y").raw
    headers, name = dict(opened(raw).headers), letters.flat(name)
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert parseaddr(headers["To"]) == (name, "a@x.example")
    assert headers["Subject"] == name[: letters.SUBJECT_LENGTH].strip()


def test_the_longest_host_still_gives_a_message_id_on_one_line(app):
    longest = ".".join(["a" * 60] * 4)
    config.activate(dataclasses.replace(config.current(), mail_from=f"hello@{longest}"))
    raw = letters.letter("changed", email="a@x.example", what="x", advice="x", when="y").raw
    assert re.search(rf"^Message-ID: <\S+@{longest}>\r$".encode(), raw, re.MULTILINE)


def test_something_that_changed_says_what_and_what_to_do(mara, inbox, run_jobs):
    owe(NoticeKind.CHANGED, mara.email, user=mara, what="Two-factor sign-in was switched off")
    run_jobs()
    text = opened(inbox.mails[0][2]).text
    assert inbox.message()["Subject"] == "Two-factor sign-in was switched off"
    assert "Was it not you?" in text and "http://galena.test/forgot-password" in text
    assert text.count("whoever runs this Galena") == 1


def test_advice_of_its_own_is_given_once(mara, inbox, run_jobs):
    owe(
        NoticeKind.CHANGED,
        mara.email,
        user=mara,
        what="Your account was deleted",
        advice="Tell whoever runs this Galena.",
    )
    run_jobs()
    mail = opened(inbox.mails[0][2])
    for part in (mail.text, mail.html):
        assert part.count("whoever runs this Galena") == 1


def test_finished_notices_are_forgotten_after_a_month(mara, run_jobs):
    owe(NoticeKind.RESET, mara.email)
    run_jobs()
    notices.sweep()
    assert Notice.select().count() == 1
    with freeze(now() + timedelta(days=31)):
        notices.sweep()
    assert Notice.select().count() == 0


def test_a_token_is_good_once_for_one_purpose_and_until_it_expires(mara):
    def refused(token, purpose):
        with pytest.raises(NotFound) as error:
            tokens.use(token, purpose)
        return str(error.value)

    token = tokens.make(Purpose.RESET, user=mara, lasts=timedelta(hours=1))
    assert refused(token, Purpose.VERIFY) == tokens.GONE
    with freeze(now() + timedelta(hours=2)):
        assert refused(token, Purpose.RESET) == tokens.GONE
    assert tokens.find(token, Purpose.RESET) == tokens.use(token, Purpose.RESET)
    assert refused(token, Purpose.RESET) == refused("never made", Purpose.RESET) == tokens.GONE


def test_a_new_token_ends_the_former_one_of_the_same_person_and_purpose(mara):
    first, other = (
        tokens.make(purpose, user=mara, lasts=timedelta(hours=1)) for purpose in (Purpose.RESET, Purpose.VERIFY)
    )
    tokens.make(Purpose.RESET, user=mara, lasts=timedelta(hours=1))
    with pytest.raises(NotFound):
        tokens.find(first, Purpose.RESET)
    assert tokens.find(other, Purpose.VERIFY)
